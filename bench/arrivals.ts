import { percentile, progress, type Report } from './figures.ts'
import { startLoneServer } from './lone-server.ts'
import { areApplied, latenciesOf, runOpenLoop, sharesOf } from './open-loop.ts'
import type { BenchOptions } from './options.ts'
import { reportRawWrites } from './raw.ts'
import { tenantName } from './seed/population.ts'
import { until, untilRest } from './waiting.ts'

const RATE = 20
const SECONDS = 30
/** Not measured: a process that has just started compiles its code first. */
const WARM_UP = 5
const tenant = tenantName(0)

/** The latency of a cloud that keeps up: an open loop at a rate that the operator and the API server can take. */
export const measureArrivals = async ({ profiles, cluster }: BenchOptions, report: Report): Promise<void> => {
  const scenario = 'arrivals'
  const server = await startLoneServer({ tenants: 1, instances: 0, state: 'Running', profiles, cluster })
  try {
    await reportRawWrites(server, report, { scenario })
    const operator = await server.startOperator()
    const warm = await runOpenLoop({ client: server.client, tenant, prefix: 'warm', rate: RATE, count: RATE * WARM_UP })
    await until('the first machines', 60_000, async () => areApplied(warm.keys(), await server.milestones(tenant)))
    await untilRest(operator, 60_000)
    await operator.eventLoopDelay()
    const count = RATE * SECONDS
    progress(`arrivals: ${RATE} instances a second for ${SECONDS} s`)
    const arrivals = await runOpenLoop({ client: server.client, tenant, prefix: 'arrival', rate: RATE, count })
    await until('every machine', 240_000, async () => areApplied(arrivals.keys(), await server.milestones(tenant)))
    const latencies = latenciesOf(arrivals, await server.milestones(tenant))
    const eventLoopDelay = await operator.eventLoopDelay()
    for (const share of [0.5, 0.99]) {
      const detail = { scenario, percentile: share * 100, count, rate: RATE, eventLoopDelay, parts: sharesOf(latencies, share) }
      report({ name: 'create_to_applied_ms', value: percentile(latencies.whole, share), unit: 'ms', ...detail })
    }
  } finally {
    await server.stop()
  }
}
