import test from 'ava'
import { startOperatorProcess } from '../../e2e/simulation/operator-process.ts'
import { instanceInformer } from '../../operator/resources/instance/store.ts'
import { FakeClock } from '../../operator/runtime/fake-clock.ts'
import { createApiServer } from '../../sandbox/apiserver/server.ts'
import { launchOne, type State } from './launched.ts'
import { populate } from './population.ts'

const HOUR = 3_600_000

for (const state of ['Running', 'Stopped'] satisfies State[]) {
  test(`an operator that starts on cloned instances that are ${state} has nothing to write for an hour`, async (t) => {
    const launched = await launchOne(state)
    const clock = new FakeClock()
    const server = createApiServer({ clock, tokens: new Map(), restore: populate(launched, { tenants: 2, instances: 3 }) })
    const writes: string[] = []
    const operator = startOperatorProcess(server, clock, { writes })
    await clock.advance(HOUR)
    t.true(operator.runtime.idle())
    t.is([...operator.runtime.cache.of(instanceInformer).list()].length, 6)
    t.deepEqual(writes, [])
    operator.crash()
    await server.close()
  })
}

test('every object of a population is another one', async (t) => {
  const { objects } = populate(await launchOne('Running'), { tenants: 2, instances: 2 })
  const places = objects.map(([bucket, key]) => `${bucket} ${key}`)
  const uids = objects.map(([, , object]) => object.metadata['uid'])
  t.is(new Set(places).size, places.length)
  t.is(new Set(uids).size, uids.length)
  t.notRegex(JSON.stringify(objects), /-template/)
  t.deepEqual(JSON.parse(JSON.stringify(objects)), objects, 'and plain JSON')
})
