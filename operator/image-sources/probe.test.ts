import type { lookup } from 'node:dns'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import test from 'ava'
import { createProbe, isSameFile } from './probe.ts'
import { createProbes } from './probes.ts'

const serve = async (answer: (request: IncomingMessage, response: ServerResponse) => void) => {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`)
    answer(request, response)
  })
  await new Promise<void>(resolve => void server.listen(0, '127.0.0.1', resolve))
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { asked, base, probe: createProbe({ imageSources: [`${base}/images/`] }), close: () => server.close() }
}

test('a server is asked which file it has, and sends nothing of it', async t => {
  const headers = { etag: '"1"', 'last-modified': 'Thu, 01 Jan 2026 00:00:00 GMT', 'content-length': '5' }
  const { asked, base, probe, close } = await serve((_, response) => void response.writeHead(200, headers).end())
  t.deepEqual(await probe(`${base}/images/disk.img`), { etag: '"1"', modified: 'Thu, 01 Jan 2026 00:00:00 GMT; 5 bytes' })
  t.deepEqual(asked, ['HEAD /images/disk.img'])
  close()
})

test('a server that knows no HEAD is asked for one byte, and the length is that of the file', async t => {
  const { asked, base, probe, close } = await serve(({ method, headers }, response) => void (method === 'HEAD' ? response.writeHead(405)
    : response.writeHead(headers.range === 'bytes=0-0' ? 206 : 500, { 'last-modified': 'now', 'content-range': 'bytes 0-0/4711' })).end())
  t.deepEqual(await probe(`${base}/images/disk.img`), { modified: 'now; 4711 bytes' })
  t.deepEqual(asked, ['HEAD /images/disk.img', 'GET /images/disk.img'])
  close()
})

for (const location of [
  'http://169.254.169.254/latest/meta-data', 'http://127.0.0.1:1/images/x', 'http://[::1]/x', 'http://10.96.0.1/', 'http://kubernetes.default.svc/', 'file:///etc/passwd',
  'http://0x7f000001/', '/elsewhere',
]) {
  test(`a redirect to ${location} is not followed`, async t => {
    const { asked, base, probe, close } = await serve((_, response) => void response.writeHead(302, { location }).end())
    await t.throwsAsync(probe(`${base}/images/disk.img`), { message: /use a public address|must begin with|leads nowhere|not a whole URL/ })
    t.is(asked.length, 1)
    close()
  })
}

test('a redirect inside what the operator allows is followed, and one in a circle not for ever', async t => {
  const { asked, base, probe, close } = await serve(({ url }, response) => void (url === '/images/latest'
    ? response.writeHead(302, { location: 'dated' }) : url === '/images/dated' ? response.writeHead(200, { etag: '"d"' }) : response.writeHead(301, { location: '/images/a' })).end())
  t.deepEqual(await probe(`${base}/images/latest`), { etag: '"d"' })
  await t.throwsAsync(probe(`${base}/images/a`), { message: /redirects more than 5 times/ })
  t.is(asked.length, 2 + 6)
  close()
})

test('a name that has an address inside the platform beside a public one is refused before anything is connected to', async t => {
  const names = (addresses: string[]) => ((_: string, __: object, done: (error: null, found: object[]) => void) =>
    done(null, addresses.map(address => ({ address, family: address.includes(':') ? 6 : 4 })))) as unknown as typeof lookup
  const probe = (...addresses: string[]) => createProbe({ imageSources: [], platformRanges: ['93.184.217.0/24'] }, names(addresses))('http://images.example.com/x')
  await t.throwsAsync(probe('93.184.216.34', '127.0.0.1'), { message: /of images\.example\.com, 127\.0\.0\.1 is a loopback address/ })
  await t.throwsAsync(probe('::ffff:10.0.0.1'), { message: /IPv4-mapped/ })
  await t.throwsAsync(probe('169.254.169.254'), { message: /link-local/ })
  await t.throwsAsync(probe('93.184.217.1'), { message: /an address of the platform/ })
})

test('what fails is said without what is secret in the URL', async t => {
  const { base, probe, close } = await serve((_, response) => void response.writeHead(404).end())
  const { message } = await t.throwsAsync(probe(`${base}/images/disk.img?signature=s3cr3t`))
  t.is(message, `${base}/images/disk.img answered 404`)
  close()
})

test('files are told apart by ETag, or by time and length; two of which nothing is known are not one', t => {
  t.true(isSameFile({ etag: 'a' }, { etag: 'a', modified: 'x' }))
  t.true(isSameFile({ etag: 'a', modified: 'x' }, { etag: 'b', modified: 'x' }))
  t.false(isSameFile({ etag: 'a', modified: 'x' }, { etag: 'b', modified: 'y' }))
  t.false(isSameFile({}, {}))
})

test('a question is asked once, eight at a time, and again after a failure only', async t => {
  const asked: string[] = []
  const pending: (() => void)[] = []
  const probes = createProbes(url => {
    asked.push(url)
    return new Promise((resolve, reject) => pending.push(() => url.startsWith('bad') ? reject(new Error('no')) : resolve({ etag: url })))
  })
  const ask = (key: string, url = key) => probes.ask({ key, time: 1, url, now: 5 })
  for (let n = 0; n < 10; n++) ask(`good-${n}`)
  ask('good-0')
  t.is(asked.length, 8)
  for (const end of pending.splice(0)) end()
  await new Promise(resolve => setImmediate(resolve))
  t.deepEqual(probes.answer('good-0', 1), { mark: { etag: 'good-0' }, askedAt: 5 })
  t.is(probes.answer('good-0', 2), undefined)
  ask('bad')
  for (const end of pending.splice(0)) end()
  await new Promise(resolve => setImmediate(resolve))
  t.deepEqual(probes.answer('bad', 1), { failure: 'no', askedAt: 5 })
  ask('bad')
  ask('good-0')
  t.deepEqual(asked.slice(8), ['bad', 'bad'])
  t.deepEqual(probes.answer('bad', 1), { failure: 'no', askedAt: 5 }, 'while it is asked again')
})
