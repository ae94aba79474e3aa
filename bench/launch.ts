import type { ResourceType } from '../crds/kubernetes.ts'
import type { Program } from '../e2e/processes.ts'
import type { Client } from '../operator/runtime/client.ts'
import { pause, until, type Cluster } from './cluster.ts'
import { progress, type Report } from './figures.ts'
import { inParallel } from './in-parallel.ts'
import { instance, kind, namespace, type Anything } from './manifests.ts'
import { virtualMachines, watchMachines } from './machines.ts'
import { cpuTime, residentMemory } from './usage.ts'

const MINUTE = 60_000
const scenario = 'launch'

type Detail = { scenario: string; instances: number }

/** Instances that were all there before the operator: from its start until each has its machine and everything that belongs to it. */
export const measureLaunch = async (cluster: Cluster, instances: number, report: Report): Promise<void> => {
  const { client, sandbox } = cluster
  const detail = { scenario, instances }
  progress(`launch: creating ${instances} instances`)
  const begun = performance.now()
  const created = await inParallel(instances, 32, 10 * MINUTE, (index) => client.create(kind('Instance'), instance(`launch-${index}`)))
  if (created < instances) throw new Error(`only ${created} of ${instances} instances could be created in time`)
  report({ name: 'instance_creates_per_s', value: perSecond(instances, begun), unit: '1/s', ...detail })
  const machines = await watchMachines(client)
  progress('launch: starting the operator')
  const sandboxBefore = await cpuTime(pidOf(sandbox))
  const started = performance.now()
  const operator = await cluster.startOperator()
  const launched = () => [...machines.seenAt.keys()].filter((name) => name.startsWith('launch-')).length
  await until('every machine', Math.max(5 * MINUTE, instances * 600), async () => {
    return launched() === instances
  })
  const operatorTime = await cpuTime(pidOf(operator))
  report({ name: 'instances_applied_per_s', value: perSecond(instances, started), unit: '1/s', ...detail, seconds: seconds(started) })
  report({ name: 'operator_cpu_ms_per_instance', value: operatorTime / instances, unit: 'ms', ...detail })
  const sandboxTime = (await cpuTime(pidOf(sandbox))) - sandboxBefore
  report({ name: 'sandbox_cpu_ms_per_instance', value: sandboxTime / instances, unit: 'ms', ...detail })
  machines.close()
  await checkChildren(client, instances)
  await atRest(client, operator)
  report({ name: 'time_to_rest_s', value: seconds(started), unit: 's', ...detail })
  const toRest = (await cpuTime(pidOf(operator))) / instances
  report({ name: 'operator_cpu_ms_per_instance_to_rest', value: toRest, unit: 'ms', ...detail })
  report({ name: 'operator_rss_mb', value: await residentMemory(pidOf(operator)), unit: 'MiB', ...detail, after: 'launch' })
  await measureRestart(cluster, operator, report, detail)
}

/** A second life on a converged cluster. */
const measureRestart = async (cluster: Cluster, operator: Program, report: Report, detail: Detail): Promise<void> => {
  await operator.kill()
  const begun = performance.now()
  await operator.start()
  report({ name: 'cold_start_s', value: seconds(begun), unit: 's', ...detail })
  await atRest(cluster.client, operator)
  report({ name: 'operator_rss_mb', value: await residentMemory(pidOf(operator)), unit: 'MiB', ...detail, after: 'restart' })
  await operator.kill()
}

const children: { resource: ResourceType; each: number }[] = [
  { resource: virtualMachines, each: 1 },
  { resource: kind('Volume'), each: 1 },
  { resource: { group: 'cdi.kubevirt.io', version: 'v1beta1', kind: 'DataVolume', plural: 'datavolumes', namespaced: true }, each: 1 },
  { resource: { group: '', version: 'v1', kind: 'Secret', plural: 'secrets', namespaced: true }, each: 2 },
]

/** A figure of work that was not done is worth nothing. */
const checkChildren = async (client: Client, instances: number): Promise<void> => {
  for (const { resource, each } of children) {
    const { items } = await client.list(resource, { namespace, labelSelector: 'app.kubernetes.io/managed-by=kumulus' })
    if (items.length < each * instances) throw new Error(`${items.length} ${resource.plural} for ${instances} instances: there should be ${each} each`)
  }
}

/** Every instance runs, and the operator has used under 2 % of a processor for three seconds. */
const atRest = async (client: Client, operator: Program): Promise<void> => {
  progress('launch: waiting until everything runs and rests')
  await until('every instance to run', 20 * MINUTE, async () => {
    await pause(2000)
    const { items } = await client.list<Anything>(kind('Instance'), { namespace })
    return items.every(({ status }) => status?.state === 'running')
  })
  await until('the operator to rest', 5 * MINUTE, async () => {
    const before = await cpuTime(pidOf(operator))
    await pause(3000)
    return (await cpuTime(pidOf(operator))) - before < 60
  })
}

const pidOf = (program: Program): number => {
  const pid = program.pid()
  if (pid === undefined) throw new Error(`${program.name} does not run`)
  return pid
}

const seconds = (since: number): number => (performance.now() - since) / 1000
const perSecond = (count: number, since: number): number => count / seconds(since)
