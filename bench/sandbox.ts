import type { Program } from '../e2e/processes.ts'
import type { Client } from '../operator/runtime/client.ts'
import { systemClock } from '../operator/runtime/clock.ts'
import { startCluster, type Cluster } from './cluster.ts'
import { progress, type Report } from './figures.ts'
import { inParallel } from './in-parallel.ts'
import { instance, kind, namespace, type Anything } from './manifests.ts'
import type { BenchOptions } from './options.ts'
import { cpuTime } from './usage.ts'
import { until } from './waiting.ts'

const MINUTE = 60_000
const WIDTH = 32

/** The sandbox as users start it: API server, stand-ins and simulated guests in one process. From creation until every instance runs. */
export const measureSandbox = async ({ sizes, profiles }: BenchOptions, report: Report): Promise<void> => {
  for (const size of sizes.sandbox) {
    const cluster = await startCluster({ instances: size, profiles })
    try {
      await measureAt(cluster, size, report)
    } finally {
      await cluster.stop()
    }
  }
}

const measureAt = async ({ client, sandbox, startOperator }: Cluster, size: number, report: Report): Promise<void> => {
  await startOperator()
  const before = await cpuTime(pidOf(sandbox))
  const begun = systemClock.now()
  progress(`sandbox: launching ${size} instances`)
  await inParallel(size, WIDTH, 10 * MINUTE, (index) => client.create(kind('Instance'), instance(`web-${index}`)))
  await until('every instance to run', 5 * MINUTE + size * 600, () => allRun(client, size))
  const detail = { scenario: 'sandbox', instances: size }
  report({ name: 'sandbox_instances_per_s', value: (size * 1000) / (systemClock.now() - begun), unit: '1/s', ...detail })
  report({ name: 'sandbox_cpu_ms_per_instance', value: ((await cpuTime(pidOf(sandbox))) - before) / size, unit: 'ms', ...detail })
}

const allRun = async (client: Client, size: number): Promise<boolean> => {
  await systemClock.sleep(1000)
  const { items } = await client.list<Anything>(kind('Instance'), { namespace })
  return items.filter(({ status }) => status?.state === 'running').length === size
}

const pidOf = (program: Program): number => {
  const pid = program.pid()
  if (pid === undefined) throw new Error(`${program.name} does not run`)
  return pid
}
