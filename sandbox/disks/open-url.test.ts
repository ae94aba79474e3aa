import test from 'ava'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { MayConnect } from './disks.ts'
import { openURL } from './open-url.ts'

/** A web server that redirects wherever its path says. */
const serve = async (): Promise<{ server: Server; port: number }> => {
  const server = createServer((request, response) => {
    const to = new URL(request.url ?? '/', 'http://x').searchParams.get('to')
    if (request.url === '/missing') response.writeHead(404).end()
    else if (to === null) response.writeHead(200, { 'content-length': 5 }).end('image')
    else response.writeHead(302, { location: to }).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { server, port: (server.address() as AddressInfo).port }
}

const opened = async (url: string, mayConnect: MayConnect): Promise<string> => {
  const { response } = await openURL(url, { signal: AbortSignal.timeout(10_000), mayConnect })
  response.destroy()
  return `${response.statusCode}`
}

test('every connection is asked for, by the address that it goes to, redirects and names too', async (t) => {
  const [outer, inner] = await Promise.all([serve(), serve()])
  const asked: string[] = []
  const outerOnly: MayConnect = ({ address, port }) => {
    asked.push(`${address}:${port}`)
    return port === outer.port && address === '127.0.0.1'
  }
  const at = (host: string, port: number, to?: string) => `http://${host}:${port}/${to === undefined ? '' : `?to=${encodeURIComponent(to)}`}`
  t.is(await opened(at('127.0.0.1', outer.port), outerOnly), '200')
  t.is(await opened(at('127.0.0.1', outer.port, at('localhost', outer.port)), outerOnly), '200')
  await t.throwsAsync(opened(at('127.0.0.1', outer.port, at('127.0.0.1', inner.port)), outerOnly), { message: /i\/o timeout/ })
  await t.throwsAsync(opened(at('127.0.0.1', outer.port, at('localhost', inner.port)), outerOnly), { message: /i\/o timeout/ })
  await t.throwsAsync(opened(at('localhost', outer.port), () => false), { message: /i\/o timeout/ })
  await t.throwsAsync(opened(at('127.0.0.1', outer.port, 'file:///etc/passwd'), outerOnly), { message: /only http and https/ })
  await t.throwsAsync(opened(`${at('127.0.0.1', outer.port)}missing`, outerOnly), { message: /answered 404/ })
  t.true(asked.includes(`127.0.0.1:${inner.port}`))
  await Promise.all([outer, inner].map(({ server }) => new Promise((resolve) => server.close(resolve))))
})

test('a page that leads to itself is left after ten turns', async (t) => {
  const server = createServer((request, response) => void response.writeHead(302, { location: request.url }).end())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  await t.throwsAsync(opened(`http://127.0.0.1:${(server.address() as AddressInfo).port}/again`, () => true), { message: /redirects more than 10 times/ })
  await new Promise((resolve) => server.close(resolve))
})
