import { systemClock } from '../operator/runtime/clock.ts'
import { percentile, progress, type Report } from './figures.ts'
import { startLoneServer, type LoneServer, type Measured } from './lone-server.ts'
import { kind } from './manifests.ts'
import { areApplied, latenciesOf, runOpenLoop } from './open-loop.ts'
import type { BenchOptions } from './options.ts'
import { tenantsOf } from './rest.ts'
import { tenantName } from './seed/population.ts'
import { until, untilRest } from './waiting.ts'

const MINUTE = 60_000
/** Of all instances, each minute. */
const SHARE = 0.01
const MINUTES = 3
const tenant = tenantName(0)

/**
 * Instances at rest, of which one in a hundred is replaced each minute: one comes, and another that came a minute before goes. Those that were there
 * from the beginning stay, since without KubeVirt and CDI nobody would let go of theirs.
 */
export const measureChurn = async ({ sizes, profiles }: BenchOptions, report: Report): Promise<void> => {
  for (const size of sizes.churn) {
    const server = await startLoneServer({ ...tenantsOf(size), state: 'Running', profiles })
    try {
      await measureAt(server, size, report)
    } finally {
      await server.stop()
    }
  }
}

const measureAt = async (server: LoneServer, size: number, report: Report): Promise<void> => {
  progress('churn: starting the operator')
  const operator = await server.startOperator()
  await untilRest(operator, 30 * MINUTE)
  const rate = (size * SHARE) / 60
  await churn(server, operator, { prefix: 'warm', rate, minutes: 1 })
  const before = { at: systemClock.now(), ...await operator.usage() }
  await operator.eventLoopDelay()
  progress(`churn: ${rate.toFixed(1)} instances a second come and go for ${MINUTES} minutes beside ${size}`)
  const due = await churn(server, operator, { prefix: 'churn', rate, minutes: MINUTES })
  const [after, eventLoopDelay] = [await operator.usage(), await operator.eventLoopDelay()]
  const elapsed = systemClock.now() - before.at
  const { fromDue } = latenciesOf(due, await server.milestones(tenant))
  const detail = { scenario: 'churn', instances: size, rate, minutes: MINUTES }
  for (const share of [0.5, 0.99]) {
    report({ name: 'churn_create_to_applied_ms', value: percentile(fromDue, share), unit: 'ms', percentile: share * 100, ...detail, count: due.size })
  }
  report({ name: 'event_loop_delay_ms', value: eventLoopDelay, unit: 'ms', percentile: 99, ...detail })
  report({ name: 'churn_operator_cpu_percent', value: ((after.cpu - before.cpu) / elapsed) * 100, unit: '%', ...detail })
  report({ name: 'operator_rss_mb', value: after.rss / 2 ** 20, unit: 'MiB', ...detail, before: before.rss / 2 ** 20 })
}

/** Resolves when all that have come have gone again. */
const churn = async (
  { client, milestones }: LoneServer, operator: Measured, { prefix, rate, minutes }: { prefix: string; rate: number; minutes: number },
): Promise<ReadonlyMap<string, number>> => {
  const removals: Promise<unknown>[] = []
  const replace = async (name: string) => {
    await systemClock.sleep(MINUTE)
    await client.delete(kind('Instance'), { name, namespace: tenant })
  }
  const count = Math.max(1, Math.round(rate * 60 * minutes))
  const due = await runOpenLoop({ client, tenant, prefix, rate, count, created: (name) => void removals.push(replace(name)) })
  await until('the machines', 5 * MINUTE, async () => areApplied(due, await milestones(tenant)))
  await Promise.all(removals)
  await untilGone(client, prefix)
  await untilRest(operator, 5 * MINUTE)
  return due
}

const untilGone = (client: LoneServer['client'], prefix: string): Promise<void> => until('the instances to go', 5 * MINUTE, async () => {
  await systemClock.sleep(1000)
  const { items } = await client.list(kind('Instance'), { namespace: tenant })
  return !items.some(({ metadata }) => metadata.name.startsWith(`${prefix}-`))
})
