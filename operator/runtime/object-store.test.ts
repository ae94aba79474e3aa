import test from 'ava'
import fc from 'fast-check'
import type { KubeObject } from '../../crds/kubernetes.ts'
import { FakeClock } from './fake-clock.ts'
import { ObjectStore } from './object-store.ts'
import { compareResourceVersions } from './resource-version.ts'
import { matchesSelector } from './selector.ts'
import type { InformerSpec } from './store.ts'

const spec: InformerSpec<KubeObject> = {
  resource: { group: '', version: 'v1', kind: 'Thing', plural: 'things', namespaced: true },
  trim: ({ apiVersion, kind, metadata }: KubeObject) => ({ apiVersion, kind, metadata }),
  indexes: { label: ({ metadata }) => Object.values(metadata.labels ?? {}) },
}
const thing = (name: string, resourceVersion: number, uid = `uid-${name}`, labels: Record<string, string> = {}): KubeObject =>
  ({ apiVersion: 'v1', kind: 'Thing', metadata: { name, namespace: 'a', uid, resourceVersion: String(resourceVersion), labels } })
const everything = () => true

test('an own write made while a list was on its way survives the list that does not hold it', (t) => {
  const store = new ObjectStore(spec, new FakeClock())
  store.put(thing('old', 5))
  store.put(thing('made', 20))
  store.retain(new Set(), '10', everything)
  t.deepEqual([...store.list()].map(({ metadata }) => metadata.name), ['made'])
})

test('what our own DELETE removed is not brought back by events from before', (t) => {
  const store = new ObjectStore(spec, new FakeClock())
  store.put(thing('x', 5))
  store.forget('a/x', 'uid-x')
  t.false(store.put(thing('x', 7)))
  store.delete(thing('x', 9))
  t.false(store.put(thing('x', 8)))
  t.true(store.put(thing('x', 12, 'another')))
})

test('an object that left the label selector and came back is there again', (t) => {
  const store = new ObjectStore(spec, new FakeClock())
  store.put(thing('x', 5))
  store.delete(thing('x', 9))
  t.true(store.put(thing('x', 11)))
  t.is(store.size, 1)
})

test('an index follows every change', (t) => {
  const store = new ObjectStore(spec, new FakeClock())
  store.put(thing('x', 1, 'u', { a: 'red' }))
  store.put(thing('x', 2, 'u', { a: 'blue' }))
  t.deepEqual(store.by('label', 'red'), [])
  t.is(store.by('label', 'blue').length, 1)
  store.delete(thing('x', 3, 'u'))
  t.deepEqual(store.by('label', 'blue'), [])
  t.throws(() => store.by('colour', 'x'), { message: /there is no index colour/ })
})

test('an index tells how many there are and their keys', (t) => {
  const store = new ObjectStore(spec, new FakeClock())
  store.put(thing('x', 1, 'u', { a: 'red' }))
  store.put(thing('y', 2, 'v', { a: 'red' }))
  t.is(store.count('label', 'red'), 2)
  t.deepEqual(store.keysBy('label', 'red'), ['a/x', 'a/y'])
  t.is(store.count('label', 'blue'), 0)
  t.throws(() => store.count('colour', 'x'), { message: /there is no index colour/ })
})

test('nobody is told of a change of what is not kept, unless it is ours', (t) => {
  const trim = ({ apiVersion, kind, metadata: { managedFields: _, ...metadata } }: KubeObject) => ({ apiVersion, kind, metadata })
  const store = new ObjectStore({ ...spec, trim }, new FakeClock())
  let told = 0
  store.onChange(() => void told++)
  const put = (resourceVersion: number, size: number, manager: string) => {
    const { metadata, ...rest } = thing('x', resourceVersion)
    const owned = { manager, operation: 'Apply' as const, apiVersion: 'v1', fieldsType: 'FieldsV1' as const, fieldsV1: { 'f:spec': { 'f:size': {} } } }
    return store.put({ ...rest, metadata: { ...metadata, managedFields: [owned] }, spec: { size } } as KubeObject)
  }
  put(1, 1, 'somebody')
  t.is(told, 1)
  t.true(put(2, 2, 'somebody'))
  t.is(told, 1)
  t.is(store.get('a/x')?.metadata.resourceVersion, '2')
  put(3, 2, 'kumulus-test')
  t.is(told, 2)
  put(4, 3, 'kumulus-test')
  t.is(told, 3)
})

test('whatever order the same history arrives in, the same objects are left', (t) => {
  const history: { deleted: boolean; object: KubeObject }[] = [
    { deleted: false, object: thing('x', 1, 'first') },
    { deleted: false, object: thing('x', 2, 'first') },
    { deleted: true, object: thing('x', 3, 'first') },
    { deleted: false, object: thing('x', 4, 'second') },
    { deleted: false, object: thing('x', 10, 'second') },
    { deleted: false, object: thing('y', 5) },
    { deleted: true, object: thing('y', 6) },
  ]
  fc.assert(fc.property(fc.shuffledSubarray(history, { minLength: history.length }), (shuffled) => {
    const store = new ObjectStore(spec, new FakeClock())
    for (const { deleted, object } of shuffled) {
      if (deleted) store.delete(object)
      else store.put(object)
    }
    t.deepEqual([...store.list()].map(({ metadata }) => `${metadata.name} ${metadata.uid} ${metadata.resourceVersion}`), ['x second 10'])
  }))
})

test('resourceVersions are compared as numbers of any length', (t) => {
  fc.assert(fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n }), fc.bigInt({ min: 0n, max: 2n ** 64n }), (a, b) => {
    t.is(Math.sign(compareResourceVersions(String(a), String(b))), a < b ? -1 : a > b ? 1 : 0)
  }))
})

test('label selectors mean what they mean to the API server', (t) => {
  const labels = { app: 'x', tier: 'front' }
  for (const selector of ['app=x', 'app==x', 'app', '!other', 'app in (x,y),tier notin (back)', 'app!=y', 'other!=y', '', 'app=x,tier']) t.true(matchesSelector(selector, labels), selector)
  for (const selector of ['app=y', '!app', 'other', 'app in (y)', 'other in (x)', 'app=x,tier=back', 'app notin (x)']) t.false(matchesSelector(selector, labels), selector)
})

const holding = (count: number): { store: ObjectStore<KubeObject>; rested: Promise<unknown> } => {
  const clock = new FakeClock()
  const store = new ObjectStore(spec, clock)
  for (let index = 0; index < count; index++) store.put(thing(`x${index}`, index + 1))
  return { store, rested: clock.advance(120_000) }
}

test('few objects are kept as they are, however long they rest; of many, those at rest are packed and read the same', async (t) => {
  for (const [count, isKept] of [[10, true], [200, false]] as const) {
    const { store, rested } = holding(count)
    const before = store.get('a/x3')
    await rested
    t.is(store.get('a/x3') === before, isKept)
    t.deepEqual(store.get('a/x3'), before)
  }
})

test('objects that were few and became many are packed', async (t) => {
  const clock = new FakeClock()
  const store = new ObjectStore(spec, clock)
  store.put(thing('first', 1))
  await clock.advance(60_000)
  const before = store.get('a/first')
  for (let index = 0; index < 200; index++) store.put(thing(`x${index}`, index + 2))
  await clock.advance(60_000)
  t.not(store.get('a/first'), before)
  t.deepEqual(store.get('a/first'), before)
})
