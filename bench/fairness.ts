import { createInstance } from './create.ts'
import { percentile, progress, type Report } from './figures.ts'
import { inParallel } from './in-parallel.ts'
import { startLoneServer, type LoneServer } from './lone-server.ts'
import { areApplied, latenciesOf, runOpenLoop } from './open-loop.ts'
import type { BenchOptions } from './options.ts'
import { tenantName } from './seed/population.ts'
import { until, untilRest } from './waiting.ts'

const MINUTE = 60_000
const RATE = 4
const SECONDS = 25
/** As many requests of the noisy tenant are on their way at a time. */
const AT_ONCE = 200
const noisy = tenantName(0)
const quiet = tenantName(1)

/** How much longer a tenant waits who launches a few, while another launches thousands at once. */
export const measureFairness = async ({ sizes, profiles }: BenchOptions, report: Report): Promise<void> => {
  for (const size of sizes.fairness) {
    const server = await startLoneServer({ tenants: 2, instances: 0, state: 'Running', profiles })
    try {
      await measureAt(server, size, report)
    } finally {
      await server.stop()
    }
  }
}

const measureAt = async (server: LoneServer, size: number, report: Report): Promise<void> => {
  const operator = await server.startOperator()
  await launchQuietly(server, 'warm')
  await untilRest(operator, MINUTE)
  progress('fairness: one tenant alone')
  const alone = await launchQuietly(server, 'alone')
  await untilRest(operator, MINUTE)
  progress(`fairness: the same beside another tenant's ${size}`)
  const noise = inParallel(size, AT_ONCE, 10 * MINUTE, (index) => createInstance(server.client, `noise-${index}`, { namespace: noisy }))
  const beside = await launchQuietly(server, 'beside')
  const { applied } = await server.milestones(noisy)
  const created = await noise
  const detail = { scenario: 'fairness', rate: RATE, count: RATE * SECONDS, noise: size, noiseCreated: created, noiseAppliedMeanwhile: Object.keys(applied).length }
  for (const [when, { fromDue, fromStored }] of [['alone', alone], ['beside', beside]] as const) {
    for (const share of [0.5, 0.99]) {
      const value = percentile(fromStored, share)
      report({ name: 'neighbour_create_to_applied_ms', value, unit: 'ms', when, percentile: share * 100, ...detail, fromDue: percentile(fromDue, share) })
    }
  }
  report({ name: 'neighbour_slowdown', value: percentile(beside.fromStored, 0.99) / percentile(alone.fromStored, 0.99), unit: 'times', percentile: 99, ...detail })
}

const launchQuietly = async ({ client, milestones }: LoneServer, prefix: string) => {
  const due = await runOpenLoop({ client, tenant: quiet, prefix, rate: RATE, count: RATE * SECONDS })
  await until('the machines', 10 * MINUTE, async () => areApplied(due, await milestones(quiet)))
  return latenciesOf(due, await milestones(quiet))
}
