import type { ResourceType } from '../crds/kubernetes.ts'
import type { Client } from '../operator/runtime/client.ts'
import { systemClock } from '../operator/runtime/clock.ts'
import { progress, type Report } from './figures.ts'
import { inParallel } from './in-parallel.ts'
import { startLoneServer, type LoneServer } from './lone-server.ts'
import { namespace } from './manifests.ts'
import type { BenchOptions } from './options.ts'

const WRITES = 5000
/** Before another figure of the same server. */
const FEW_WRITES = 2000
const LIMIT = 30_000
/** As many as the operator's own connections. */
const WIDTH = 32

const configMaps: ResourceType = { group: '', version: 'v1', kind: 'ConfigMap', plural: 'configmaps', namespaced: true }

/** How fast the same server takes small server-side applies over the same connections from a client that does nothing else, and for how much. */
export type RawWrites = { perSecond: number; cpu: number; done: number }

/** @returns cpu in milliseconds of this process a write. */
export const writeRaw = async (client: Client, prefix: string, writes = WRITES): Promise<RawWrites> => {
  const begun = systemClock.now()
  const before = process.cpuUsage()
  const done = await inParallel(writes, WIDTH, LIMIT, (index) => client.apply(configMaps, configMap(`${prefix}-${index}`, index), { fieldManager: 'bench' }))
  const { user, system } = process.cpuUsage(before)
  return { perSecond: (done * 1000) / (systemClock.now() - begun), cpu: (user + system) / 1000 / done, done }
}

/** Makes this server's own limit known before anything else is measured on it, so that the share of it that a figure reaches can be seen. */
export const reportRawWrites = async (
  { client }: Pick<LoneServer, 'client'>, report: Report, detail: { scenario: string; [more: string]: unknown }, writes = FEW_WRITES,
): Promise<RawWrites> => {
  progress(`${detail.scenario}: ${writes} raw writes, ${WIDTH} at a time`)
  await writeRaw(client, 'warm', writes)
  const raw = await writeRaw(client, 'raw', writes)
  report({ name: 'raw_writes_per_s', value: raw.perSecond, unit: '1/s', ...detail, writes: raw.done, concurrency: WIDTH })
  report({ name: 'raw_cpu_ms_per_write', value: raw.cpu, unit: 'ms', ...detail, of: 'the client' })
  return raw
}

/** The yardstick: divide by it before comparing two machines, or two runs on a busy one. */
export const measureRawWrites = async ({ profiles, cluster }: BenchOptions, report: Report): Promise<void> => {
  const server = await startLoneServer({ tenants: 1, instances: 0, state: 'Running', profiles, cluster })
  try {
    await reportRawWrites(server, report, { scenario: 'raw' }, WRITES)
  } finally {
    await server.stop()
  }
}

const configMap = (name: string, index: number) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data: { index: `${index}` } })
