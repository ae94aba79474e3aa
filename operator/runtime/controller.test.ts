import test from 'ava'
import type { KubeObject } from '../../crds/kubernetes.ts'
import { createController, source } from './controller.ts'
import type { Pass } from './controller.ts'
import { FakeClock } from './fake-clock.ts'
import { silentLog } from './log.ts'
import { createMetrics } from './metrics.ts'
import { ObjectStore } from './object-store.ts'
import { seededRandom } from './random.ts'
import type { InformerSpec } from './store.ts'

const spec: InformerSpec<KubeObject> = {
  resource: { group: '', version: 'v1', kind: 'Thing', plural: 'things', namespaced: true },
  trim: (object: KubeObject) => object,
}
const thing = (name: string, resourceVersion: number): KubeObject =>
  ({ apiVersion: 'v1', kind: 'Thing', metadata: { name, namespace: 'a', uid: `uid-${name}`, resourceVersion: String(resourceVersion) } })

test('of a source that only counts, a thousand events in a second are looked at once', async (t) => {
  const clock = new FakeClock()
  const store = new ObjectStore(spec, clock)
  const informers = { get: () => ({ store }), whenSynced: () => Promise.resolve() } as never
  const passes: string[] = []
  const controller = createController(
    { name: 'counter', sources: [source(spec, () => ['a/total'], 1000)], reconcile: ({ key }) => Promise.resolve(void passes.push(key)) },
    { clock, random: seededRandom(1), log: silentLog, metrics: createMetrics().controller('counter'), informers },
  )
  void controller.run()
  for (let index = 0; index < 1000; index++) store.put(thing(`t-${index}`, index + 1))
  await clock.advance(999)
  t.deepEqual(passes, [])
  await clock.advance(1)
  t.deepEqual(passes, ['a/total'])
  store.put(thing('late', 5000))
  await clock.advance(1000)
  t.is(passes.length, 2)
  controller.stop()
})

test('an own write that the watch brings before its answer does not bring the key back, and a foreign one does', async (t) => {
  const clock = new FakeClock()
  const store = new ObjectStore(spec, clock)
  const informers = { get: () => ({ store }), whenSynced: () => Promise.resolve() } as never
  let passes = 0
  let written = 0
  const reconcile = async ({ origin }: Pass): Promise<undefined> => {
    passes++
    if (written === 0) return
    const answer = thing('x', written)
    written = 0
    store.put(answer)
    // Another one writes while the answer is on its way.
    if (answer.metadata.resourceVersion === '20') store.put({ ...thing('x', 21), metadata: { ...thing('x', 21).metadata, labels: { foreign: 'yes' } } })
    await clock.sleep(10)
    store.put(answer, origin)
  }
  const controller = createController(
    { name: 'thing', sources: [source(spec)], reconcile },
    { clock, random: seededRandom(1), log: silentLog, metrics: createMetrics().controller('thing'), informers },
  )
  void controller.run()
  written = 10
  controller.queue.add('a/x')
  await clock.advance(1000)
  t.is(passes, 1)
  written = 20
  controller.queue.add('a/x')
  await clock.advance(1000)
  t.is(passes, 3)
  controller.stop()
})
