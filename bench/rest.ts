import { systemClock } from '../operator/runtime/clock.ts'
import { heldBy } from './ask.ts'
import { measureChurnOn } from './churn.ts'
import { progress, type Report } from './figures.ts'
import { startLoneServer, type LoneServer, type LoneServerOptions } from './lone-server.ts'
import type { Measured } from './measured.ts'
import { tenantsOf, type BenchOptions } from './options.ts'
import type { Usage } from './probe.ts'
import { untilRest } from './waiting.ts'

const MINUTE = 60_000
/** Stores pack what nobody has used for so long. */
const COOLING = 40_000
/** Looks at memory until two are alike. */
const LOOKS = 10
const BETWEEN_LOOKS = 1000
const ALIKE = 0.002

/**
 * What an operator needs for Instances that are there and converged: to know all of them, and to hold them. The memory of one is the difference
 * between two clouds that hold many, of as many tenants, by the number of instances that the one has more: what is there once (compiled code,
 * connections, tables that begin large) is in both.
 */
export const measureRest = async (options: BenchOptions, report: Report): Promise<void> => {
  for (const size of options.sizes.rest) {
    const { tenants, instances } = tenantsOf(size)
    const fewer = Math.max(1, Math.round(instances / (size > 20_000 ? 10 : 2)))
    const base = await onServer(options, { tenants, instances: fewer }, ({ start }) => Promise.resolve(start))
    const filled = await onServer(options, { tenants, instances }, async ({ start, server, operator }) => {
      reportStart({ tenants, instances, fewer }, { base, filled: start }, report)
      if (options.only.includes('churn') && options.sizes.churn.includes(size)) await measureChurnOn(server, operator, size, report)
      return start
    })
    progress(`rest: ${size} took ${Math.round(filled.rested)} s to be at rest`)
  }
}

type Population = { tenants: number; instances: number }

const reportStart = (
  { tenants, instances, fewer }: Population & { fewer: number }, { base, filled }: { base: Start; filled: Start }, report: Report,
): void => {
  const detail = { scenario: 'rest', instances: tenants * instances, tenants }
  const beside = { base: tenants * fewer }
  report({ name: 'cold_start_s', value: filled.synced, unit: 's', ...detail, ...beside, ofBase: base.synced })
  report({ name: 'cold_start_cpu_s', value: filled.cpu / 1000, unit: 's', ...detail, ...beside, ofBase: base.cpu / 1000, timeToRest: filled.rested })
  const [rss, ofBase, collected] = [filled.rss, base.rss, filled.held.rss].map((bytes) => bytes / 2 ** 20)
  report({ name: 'operator_rss_mb', value: rss ?? NaN, unit: 'MiB', ...detail, ...beside, ofBase, collected })
  report({ name: 'operator_held_mb', value: heldBy(filled.held) / 2 ** 20, unit: 'MiB', ...detail, ...beside, ofBase: heldBy(base.held) / 2 ** 20 })
  const more = tenants * (instances - fewer)
  const [onHeap, outside] = [(filled.held.heap - base.held.heap) / more, (filled.held.external - base.held.external) / more]
  report({ name: 'cache_bytes_per_instance', value: onHeap + outside, unit: 'bytes', ...detail, ...beside, onHeap, outside })
  report({ name: 'writes_at_rest', value: filled.writes, unit: 'writes', ...detail, ...beside, ofBase: base.writes })
}

type Start = { synced: number; rested: number; cpu: number; rss: number; held: Usage; writes: number }

/** Times in seconds, `cpu` in milliseconds until it rests, memory in bytes. */
const coldStart = async (server: LoneServer): Promise<{ start: Start; operator: Measured }> => {
  const before = await server.writes()
  const started = systemClock.now()
  progress('rest: starting the operator')
  const operator = await server.startOperator()
  const synced = (systemClock.now() - started) / 1000
  const cpu = await untilRest(operator, 30 * MINUTE)
  const rested = (systemClock.now() - started) / 1000
  await systemClock.sleep(COOLING)
  const { rss } = await operator.usage()
  const held = await settledMemory(operator)
  return { operator, start: { synced, rested, cpu, rss, held, writes: (await server.writes()) - before } }
}

/** What buffers held is given back a while after they were collected, so that one look may be at what has long been garbage. */
export const settledMemory = async (operator: Pick<Measured, 'usage'>): Promise<Usage> => {
  let before = await operator.usage(true)
  for (let look = 1; look < LOOKS; look++) {
    await systemClock.sleep(BETWEEN_LOOKS)
    const after = await operator.usage(true)
    if (Math.abs(heldBy(after) - heldBy(before)) < ALIKE * heldBy(before)) return after
    before = after
  }
  return before
}

type OnServer = { start: Start; server: LoneServer; operator: Measured }

const onServer = async (
  { profiles, cluster }: Pick<LoneServerOptions, 'profiles' | 'cluster'>, population: Population, work: (on: OnServer) => Promise<Start>,
): Promise<Start> => {
  const server = await startLoneServer({ ...population, state: 'Running', profiles, cluster })
  try {
    return await work({ server, ...await coldStart(server) })
  } finally {
    await server.stop()
  }
}
