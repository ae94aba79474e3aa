import type { Program } from '../../e2e/processes.ts'
import { systemClock } from '../../operator/runtime/clock.ts'
import type { Cluster } from '../cluster.ts'
import { progress, type Report } from '../figures.ts'
import { inParallel } from '../in-parallel.ts'
import { type Anything, kind, namespace } from '../manifests.ts'
import { cpuTime } from '../usage.ts'
import { until } from '../waiting.ts'
import { offerImmediate, volume } from './manifests.ts'
import { noteMoments } from './moments.ts'

const MINUTE = 60_000
const VOLUMES = 500
/** Not measured: a process that has just started compiles its code first. */
const WARM_UP = 50
const WIDTH = 32
const type = 'immediate'

/**
 * Empty volumes from their creation until they can be attached, their PersistentVolumes bound. The sandbox plays CDI and the CSI driver in the API
 * server's process, so that the rate is everything's together; the operator's processor time is its own.
 */
export const measureProvisioned = async ({ client, sandbox }: Cluster, operator: Program, report: Report): Promise<void> => {
  await offerImmediate(client, type)
  const made = await noteMoments<Anything>(client, kind('Volume'), namespace, ({ metadata, status }) => status?.state === 'available' ? [metadata.name] : [])
  const make = async (prefix: string, count: number): Promise<number> => {
    const begun = systemClock.now()
    await inParallel(count, WIDTH, MINUTE, index => client.create(kind('Volume'), volume(`${prefix}-${index}`, type)))
    const names = Array.from({ length: count }, (_, index) => `${prefix}-${index}`)
    await until('every volume', 3 * MINUTE, async () => names.every(name => made.at.has(name)))
    return Math.max(...names.map(name => made.at.get(name) ?? NaN)) - begun
  }
  progress(`storage: ${VOLUMES} volumes`)
  await make('warm', WARM_UP)
  const [before, around] = [await cpuTime(operator.pid() ?? 0), await cpuTime(sandbox.pid() ?? 0)]
  const took = await make('provisioned', VOLUMES)
  // What follows is part of the price: the last statuses.
  await systemClock.sleep(3000)
  made.stop()
  const detail = { scenario: 'storage', volumes: VOLUMES }
  report({ name: 'volumes_provisioned_per_s', value: (VOLUMES * 1000) / took, unit: '1/s', ...detail })
  report({ name: 'operator_cpu_ms_per_volume', value: (await cpuTime(operator.pid() ?? 0) - before) / VOLUMES, unit: 'ms', ...detail })
  report({ name: 'sandbox_cpu_ms_per_volume', value: (await cpuTime(sandbox.pid() ?? 0) - around) / VOLUMES, unit: 'ms', ...detail })
}
