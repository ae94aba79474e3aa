import test from 'ava'
import { configMap, configMaps, testServer } from './test-server.ts'

test('a watch from a revision brings every later change in order', async (t) => {
  const { send, watch, server } = testServer()
  const from = String(server.revision)
  const events = await watch(configMaps, { resourceVersion: from })
  await send('POST', configMaps, configMap('a'))
  await send('PATCH', `${configMaps}/a`, { data: { x: '1' } }, { contentType: 'application/merge-patch+json' })
  await send('DELETE', `${configMaps}/a`)
  const seen = [await events.next(), await events.next(), await events.next()]
  t.deepEqual(seen.map((event) => event?.type), ['ADDED', 'MODIFIED', 'DELETED'])
  const revisions = seen.map((event) => Number(event?.object.metadata['resourceVersion']))
  t.deepEqual(revisions, [...revisions].sort((a, b) => a - b))
  await events.stop()
})

test('a watch without a revision begins with what there is', async (t) => {
  const { send, watch } = testServer()
  await send('POST', configMaps, configMap('a'))
  const events = await watch(configMaps)
  const first = await events.next()
  t.is(first?.type, 'ADDED')
  t.is(first?.object.metadata.name, 'a')
  await events.stop()
})

test('an object that leaves a selector is reported as deleted, one that enters as added', async (t) => {
  const { send, watch, server } = testServer()
  const events = await watch(configMaps, { resourceVersion: String(server.revision), labelSelector: 'on=yes' })
  const relabel = (value: string) =>
    send('PATCH', `${configMaps}/a`, { metadata: { labels: { on: value } } }, { contentType: 'application/merge-patch+json' })
  await send('POST', configMaps, configMap('a', { labels: { on: 'no' } }))
  await relabel('yes')
  await relabel('no')
  const [entered, left] = [await events.next(), await events.next()]
  t.is(entered?.type, 'ADDED')
  t.is(left?.type, 'DELETED')
  t.deepEqual(left?.object.metadata['labels'], { on: 'yes' }, 'as the client knew it')
  await events.stop()
})

test('a watch from a compacted revision gets an ERROR event with 410, a list of it the status 410', async (t) => {
  const { send, watch, server } = testServer({ compactionRevisions: 5 })
  await server.settled()
  const old = String(server.revision)
  for (let i = 0; i < 10; i++) await send('POST', configMaps, configMap(`c${i}`))
  const events = await watch(configMaps, { resourceVersion: old })
  const error = await events.next()
  t.is(error?.type, 'ERROR')
  t.is(error?.object.code, 410)
  t.is(error?.object.reason, 'Expired')
  t.is(await events.next(), undefined)
  const list = await send('GET', configMaps, undefined, { query: { resourceVersion: old, resourceVersionMatch: 'Exact' } })
  t.is(list.status, 410)
})

test('a quiet watch outlives the compaction of what others wrote', async (t) => {
  const { send, watch, server } = testServer({ compactionRevisions: 5 })
  await server.settled()
  const secrets = await watch('/api/v1/namespaces/default/secrets', { resourceVersion: String(server.revision) })
  const next = secrets.next()
  for (let i = 0; i < 10; i++) await send('POST', configMaps, configMap(`c${i}`))
  await send('POST', '/api/v1/namespaces/default/secrets', { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' } })
  t.is((await next)?.object.metadata.name, 's')
  await secrets.stop()
})

test('history older than the age is forgotten, younger is kept', async (t) => {
  const { send, watch, server, clock } = testServer({ compactionAge: 60_000 })
  await send('POST', configMaps, configMap('a'))
  const old = String(server.revision)
  await clock.advance(50_000)
  await send('POST', configMaps, configMap('b'))
  const young = String(server.revision)
  await clock.advance(30_000)
  await send('POST', configMaps, configMap('c'))
  const late = await watch(configMaps, { resourceVersion: young })
  t.is((await late.next())?.object.metadata.name, 'c')
  await late.stop()
  await clock.advance(70_000)
  await send('POST', configMaps, configMap('d'))
  t.is((await (await watch(configMaps, { resourceVersion: old })).next())?.object.code, 410)
})

test('bookmarks come every minute to those who ask, and tell how far the server is', async (t) => {
  const { watch, server, clock } = testServer()
  const events = await watch(configMaps, { resourceVersion: String(server.revision), allowWatchBookmarks: 'true' })
  const next = events.next()
  await clock.advance(61_000)
  const bookmark = await next
  t.is(bookmark?.type, 'BOOKMARK')
  t.is(bookmark?.object.metadata['resourceVersion'], String(server.revision))
  await events.stop()
})

test('a streaming list ends its initial events with the annotated bookmark', async (t) => {
  const { send, watch } = testServer()
  await send('POST', configMaps, configMap('a'))
  const query = { sendInitialEvents: 'true', resourceVersionMatch: 'NotOlderThan', allowWatchBookmarks: 'true' }
  const events = await watch(configMaps, query)
  t.is((await events.next())?.type, 'ADDED')
  const end = await events.next()
  t.is(end?.type, 'BOOKMARK')
  t.deepEqual(end?.object.metadata['annotations'], { 'k8s.io/initial-events-end': 'true' })
  await events.stop()
})

test('a watch ends by itself after timeoutSeconds', async (t) => {
  const { watch, clock } = testServer()
  const events = await watch(configMaps, { resourceVersion: '0', timeoutSeconds: '5' })
  const next = events.next()
  await clock.advance(5000)
  t.is(await next, undefined)
})
