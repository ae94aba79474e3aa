import { pause, until, type Cluster } from './cluster.ts'
import { percentile, progress, type Report } from './figures.ts'
import { watchMachines } from './machines.ts'
import { instance, kind, namespace } from './manifests.ts'

const RATE = 20
const SECONDS = 20
const scenario = 'arrivals'

/**
 * An open loop: each Instance is created at its own moment, whether or not those before it were answered, and its time runs from that moment,
 * so that a server or an operator that falls behind shows in full.
 */
export const measureArrivals = async ({ client, startOperator }: Cluster, report: Report): Promise<void> => {
  const present = (await client.list(kind('Instance'), { namespace })).items.length
  const operator = await startOperator()
  const machines = await watchMachines(client)
  progress(`arrivals: ${RATE} instances a second for ${SECONDS} s beside ${present}`)
  const begun = performance.now()
  const count = RATE * SECONDS
  const due = (index: number) => begun + (index * 1000) / RATE
  const creations = Array.from({ length: count }, async (_, index) => {
    await pause(Math.max(0, due(index) - performance.now()))
    await client.create(kind('Instance'), instance(`arrival-${index}`))
  })
  await Promise.all(creations)
  const arrived = () => Array.from({ length: count }, (_, index) => machines.seenAt.get(`arrival-${index}`)).filter((at) => at !== undefined)
  await until('every machine', 240_000, () => Promise.resolve(arrived().length === count))
  const latencies = Array.from({ length: count }, (_, index) => (machines.seenAt.get(`arrival-${index}`) ?? NaN) - due(index))
  for (const share of [0.5, 0.99]) {
    const detail = { scenario, percentile: share * 100, count, rate: RATE, present }
    report({ name: 'create_to_applied_ms', value: percentile(latencies, share), unit: 'ms', ...detail })
  }
  machines.close()
  await operator.kill()
}
