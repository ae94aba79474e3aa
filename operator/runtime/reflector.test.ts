import test from 'ava'
import type { ExecutionContext } from 'ava'
import type { KubeObject } from '../../crds/kubernetes.ts'
import { createClient } from './client.ts'
import { FakeClock } from './fake-clock.ts'
import { createInformer } from './informer.ts'
import { silentLog } from './log.ts'
import { seededRandom } from './random.ts'
import type { InformerSpec } from './store.ts'
import { configMap, events, json, listOf, pump, scriptedServer, status } from './testing/scripted-server.ts'
import type { Answer, ScriptedServer } from './testing/scripted-server.ts'

type ConfigMap = KubeObject & { data: { value: string } }

const spec: InformerSpec<ConfigMap> = {
  resource: { group: '', version: 'v1', kind: 'ConfigMap', plural: 'configmaps', namespaced: true },
  trim: ({ apiVersion, kind, metadata, data }: ConfigMap) => ({ apiVersion, kind, metadata, data }),
}

const setUp = async (t: ExecutionContext, list: Answer, watch: Answer, script: (server: ScriptedServer) => void = () => {}) => {
  const clock = new FakeClock()
  const server = await scriptedServer(clock, { list, watch })
  script(server)
  const informer = createInformer(spec, { client: createClient(server.transport), clock, random: seededRandom(1), log: silentLog })
  const changes: string[] = []
  informer.store.onChange(({ previous, next }) => {
    const name = (next ?? previous)?.metadata.name ?? ''
    changes.push(previous === undefined ? `+${name}` : next === undefined ? `-${name}` : `${name}=${next.data.value}`)
  })
  const ending = new AbortController()
  const running = informer.run(ending.signal)
  t.teardown(async () => {
    ending.abort(new Error('the test is over'))
    await running
    await server.close()
  })
  return { clock, server, informer, store: informer.store, changes }
}

const lists = (server: ScriptedServer) => server.requests.filter(({ watch }) => !watch).length
const watches = (server: ScriptedServer) => server.requests.filter(({ watch }) => watch)
const oneObject: Answer = (_request, response) => json(response, 200, listOf(10, [configMap('one', 5)]))
const quiet = events([])

test('an error 500 on the list is tried again until it works', async (t) => {
  const { clock, server, informer } = await setUp(t, oneObject, quiet, ({ nextList }) => {
    nextList.push(status(500, 'InternalError'), status(500, 'InternalError'), (_request, response) => response.socket?.destroy())
  })
  t.false(informer.synced)
  await pump(clock, () => informer.synced)
  t.is(lists(server), 4)
  t.is(informer.store.size, 1)
})

test('an error 500 on the watch is tried again from where the watch was, without a new list', async (t) => {
  const { clock, server, store } = await setUp(t, oneObject, events([['ADDED', configMap('two', 11)]]), ({ nextWatch }) => {
    nextWatch.push(status(500, 'InternalError'), status(503, 'ServiceUnavailable'))
  })
  await pump(clock, () => store.size === 2)
  t.is(lists(server), 1)
  t.deepEqual(watches(server).slice(0, 3).map(({ query }) => query['resourceVersion']), ['10', '10', '10'])
})

test('a 429 is not tried again before its Retry-After has passed', async (t) => {
  let refused = 0
  const { clock, store } = await setUp(t, oneObject, events([['ADDED', configMap('two', 11)]]), ({ nextWatch }) => {
    nextWatch.push((_request, response) => {
      refused = clock.now()
      json(response, 429, { kind: 'Status', code: 429, reason: 'TooManyRequests' }, { 'retry-after': '120' })
    })
  })
  await pump(clock, () => store.size === 2, 1000)
  t.true(clock.now() - refused >= 120_000)
})

test('an ERROR inside the stream that says 410 leads to a new list', async (t) => {
  const { clock, server, store, changes } = await setUp(t, oneObject, quiet, ({ nextWatch, nextList }) => {
    nextList.push(oneObject, (_request, response) => json(response, 200, listOf(20, [configMap('two', 15)])))
    nextWatch.push(events([['ERROR', { kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version' }]]))
  })
  await pump(clock, () => store.get('a/two') !== undefined && store.size === 1)
  t.is(lists(server), 2)
  t.deepEqual(changes, ['+one', '+two', '-one'])
})

test('an HTTP status 410 leads to a new list at once', async (t) => {
  const { clock, server, store } = await setUp(t, oneObject, quiet, ({ nextWatch, nextList }) => {
    nextList.push(oneObject, (_request, response) => json(response, 200, listOf(20, [configMap('one', 5), configMap('two', 15)])))
    nextWatch.push(status(410, 'Expired'))
  })
  await pump(clock, () => store.size === 2)
  t.is(lists(server), 2)
  await pump(clock, () => watches(server).length === 2)
  t.is(watches(server)[1]?.query['resourceVersion'], '20')
})

test('an ERROR inside the stream that is not 410 goes on from the last event', async (t) => {
  const { clock, server, store } = await setUp(t, oneObject, events([['ADDED', configMap('three', 13)]]), ({ nextWatch }) => {
    nextWatch.push(events([['ADDED', configMap('two', 12)], ['ERROR', { kind: 'Status', code: 500, reason: 'InternalError' }]]))
  })
  await pump(clock, () => store.size === 3)
  t.is(lists(server), 1)
  t.is(watches(server)[1]?.query['resourceVersion'], '12')
})

test('a watch that ends in the middle of a JSON document loses nothing', async (t) => {
  const { clock, server, store } = await setUp(t, oneObject, events([['ADDED', configMap('three', 13)]]), ({ nextWatch }) => {
    nextWatch.push(events([['ADDED', configMap('two', 12)]], 'cut'))
  })
  await pump(clock, () => store.size === 3)
  t.is(watches(server)[1]?.query['resourceVersion'], '12')
  t.is(lists(server), 1)
})

test('a connection that goes silent is given up and the watch goes on elsewhere', async (t) => {
  const { clock, server, store } = await setUp(t, oneObject, events([['ADDED', configMap('two', 11)]]), ({ nextWatch }) => {
    // Half open: accepts the request and never says a word.
    nextWatch.push(() => {})
  })
  const start = clock.now()
  await pump(clock, () => store.size === 2, 1000)
  t.true(clock.now() - start >= 100_000)
  t.is(lists(server), 1)
})

test('bookmarks alone move the watch forward without touching the store', async (t) => {
  const bookmark = (version: number) => ['BOOKMARK', { kind: 'ConfigMap', apiVersion: 'v1', metadata: { resourceVersion: String(version) } }] as [string, unknown]
  const { clock, server, changes } = await setUp(t, oneObject, quiet, ({ nextWatch }) => {
    nextWatch.push(events([bookmark(50), bookmark(90)], 'end'))
  })
  await pump(clock, () => watches(server).length === 2)
  t.is(watches(server)[0]?.query['allowWatchBookmarks'], 'true')
  t.is(watches(server)[1]?.query['resourceVersion'], '90')
  t.deepEqual(changes, ['+one'])
})

test('events that come twice or out of order leave the newest state, and a deleted object stays dead', async (t) => {
  const { clock, store, changes } = await setUp(t, oneObject, quiet, ({ nextWatch }) => {
    nextWatch.push(events([
      ['MODIFIED', configMap('one', 14)],
      ['MODIFIED', configMap('one', 12)],
      ['MODIFIED', configMap('one', 14)],
      ['ADDED', configMap('two', 15)],
      ['DELETED', configMap('two', 17)],
      ['MODIFIED', configMap('two', 16)],
      ['ADDED', configMap('two', 18, { uid: 'another' })],
      ['ADDED', configMap('end', 19)],
    ]))
  })
  await pump(clock, () => store.get('a/end') !== undefined)
  t.deepEqual(changes, ['+one', 'one=14', '+two', '-two', '+two', '+end'])
  t.is(store.get('a/two')?.metadata.uid, 'another')
})

test('100,000 objects are listed in pages of 500', async (t) => {
  const page: Answer = (request, response) => {
    const from = Number(request.query['continue'] ?? '0')
    const next = from + Number(request.query['limit'])
    const items = Array.from({ length: next - from }, (_, index) => configMap(`n${from + index}`, 5))
    json(response, 200, listOf(10, items, next < 100_000 ? String(next) : undefined))
  }
  const { clock, server, informer } = await setUp(t, page, quiet)
  await pump(clock, () => informer.synced)
  t.is(informer.store.size, 100_000)
  t.is(lists(server), 200)
})

test('a page token that expired starts the list anew', async (t) => {
  const page: Answer = (request, response) =>
    json(response, 200, request.query['continue'] === undefined ? listOf(10, [configMap('one', 5)], 'more') : listOf(10, [configMap('two', 6)]))
  const { clock, informer, server } = await setUp(t, page, quiet, ({ nextList }) => {
    nextList.push(page, status(410, 'Expired'))
  })
  await pump(clock, () => informer.synced)
  t.is(informer.store.size, 2)
  t.is(lists(server), 4)
})

test('a watch that always ends at once does not make the client spin', async (t) => {
  const { clock, server, informer } = await setUp(t, oneObject, events([], 'end'))
  await pump(clock, () => informer.synced)
  const start = clock.now()
  await pump(clock, () => clock.now() - start > 300_000, 1000)
  t.true(watches(server).length < 40, `${watches(server).length} watches`)
})

test('a server restored from an older backup is believed', async (t) => {
  const { clock, store, changes } = await setUp(t, (_request, response) => json(response, 200, listOf(1000, [configMap('one', 900)])), quiet, ({ nextWatch, nextList }) => {
    nextList.push((_request, response) => json(response, 200, listOf(1000, [configMap('one', 900), configMap('lost', 950)])))
    nextList.push((_request, response) => json(response, 200, listOf(40, [configMap('one', 30)])))
    nextWatch.push(status(504, 'Timeout'))
  })
  await pump(clock, () => store.size === 1 && store.get('a/one')?.data.value === '30')
  t.deepEqual(changes, ['+one', '+lost', 'one=30', '-lost'])
})

test('every watch asks for a different time of five to ten minutes', async (t) => {
  const { clock, server } = await setUp(t, oneObject, events([], 'end'))
  await pump(clock, () => watches(server).length > 5, 1000)
  const times = watches(server).map(({ query }) => Number(query['timeoutSeconds']))
  t.true(times.every((time) => time >= 300 && time <= 600))
  t.true(new Set(times).size > 1)
})

test('where only metadata is read, the server is asked for nothing else', async (t) => {
  const clock = new FakeClock()
  const server = await scriptedServer(clock, { list: oneObject, watch: quiet })
  const settings = { client: createClient(server.transport), clock, random: seededRandom(1), log: silentLog }
  const informer = createInformer({ ...spec, metadataOnly: true }, settings)
  const ending = new AbortController()
  const running = informer.run(ending.signal)
  await pump(clock, () => watches(server).length === 1)
  t.deepEqual(server.requests.map(({ headers }) => headers.accept), [
    'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1', 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1',
  ])
  ending.abort(new Error('the test is over'))
  await running
  await server.close()
})
