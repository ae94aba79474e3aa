import type { KubeObject } from '../../crds/kubernetes.ts'
import { virtualMachineResource } from '../../operator/providers/kubevirt/resources.ts'
import { systemClock } from '../../operator/runtime/clock.ts'
import type { Cluster } from '../cluster.ts'
import { percentile, progress, type Report } from '../figures.ts'
import { type Anything, instance, kind, namespace } from '../manifests.ts'
import { until } from '../waiting.ts'
import { manifest, volume } from './manifests.ts'
import { type Moments, noteMoments } from './moments.ts'

const MINUTE = 60_000
/** As many as take turns without waiting for themselves: changes of one machine are eight seconds apart, whatever is asked for. */
export const INSTANCES = 30
/** Of each instance. */
const EACH = 3
/** A second, of all instances together. */
const RATE = 2
const WARM_UP = 10

type Machine = KubeObject & { spec?: { template?: { spec?: { volumes?: { persistentVolumeClaim?: { claimName: string } }[] } } } }

/**
 * A Volume and its VolumeAttachment, asked for together, to a running instance: an open loop, from the moment at which they were due. `asked` is the
 * operator's part, until the machine is told of the disk; what remains is the sandbox's: scheduling, pods, plugging in.
 */
export const measureAttached = async ({ client }: Cluster, report: Report): Promise<void> => {
  progress(`storage: ${INSTANCES} instances, each gets ${EACH} volumes`)
  for (let index = 0; index < INSTANCES; index++) await client.create(kind('Instance'), instance(`host-${index}`))
  await until('every instance to run', 3 * MINUTE, async () => {
    const { items } = await client.list<Anything>(kind('Instance'), { namespace })
    return items.filter(({ status }) => status?.state === 'running').length >= INSTANCES
  })
  const attached = await noteMoments<Anything>(client, kind('VolumeAttachment'), namespace,
    ({ metadata, status }) => status?.state === 'attached' ? [metadata.name] : [])
  const asked = await noteMoments<Machine>(client, virtualMachineResource, namespace,
    ({ spec }) => (spec?.template?.spec?.volumes ?? []).flatMap(each => each.persistentVolumeClaim?.claimName ?? []))
  const arrive = async (prefix: string, count: number): Promise<ReadonlyMap<string, number>> => {
    const begun = systemClock.now()
    const due = new Map(Array.from({ length: count }, (_, index) => [`${prefix}-${index}`, begun + index * 1000 / RATE]))
    await Promise.all([...due].map(async ([name, time], index) => {
      await systemClock.sleep(Math.max(0, time - systemClock.now()))
      await client.create(kind('Volume'), volume(name))
      await client.create(kind('VolumeAttachment'), attachment(name, index))
    }))
    await until('every attachment', 3 * MINUTE, async () => [...due.keys()].every(name => attached.at.has(name)))
    return due
  }
  await arrive(first, WARM_UP)
  const due = await arrive('attached', INSTANCES * EACH)
  for (const each of [attached, asked]) each.stop()
  const [whole, operator] = [latencies(due, attached), latencies(due, asked)]
  for (const share of [0.5, 0.99]) {
    const detail = { scenario: 'storage', percentile: share * 100, count: due.size, rate: RATE, asked: Math.round(percentile(operator, share)) }
    report({ name: 'create_to_attached_ms', value: percentile(whole, share), unit: 'ms', ...detail })
  }
}

const attachment = (name: string, index: number) => manifest('VolumeAttachment', name, {
  volumeRef: { name }, instanceRef: { name: `host-${index % INSTANCES}` },
  device: `/dev/sd${letters[(name.startsWith(first) ? 0 : 1) + Math.floor(index / INSTANCES)]}`,
})

/** Of the names of those that are not measured. */
const first = 'attached-first'

const letters = 'fghijklmnopqrstuvwxyz'

const latencies = (due: ReadonlyMap<string, number>, { at }: Moments): number[] => [...due].map(([name, time]) => (at.get(name) ?? NaN) - time)
