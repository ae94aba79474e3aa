import { appendFileSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { Agent, request } from 'undici'
import { serveHttps } from './http.ts'
import { writeKubeconfig } from './kubeconfig.ts'
import { admin, configMap, configMaps, testServer } from './test-server.ts'

const serve = async () => {
  const { server, clock } = testServer({ tokens: new Map([['secret', admin]]) })
  const http = await serveHttps(server, { now: Date.UTC(2026, 0, 1) })
  const dispatcher = new Agent({ connect: { ca: http.ca, checkServerIdentity: () => undefined, rejectUnauthorized: false } })
  const call = (method: 'GET' | 'POST', path: string, body?: unknown, headers: Record<string, string> = { authorization: 'Bearer secret' }) =>
    request(http.url + path, { method, dispatcher, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) })
  return { server, http, clock, call, close: async () => (await dispatcher.destroy(), await http.close(), await server.close()) }
}

test('over HTTPS a known token is let in, an unknown one gets 401 and nobody 403', async (t) => {
  const { call, close } = await serve()
  t.is((await call('GET', '/api/v1/namespaces')).statusCode, 200)
  t.is((await call('GET', '/api/v1/namespaces', undefined, { authorization: 'Bearer wrong' })).statusCode, 401)
  t.is((await call('GET', '/api/v1/namespaces', undefined, {})).statusCode, 403)
  t.is((await call('GET', '/readyz', undefined, {})).statusCode, 200)
  await close()
})

test('a watch over HTTPS shows its headers at once, its events as they come, and ends with the server', async (t) => {
  const { call, close, server } = await serve()
  const watch = await call('GET', `${configMaps}?watch=true&resourceVersion=${server.revision}`)
  t.is(watch.statusCode, 200)
  await call('POST', configMaps, configMap('a'))
  const iterator = watch.body[Symbol.asyncIterator]()
  t.regex(String((await iterator.next()).value), /"type":"ADDED"/)
  const rest = iterator.next().catch(() => 'broken')
  await close()
  t.truthy(await rest)
})

test('a body over the limit is refused with 413, a large answer is compressed for who can read it', async (t) => {
  const { call, close } = await serve()
  t.is((await call('POST', configMaps, configMap('big', {}, { x: 'y'.repeat(3_200_000) }))).statusCode, 413)
  await call('POST', configMaps, configMap('a', {}, { x: 'y'.repeat(500_000) }))
  const compressed = await call('GET', configMaps, undefined, { authorization: 'Bearer secret', 'accept-encoding': 'gzip' })
  t.is(compressed.headers['content-encoding'], 'gzip')
  t.true((await compressed.body.arrayBuffer()).byteLength < 50_000)
  await close()
})

test('a kubeconfig is for its owner alone', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'kubeconfig-'))
  const path = join(directory, 'deep', 'config')
  writeKubeconfig(path, { url: 'https://127.0.0.1:1', ca: 'ca', token: 'secret' })
  t.is(statSync(path).mode & 0o777, 0o600)
  rmSync(directory, { recursive: true })
})

test('a restarted server goes on with the same objects, UIDs and revisions, even after a torn last line', async (t) => {
  const dataDirectory = mkdtempSync(join(tmpdir(), 'apiserver-'))
  const first = testServer({ dataDirectory })
  const created = (await first.send('POST', configMaps, configMap('a', {}, { x: '1' }))).body
  await first.send('POST', configMaps, configMap('b'))
  await first.send('DELETE', `${configMaps}/b`)
  const { revision } = first.server
  await first.server.close()
  appendFileSync(join(dataDirectory, 'journal.jsonl'), '{"revision":99999,"buck')
  const second = testServer({ dataDirectory })
  t.deepEqual((await second.send('GET', `${configMaps}/a`)).body, created)
  t.is((await second.send('GET', `${configMaps}/b`)).status, 404)
  t.true(second.server.revision >= revision && second.server.revision < 99_999)
  await second.server.close()
  rmSync(dataDirectory, { recursive: true })
})
