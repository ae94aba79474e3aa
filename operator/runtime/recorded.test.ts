import test from 'ava'
import fc from 'fast-check'
import { Histogram, Registry } from 'prom-client'
import { distributions, tallies } from './recorded.ts'

const lines = async (registry: Registry): Promise<string[]> => (await registry.metrics()).trim().split('\n')

test('a histogram reads as one of prom-client, whatever was observed', async t => {
  const bounds = [0.001, 0.5, 10]
  const named = { name: 'wait_seconds', help: 'How long it took' }
  await fc.assert(fc.asyncProperty(fc.array(fc.constantFrom(0, 0.001, 0.002, 0.5, 3, 10, 11, 1000), { minLength: 1 }), async (observed) => {
    const [ours, theirs] = [new Registry(), new Registry()]
    const each = distributions(ours, bounds, named)({ controller: 'volume' })
    const reference = new Histogram({ ...named, labelNames: ['controller'], buckets: bounds, registers: [theirs] })
    for (const value of observed) {
      each.observe(value)
      reference.observe({ controller: 'volume' }, value)
    }
    t.deepEqual(await lines(ours), await lines(theirs))
  }))
})

test('a counter says its value for each set of labels', async t => {
  const registry = new Registry()
  const requests = tallies(registry, 'counter', { name: 'requests_total', help: 'Requests' })
  const [reads, writes] = [requests({ method: 'GET' }), requests({ method: 'PATCH' })]
  reads.value += 2
  writes.value++
  t.deepEqual(await lines(registry), [
    '# HELP requests_total Requests', '# TYPE requests_total counter', 'requests_total{method="GET"} 2', 'requests_total{method="PATCH"} 1',
  ])
})
