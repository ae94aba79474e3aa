import test from 'ava'
import type { KubeObject } from '../../crds/kubernetes.ts'
import { createClient } from './client.ts'
import { FakeClock, settle } from './fake-clock.ts'
import { createInformer } from './informer.ts'
import { silentLog } from './log.ts'
import { seededRandom } from './random.ts'
import type { InformerSpec } from './store.ts'
import { FakeApi } from './testing/fake-api.ts'
import { createWriter } from './writer.ts'

const engines: InformerSpec<KubeObject> = {
  resource: { group: 'foreign.dev', version: 'v1', kind: 'Engine', plural: 'engines', namespaced: true },
  labelSelector: 'app.kubernetes.io/managed-by=kumulus',
  trim: ({ apiVersion, kind, metadata: { name, namespace, uid, resourceVersion } }: KubeObject) =>
    ({ apiVersion, kind, metadata: { name, namespace, uid, resourceVersion } as KubeObject['metadata'] }),
}
const secrets = { group: '', version: 'v1', kind: 'Secret', plural: 'secrets', namespaced: true }
const owner = { apiVersion: 'kumulus.dev/v1', kind: 'Machine', metadata: { name: 'm', namespace: 'a', uid: 'owner', resourceVersion: '1' } }
const engine = (size: unknown = 1) => ({ apiVersion: 'foreign.dev/v1', kind: 'Engine', metadata: { name: 'e', namespace: 'a' }, spec: { size } })
const secret = (value = 'x') => ({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 's', namespace: 'a' }, data: { value } })
const ENGINE = '/apis/foreign.dev/v1/namespaces/a/engines'

const setUp = async (api = new FakeApi()) => {
  const client = createClient(api)
  const clock = new FakeClock()
  const informer = createInformer(engines, { client, clock, random: seededRandom(1), log: silentLog })
  const ending = new AbortController()
  void informer.run(ending.signal)
  await informer.whenSynced
  // Somebody watches one Secret elsewhere: that says nothing of those that are written here.
  const elsewhere = createInformer({ ...engines, resource: secrets, namespace: 'system', objectName: 'certificate' }, { client, clock, random: seededRandom(1), log: silentLog })
  const writer = () => createWriter({
    client, informersOf: ({ kind }) => (kind === 'Engine' ? [informer] : kind === 'Secret' ? [elsewhere] : []), unwatched: [secrets], owner, fieldManager: 'kumulus-machine',
    origin: { controller: 'machine', key: 'a/m' }, beforeWrite: async () => {}, log: silentLog,
  })
  return { api, client, informer, writer, end: () => ending.abort() }
}

test('an own write is in the store before apply returns', async (t) => {
  const { informer, writer, end } = await setUp()
  await writer().apply(engine())
  t.is(informer.store.get('a/e')?.metadata.name, 'e')
  end()
})

test('what is already so is not written, and says so', async (t) => {
  const { api, writer, end } = await setUp()
  await writer().apply(engine())
  const second = writer()
  await second.apply(engine())
  t.false(second.wrote)
  t.is(api.writes.length, 1)
  end()
})

test('a value that the server keeps in other words is written once, not for ever', async (t) => {
  const { api, writer, end } = await setUp()
  api.normalise = (object) => ((object['spec'] as { size: unknown }).size === '1024Mi' ? { ...object, spec: { size: '1Gi' } } : object)
  for (let pass = 0; pass < 3; pass++) await writer().apply(engine('1024Mi'))
  t.is(api.writes.length, 1)
  api.put(ENGINE, { ...(api.get(`${ENGINE}/e`) as KubeObject), spec: { size: '9Gi' } })
  await settle()
  await writer().apply(engine('1024Mi'))
  t.is(api.writes.length, 2)
  end()
})

test('our own object that the cache has not seen yet is recognised, not duplicated and not taken for a stranger', async (t) => {
  const first = await setUp()
  await first.writer().apply(engine())
  first.end()
  const { api, writer, end } = await setUp(first.api)
  const blind = createInformer(engines, { client: createClient(api), clock: new FakeClock(), random: seededRandom(1), log: silentLog })
  const unaware = createWriter({
    client: createClient(api), informersOf: () => [blind], unwatched: [], owner, fieldManager: 'kumulus-machine',
    origin: { controller: 'machine', key: 'a/m' }, beforeWrite: async () => {}, log: silentLog,
  })
  const { uid } = await unaware.apply(engine()).then(({ metadata }) => metadata)
  t.is(api.get(`${ENGINE}/e`)?.metadata.uid, uid)
  t.is(blind.store.size, 1)
  const aware = writer()
  await aware.apply(engine())
  t.false(aware.wrote)
  end()
})

test('an object that vanished behind our back is made again', async (t) => {
  const { api, writer, end } = await setUp()
  const before = await writer().apply(engine())
  await api.request({ method: 'DELETE', path: `${ENGINE}/e` })
  // The watch has not told us yet: what we want differs, so that it is written.
  const after = await writer().apply(engine(2))
  t.not(after.metadata.uid, before.metadata.uid)
  end()
})

test('what nobody may watch is created, left alone when it is right, and never taken from a stranger', async (t) => {
  const { api, writer, end } = await setUp()
  await writer().apply(secret())
  await writer().apply(secret())
  t.is(api.writes.length, 1)
  await writer().apply(secret('y'))
  t.is(api.writes.length, 2)
  const foreign = api.put('/api/v1/namespaces/a/secrets', { ...secret(), metadata: { name: 'foreign', namespace: 'a' } })
  await t.throwsAsync(writer().apply({ ...secret(), metadata: { name: 'foreign', namespace: 'a' } }), { name: 'NameConflictError' })
  await t.throwsAsync(writer().remove(secrets, foreign), { name: 'NameConflictError' })
  t.is(api.writes.length, 2)
  end()
})

test('what is most likely new is created without a look, and looked at only where something has its name', async (t) => {
  const { api, writer, end } = await setUp()
  const reads: string[] = []
  api.fault = ({ method, path }) => void (method === 'GET' && /secrets/.test(path) && reads.push(path))
  const made = await writer().apply(secret(), { isNew: true })
  t.deepEqual([api.writes.length, reads.length], [1, 0])
  const again = await writer().apply(secret(), { isNew: true })
  t.is(again.metadata.resourceVersion, made.metadata.resourceVersion)
  t.true(reads.length > 0)
  t.not((await writer().apply(secret('y'), { isNew: true })).metadata.resourceVersion, made.metadata.resourceVersion)
  api.put('/api/v1/namespaces/a/secrets', { ...secret(), metadata: { name: 'foreign', namespace: 'a' } })
  await t.throwsAsync(writer().apply({ ...secret(), metadata: { name: 'foreign', namespace: 'a' } }, { isNew: true }), { name: 'NameConflictError' })
  end()
})

test('a kind that is neither watched nor declared unwatched is a mistake that says its remedy', async (t) => {
  const { writer, end } = await setUp()
  await t.throwsAsync(writer().apply({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'a' } }), { message: /declare it among the kind's watches/ })
  end()
})

test('a patch names the uid and version that it was decided on', async (t) => {
  const { api, writer, end } = await setUp()
  const made = await writer().apply(engine())
  await writer().patch(engines.resource, made, { metadata: { labels: { live: 'yes', 'app.kubernetes.io/managed-by': 'kumulus' } } })
  t.like(api.writes.at(-1)?.body, { metadata: { uid: made.metadata.uid, resourceVersion: made.metadata.resourceVersion, labels: { live: 'yes' } } })
  await t.throwsAsync(writer().patch(engines.resource, made, {}), { name: 'ApiError', message: /Conflict/ })
  end()
})

test('a live read gives undefined for what is not there, and throws on all else', async (t) => {
  const { api, writer, end } = await setUp()
  t.is(await writer().read(secrets, { name: 'none', namespace: 'a' }), undefined)
  api.fault = () => {
    throw new Error('connection refused')
  }
  await t.throwsAsync(writer().read(secrets, { name: 'none', namespace: 'a' }))
  end()
})

test('nothing that lives in another namespace is garbage-collected with its owner', async (t) => {
  const { writer, end } = await setUp()
  t.throws(() => void writer().apply({ ...engine(), metadata: { name: 'e', namespace: 'b' } }, { owned: true }), { message: /not in its namespace/ })
  end()
})
