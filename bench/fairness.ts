import { createInstance } from './create.ts'
import { percentile, progress, type Report } from './figures.ts'
import { inParallel } from './in-parallel.ts'
import { startLoneServer, type LoneServer } from './lone-server.ts'
import { areApplied, latenciesOf, runOpenLoop, sharesOf, type Latencies } from './open-loop.ts'
import type { BenchOptions } from './options.ts'
import { reportRawWrites } from './raw.ts'
import { tenantName } from './seed/population.ts'
import { until, untilRest } from './waiting.ts'

const MINUTE = 60_000
const RATE = 4
const SECONDS = 40
/** Not measured: what runs first is compiled first. */
const WARM_UP = 15
/** As many requests of the noisy tenant are on their way at a time. */
const AT_ONCE = 200
const noisy = tenantName(0)
const quiet = tenantName(1)

/**
 * How much longer a tenant waits who launches a few, while another launches thousands at once. What counts is the operator's part; how long the
 * request itself took, and every part of the rest, stands beside it.
 */
export const measureFairness = async ({ sizes, profiles, cluster }: BenchOptions, report: Report): Promise<void> => {
  for (const size of sizes.fairness) {
    const server = await startLoneServer({ tenants: 2, instances: 0, state: 'Running', profiles, cluster })
    try {
      await measureAt(server, size, report)
    } finally {
      await server.stop()
    }
  }
}

const measureAt = async (server: LoneServer, size: number, report: Report): Promise<void> => {
  const scenario = 'fairness'
  await reportRawWrites(server, report, { scenario })
  const operator = await server.startOperator()
  await launchQuietly(server, 'warm', WARM_UP)
  await untilRest(operator, MINUTE)
  progress('fairness: one tenant alone')
  const alone = await launchQuietly(server, 'alone', SECONDS)
  await untilRest(operator, MINUTE)
  progress(`fairness: the same beside another tenant's ${size}`)
  const noise = inParallel(size, AT_ONCE, 10 * MINUTE, (index) => createInstance(server.client, `noise-${index}`, { namespace: noisy }))
  const beside = await launchQuietly(server, 'beside', SECONDS)
  const { created, applied } = await server.milestones(noisy)
  const meanwhile = { noiseCreated: Object.keys(created).length, noiseApplied: Object.keys(applied).length }
  const detail = { scenario, rate: RATE, count: RATE * SECONDS, noise: size, ...meanwhile }
  for (const [when, latencies] of [['alone', alone], ['beside', beside]] as const) {
    for (const share of [0.5, 0.99]) {
      const more = { when, percentile: share * 100, ...detail, parts: sharesOf(latencies, share) }
      report({ name: 'neighbour_create_to_applied_ms', value: percentile(latencies.operator, share), unit: 'ms', ...more })
    }
  }
  for (const share of [0.5, 0.99]) {
    const times = (part: keyof Latencies) => percentile(beside[part], share) / percentile(alone[part], share)
    report({ name: 'neighbour_slowdown', value: times('operator'), unit: 'times', percentile: share * 100, ...detail, whole: times('whole') })
  }
  await noise
}

const launchQuietly = async ({ neighbour, milestones }: LoneServer, prefix: string, seconds: number): Promise<Latencies> => {
  const arrivals = await runOpenLoop({ client: neighbour, tenant: quiet, prefix, rate: RATE, count: RATE * seconds })
  await until('the machines', 10 * MINUTE, async () => areApplied(arrivals.keys(), await milestones(quiet)))
  return latenciesOf(arrivals, await milestones(quiet))
}
