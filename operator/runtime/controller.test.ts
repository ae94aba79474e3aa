import test from 'ava'
import type { KubeObject } from '../../crds/kubernetes.ts'
import { createController, source } from './controller.ts'
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
