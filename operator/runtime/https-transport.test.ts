import test from 'ava'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from './client.ts'
import { kubeConfigCredentials } from './credentials.ts'
import { FakeClock } from './fake-clock.ts'
import { createHttpsTransport } from './https-transport.ts'
import { events, json, listOf, scriptedServer, status } from './testing/scripted-server.ts'
import type { Answer } from './testing/scripted-server.ts'

const configMaps = { group: '', version: 'v1', kind: 'ConfigMap', plural: 'configmaps', namespaced: true }
const list: Answer = (_request, response) => json(response, 200, listOf(1))

const guarded = (valid: () => string): Answer => (request, response) =>
  request.headers.authorization === `Bearer ${valid()}` ? list(request, response) : status(401, 'Unauthorized')(request, response)

test('a token that expires is loaded again, once, and the request answered as if nothing had happened', async (t) => {
  const clock = new FakeClock()
  let issued = 'one'
  const loads: boolean[] = []
  const server = await scriptedServer(clock, { list: guarded(() => issued), watch: events([]) }, (base, renew) => {
    loads.push(renew)
    return { server: base, headers: { authorization: `Bearer ${issued}` } }
  })
  t.teardown(server.close)
  const client = createClient(server.transport)
  await client.list(configMaps)
  issued = 'two'
  await Promise.all([client.list(configMaps), client.list(configMaps), client.list(configMaps)])
  t.deepEqual(loads, [false, true])
})

test('whoever answers with something else than JSON, or with nothing, is not refused by what we say that we take', async (t) => {
  const server = await scriptedServer(new FakeClock(), { list, watch: events([]) })
  t.teardown(server.close)
  await createClient(server.transport).list(configMaps)
  t.is(server.requests[0]?.headers.accept, 'application/json, */*')
})

test('credentials that stay refused give the 401 after one new try', async (t) => {
  const clock = new FakeClock()
  const server = await scriptedServer(clock, { list: guarded(() => 'right'), watch: events([]) }, (base) => ({ server: base, headers: { authorization: 'Bearer wrong' } }))
  t.teardown(server.close)
  await t.throwsAsync(createClient(server.transport).list(configMaps), { name: 'ApiError', message: /scripted Unauthorized/ })
  t.is(server.requests.length, 2)
})

test("a service account's token file is read again when the server refuses the old token", async (t) => {
  const clock = new FakeClock()
  let valid = 'one'
  const server = await scriptedServer(clock, { list: guarded(() => valid), watch: events([]) })
  t.teardown(server.close)
  const directory = mkdtempSync(join(tmpdir(), 'kumulus-'))
  const token = join(directory, 'token')
  const file = join(directory, 'kubeconfig')
  writeFileSync(token, 'one\n')
  writeFileSync(file, JSON.stringify({
    clusters: [{ name: 'c', cluster: { server: server.server, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'u', user: { 'auth-provider': { name: 'tokenFile', config: { tokenFile: token } } } }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
  }))
  const transport = createHttpsTransport({ credentials: kubeConfigCredentials({ file }), clock })
  t.teardown(() => transport.close())
  const client = createClient(transport)
  await client.list(configMaps)
  valid = 'two'
  writeFileSync(token, 'two\n')
  await client.list(configMaps)
  t.is(server.requests.length, 3)
})

test('200 requests share a few connections', async (t) => {
  const sockets = new Set<unknown>()
  const clock = new FakeClock()
  const server = await scriptedServer(clock, {
    list: (request, response) => {
      sockets.add(response.socket)
      list(request, response)
    },
    watch: events([]),
  })
  t.teardown(server.close)
  const client = createClient(server.transport)
  for (let round = 0; round < 20; round++) await Promise.all(Array.from({ length: 10 }, () => client.list(configMaps)))
  t.true(sockets.size <= 32, `${sockets.size} connections`)
})

test('open watches keep no request waiting', async (t) => {
  const clock = new FakeClock()
  const server = await scriptedServer(clock, { list, watch: events([]) })
  t.teardown(server.close)
  const client = createClient(server.transport)
  const ending = new AbortController()
  await Promise.all(Array.from({ length: 60 }, () => client.watch(configMaps, { resourceVersion: '1', signal: ending.signal })))
  await client.list(configMaps)
  ending.abort()
  t.pass()
})

test('a request that is no longer wanted ends at once with the reason, before and after it was sent, and the next is answered', async (t) => {
  const clock = new FakeClock()
  const asked = Promise.withResolvers<void>()
  const server = await scriptedServer(clock, { list, watch: events([]) })
  server.nextList.push(() => asked.resolve())
  t.teardown(server.close)
  const client = createClient(server.transport)
  const ending = new AbortController()
  const pending = client.list(configMaps, { signal: ending.signal })
  await asked.promise
  ending.abort(new Error('no longer wanted'))
  await t.throwsAsync(pending, { message: 'no longer wanted' })
  await t.throwsAsync(client.list(configMaps, { signal: ending.signal }), { message: 'no longer wanted' })
  t.is((await client.list(configMaps)).resourceVersion, '1')
  t.is(server.requests.length, 2)
})

test('an answer that breaks off is an error and not half an answer', async (t) => {
  const clock = new FakeClock()
  const server = await scriptedServer(clock, { list, watch: events([]) })
  server.nextList.push((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' })
    response.write('{"items":', () => response.destroy())
  })
  t.teardown(server.close)
  await t.throwsAsync(createClient(server.transport).list(configMaps))
})

test('a letter that arrives in two pieces is one letter', async (t) => {
  const clock = new FakeClock()
  const server = await scriptedServer(clock, { list, watch: events([]) })
  server.nextList.push((_request, response) => {
    const bytes = Buffer.from(JSON.stringify({ ...listOf(1), name: 'Jürgen' }))
    const half = bytes.indexOf('ü') + 1
    response.writeHead(200, { 'content-type': 'application/json' })
    response.write(bytes.subarray(0, half), () => setImmediate(() => response.end(bytes.subarray(half))))
  })
  t.teardown(server.close)
  const { body } = await server.transport.request({ method: 'GET', path: '/api/v1/configmaps' })
  t.is((body as { name: string }).name, 'Jürgen')
})

test('a kubeconfig without a usable context says so', async (t) => {
  const file = join(mkdtempSync(join(tmpdir(), 'kumulus-')), 'kubeconfig')
  writeFileSync(file, JSON.stringify({ clusters: [], users: [], contexts: [], 'current-context': 'nowhere' }))
  await t.throwsAsync(kubeConfigCredentials({ file }).load(false), { message: /no cluster for its context "nowhere"/ })
})
