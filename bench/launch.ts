import type { ResourceType } from '../crds/kubernetes.ts'
import { dataVolumeResource } from '../operator/providers/cdi/resources.ts'
import { virtualMachineResource } from '../operator/providers/kubevirt/resources.ts'
import { secretResource } from '../operator/resources/instance/user-data.ts'
import type { Client } from '../operator/runtime/client.ts'
import { systemClock } from '../operator/runtime/clock.ts'
import { createInstance } from './create.ts'
import { progress, type Report } from './figures.ts'
import { inParallel } from './in-parallel.ts'
import { startLoneServer, type LoneServer } from './lone-server.ts'
import { kind } from './manifests.ts'
import type { Measured } from './measured.ts'
import type { BenchOptions } from './options.ts'
import { reportRawWrites } from './raw.ts'
import type { State } from './seed/launched.ts'
import { tenantName } from './seed/population.ts'
import { until, untilRest } from './waiting.ts'

const MINUTE = 60_000
const tenant = tenantName(0)
/** Creates at a time: as many as the operator has connections. */
const WIDTH = 32

/**
 * Instances from their creation to the last of their children, on an operator that runs: its start is a figure of its own. One life for both
 * sizes, so that the second tells what one more instance costs.
 */
export const measureLaunch = async ({ sizes, profiles, cluster }: BenchOptions, report: Report): Promise<void> => {
  for (const state of ['Stopped', 'Running'] satisfies State[]) {
    const server = await startLoneServer({ tenants: 1, instances: 0, state, profiles, cluster })
    try {
      await measureSizes(server, state, sizes.launch, report)
    } finally {
      await server.stop()
    }
  }
}

const measureSizes = async (server: LoneServer, state: State, sizes: readonly number[], report: Report): Promise<void> => {
  const raw = await reportRawWrites(server, report, { scenario: 'launch', state })
  const operator = await server.startOperator()
  const startup = await untilRest(operator, MINUTE)
  report({ name: 'operator_startup_cpu_ms', value: startup, unit: 'ms', scenario: 'launch', state })
  let before: Batch = { present: 0, cpu: 0 }
  for (const instances of sizes) {
    progress(`launch: ${instances} ${state}`)
    const batch = await launchBatch(server, operator, { from: before.present, to: instances, state })
    const detail = { scenario: 'launch', state, instances }
    report({ name: 'instances_applied_per_s', value: batch.rate, unit: '1/s', ...detail })
    const share = batch.writesPerSecond / raw.perSecond
    report({ name: 'share_of_raw_writes', value: share, unit: 'of 1', ...detail, writesPerSecond: Math.round(batch.writesPerSecond) })
    report({ name: 'operator_cpu_ms_per_instance', value: (before.cpu + batch.operator) / instances, unit: 'ms', ...detail })
    report({ name: 'operator_cpu_ms_per_instance', value: batch.operator / batch.size, unit: 'ms', ...detail, marginal: true, from: before.present })
    report({ name: 'operator_cpu_ms_per_instance_to_rest', value: batch.operatorToRest / batch.size, unit: 'ms', ...detail })
    report({ name: 'api_server_cpu_ms_per_instance', value: batch.apiServer / batch.size, unit: 'ms', ...detail, client: 'included' })
    await checkChildren(server.client, instances)
    before = { present: instances, cpu: before.cpu + batch.operatorToRest }
  }
  const { rss } = await operator.usage()
  report({ name: 'operator_rss_mb', value: rss / 2 ** 20, unit: 'MiB', scenario: 'launch', state, instances: before.present })
}

type Batch = { present: number; cpu: number }

/** CPU in milliseconds; `rate` in instances a second, from the first that is stored to the last child; `writesPerSecond` of everybody. */
type Launch = { size: number; rate: number; writesPerSecond: number; operator: number; operatorToRest: number; apiServer: number }

const launchBatch = async (server: LoneServer, operator: Measured, batch: { from: number; to: number; state: State }): Promise<Launch> => {
  const size = batch.to - batch.from
  const look = async () => (
    { operator: await operator.usage(), apiServer: await server.apiServer.cpu(), at: systemClock.now(), revision: await server.revision() })
  const before = await look()
  await createInstances(server.client, batch)
  await until(`the machines of ${size} instances`, MINUTE + size * 600, async () => (await server.applied()) >= batch.to)
  const after = await look()
  const rest = await untilRest(operator, MINUTE + size * 100)
  const { created, applied } = await server.milestones(tenant)
  const names = Array.from({ length: size }, (_, index) => nameOf(batch.from + index))
  const first = names.reduce((least, name) => Math.min(least, created[name] ?? Infinity), Infinity)
  const last = names.reduce((most, name) => Math.max(most, applied[name] ?? Infinity), 0)
  return {
    size, rate: (size * 1000) / (last - first), writesPerSecond: ((after.revision - before.revision) * 1000) / (after.at - before.at),
    operator: after.operator.cpu - before.operator.cpu, operatorToRest: rest - before.operator.cpu,
    apiServer: after.apiServer - before.apiServer,
  }
}

const nameOf = (index: number): string => `launch-${index}`

/** Resolves when all of them are stored. */
export const createInstances = async (client: Client, { from, to, state }: { from: number; to: number; state: State }): Promise<void> => {
  const create = (index: number) => createInstance(client, nameOf(from + index), { namespace: tenant, state })
  const done = await inParallel(to - from, WIDTH, 10 * MINUTE, create)
  if (done < to - from) throw new Error(`only ${done} of ${to - from} instances could be created in time`)
}

const children: { resource: ResourceType; each: number }[] = [
  { resource: virtualMachineResource, each: 1 },
  { resource: kind('Volume'), each: 1 },
  { resource: dataVolumeResource, each: 1 },
  { resource: secretResource, each: 2 },
]

/** A figure of work that was not done is worth nothing. */
const checkChildren = async (client: Client, instances: number): Promise<void> => {
  for (const { resource, each } of children) {
    const { items } = await client.list(resource, { namespace: tenant, labelSelector: 'kumulus.dev/owner-kind' })
    const found = items.filter(({ metadata }) => /^(launch-|i-)/.test(metadata.name)).length
    if (found !== each * instances) throw new Error(`${found} ${resource.plural} for ${instances} instances: there should be ${each} each`)
  }
}
