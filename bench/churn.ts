import { systemClock } from '../operator/runtime/clock.ts'
import { heldBy } from './ask.ts'
import { percentile, progress, type Report } from './figures.ts'
import { startLoneServer, type LoneServer } from './lone-server.ts'
import type { Measured } from './measured.ts'
import { kind } from './manifests.ts'
import { areApplied, latenciesOf, runOpenLoop, sharesOf, type Arrivals } from './open-loop.ts'
import { tenantsOf, type BenchOptions } from './options.ts'
import { tenantName } from './seed/population.ts'
import { until, untilRest } from './waiting.ts'

const MINUTE = 60_000
/** Of all instances, each minute. */
const SHARE = 0.01
/** Milliseconds of churn before anything counts, and of what counts. */
const WARM_UP = 45_000
const HELD = 3 * MINUTE
/** Milliseconds from an instance's coming to its going. */
const LIFE = 30_000
const tenant = tenantName(0)

/**
 * Instances at rest, of which one in a hundred is replaced each minute: one comes, and another that came half a minute before goes. Those that were
 * there from the beginning stay, since without KubeVirt and CDI nobody would let go of theirs. Where `rest` is measured too, it has started the
 * operator on as many already and goes on with churn.
 */
export const measureChurn = async ({ only, sizes, profiles, cluster }: BenchOptions, report: Report): Promise<void> => {
  for (const size of sizes.churn) {
    if (only.includes('rest') && sizes.rest.includes(size)) continue
    const server = await startLoneServer({ ...tenantsOf(size), state: 'Running', profiles, cluster })
    try {
      progress('churn: starting the operator')
      const operator = await server.startOperator()
      await untilRest(operator, 30 * MINUTE)
      await measureChurnOn(server, operator, size, report)
    } finally {
      await server.stop()
    }
  }
}

/** @param operator - at rest on a server that holds `size` instances. */
export const measureChurnOn = async (server: LoneServer, operator: Measured, size: number, report: Report): Promise<void> => {
  const rate = (size * SHARE) / 60
  const minutes = HELD / MINUTE
  progress(`churn: ${rate.toFixed(1)} instances a second come and go for ${(WARM_UP + HELD) / 1000} s beside ${size}`)
  const churning = startChurn(server, rate)
  await systemClock.sleep(WARM_UP)
  const before = await look(operator)
  await operator.eventLoopDelay()
  const arrivals = await churning.arrivals
  await until('the machines', 5 * MINUTE, async () => areApplied(arrivals.keys(), await server.milestones(tenant)))
  const eventLoopDelay = await operator.eventLoopDelay()
  const { cpu } = await operator.usage()
  const elapsed = systemClock.now() - before.at
  const after = await look(operator)
  const counted = new Map([...arrivals].filter(([, { due }]) => due > before.at))
  const latencies = latenciesOf(counted, await server.milestones(tenant))
  const detail = { scenario: 'churn', instances: size, rate, minutes }
  for (const share of [0.5, 0.99]) {
    const more = { percentile: share * 100, ...detail, count: counted.size, parts: sharesOf(latencies, share) }
    report({ name: 'churn_create_to_applied_ms', value: percentile(latencies.whole, share), unit: 'ms', ...more })
  }
  report({ name: 'event_loop_delay_ms', value: eventLoopDelay, unit: 'ms', percentile: 99, ...detail })
  report({ name: 'churn_operator_cpu_percent', value: ((cpu - before.usage.cpu) / elapsed) * 100, unit: '%', ...detail })
  report({ name: 'churn_rss_growth_mb', value: (after.rss - before.rss) / 2 ** 20, unit: 'MiB', ...detail, of: before.rss / 2 ** 20, count: counted.size })
  const growth = heldBy(after.usage) - heldBy(before.usage)
  report({ name: 'churn_memory_growth_mb', value: growth / 2 ** 20, unit: 'MiB', ...detail, of: heldBy(before.usage) / 2 ** 20, count: counted.size })
  await churning.gone
}

/** As many instances are there at both looks. `rss` is from before the garbage is collected, and `at` from after. */
const look = async (operator: Measured) => {
  const { rss } = await operator.usage()
  const usage = await operator.usage(true)
  return { rss, usage, at: systemClock.now() }
}

/** `gone` resolves when all that have come have gone again. */
const startChurn = ({ client }: LoneServer, rate: number): { arrivals: Promise<Arrivals>; gone: Promise<void> } => {
  const removals: Promise<unknown>[] = []
  const replace = async (name: string) => {
    await systemClock.sleep(LIFE)
    await client.delete(kind('Instance'), { name, namespace: tenant })
  }
  const count = Math.max(1, Math.round((rate * (WARM_UP + HELD)) / 1000))
  const arrivals = runOpenLoop({ client, tenant, prefix: 'churn', rate, count, created: (name) => void removals.push(replace(name)) })
  const gone = arrivals.then(async () => {
    await Promise.all(removals)
    await untilGone(client)
  })
  return { arrivals, gone }
}

const untilGone = (client: LoneServer['client']): Promise<void> => until('the instances to go', 5 * MINUTE, async () => {
  await systemClock.sleep(1000)
  const { items } = await client.list(kind('Instance'), { namespace: tenant })
  return !items.some(({ metadata }) => metadata.name.startsWith('churn-'))
})
