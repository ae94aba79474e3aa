import { systemClock } from '../operator/runtime/clock.ts'
import { progress, type Report } from './figures.ts'
import { startLoneServer, type LoneServer } from './lone-server.ts'
import type { BenchOptions } from './options.ts'
import { untilRest } from './waiting.ts'

const MINUTE = 60_000
/** Stores pack what nobody has used for so long. */
const COOLING = 40_000
/** Instances of one tenant: clouds have many tenants, and some of what is kept is kept for each. */
export const INSTANCES_A_TENANT = 1000

export const tenantsOf = (instances: number): { tenants: number; instances: number } => {
  const tenants = Math.max(1, Math.round(instances / INSTANCES_A_TENANT))
  return { tenants, instances: Math.ceil(instances / tenants) }
}

/**
 * What an operator needs for Instances that are there and converged: to know all of them, and to hold them. The memory of one is what an operator
 * has more than on an empty cloud with as many tenants, on its heap and outside of it, after garbage was collected in both.
 */
export const measureRest = async ({ sizes, profiles }: BenchOptions, report: Report): Promise<void> => {
  for (const size of sizes.rest) {
    const { tenants, instances } = tenantsOf(size)
    const empty = await withServer({ tenants, instances: 0, profiles }, (server) => coldStart(server))
    const filled = await withServer({ tenants, instances, profiles }, (server) => coldStart(server))
    const detail = { scenario: 'rest', instances: tenants * instances, tenants }
    report({ name: 'cold_start_s', value: filled.synced, unit: 's', ...detail, empty: empty.synced })
    report({ name: 'cold_start_cpu_s', value: filled.cpu / 1000, unit: 's', ...detail, empty: empty.cpu / 1000, timeToRest: filled.rested })
    report({ name: 'operator_rss_mb', value: filled.rss / 2 ** 20, unit: 'MiB', ...detail, empty: empty.rss / 2 ** 20 })
    const [held, without] = [filled, empty].map(({ heap, external }) => (heap + external) / 2 ** 20)
    report({ name: 'operator_held_mb', value: held ?? NaN, unit: 'MiB', ...detail, empty: without })
    const [onHeap, outside] = [(filled.heap - empty.heap) / (tenants * instances), (filled.external - empty.external) / (tenants * instances)]
    report({ name: 'cache_bytes_per_instance', value: onHeap + outside, unit: 'bytes', ...detail, onHeap, outside })
    report({ name: 'writes_at_rest', value: filled.writes, unit: 'writes', ...detail })
  }
}

type Start = { synced: number; rested: number; cpu: number; rss: number; heap: number; external: number; writes: number }

/** Times in seconds, `cpu` in milliseconds until it rests, memory in bytes. */
const coldStart = async ({ startOperator, revision }: LoneServer): Promise<Start> => {
  const before = await revision()
  const started = systemClock.now()
  progress('rest: starting the operator')
  const operator = await startOperator()
  const synced = (systemClock.now() - started) / 1000
  const cpu = await untilRest(operator, 30 * MINUTE)
  const rested = (systemClock.now() - started) / 1000
  await systemClock.sleep(COOLING)
  const { rss } = await operator.usage()
  const { heap, external } = await operator.usage(true)
  return { synced, rested, cpu, rss, heap, external, writes: (await revision()) - before }
}

const withServer = async <T>(
  { tenants, instances, profiles }: { tenants: number; instances: number; profiles: string | undefined }, work: (server: LoneServer) => Promise<T>,
): Promise<T> => {
  const server = await startLoneServer({ tenants, instances, state: 'Running', profiles })
  try {
    return await work(server)
  } finally {
    await server.stop()
  }
}
