import type { Volume } from '../../../crds/v1alpha1/volume.ts'
import type { StepContext } from '../../runtime/kind.ts'
import { blocked, type Outcome, ready, waiting } from '../../runtime/outcome.ts'
import type { OperatorSettings } from '../../settings.ts'
import { namesOf, titleOf } from '../waiting-for.ts'
import { buildVolume } from './block-devices.ts'
import type { InstanceFacts } from './observe.ts'
import { isOff } from './power.ts'
import type { StoredInstance } from './store.ts'
import type { Begun } from './user-data.ts'

type Context = StepContext<StoredInstance, InstanceFacts>

/**
 * Makes each disk's Volume once; from then on the Volume is its own, so that growing it there is not undone here. A disk that has been lost since is
 * never replaced by an empty one behind the owner's back.
 */
export const ensureVolumes = ({ defaultVolumeType }: OperatorSettings, begun: Begun) => async (context: Context): Promise<Outcome> => {
  const { object, facts, apply } = context
  if (!isOff(facts)) return ready
  const missing = facts.disks.filter(({ volume }) => volume === undefined)
  if (facts.machine !== undefined && missing.length > 0) {
    return blocked('VolumeNotFound', `${namesOf(missing.map(({ name }) => titleOf('Volume', name)))} of this instance is gone: have the platform team bring it back, or terminate the instance and launch another`)
  }
  // Before the first is made: the image may be gone before the last is.
  if (!facts.disksOnRecord) return launching(facts.id, 1)
  if (missing.length > 0 && missing.length === facts.disks.length) begun.add(object.metadata.uid)
  for (const disk of missing) {
    const { subnet, image } = facts
    await apply(buildVolume(object, disk, { availabilityZone: subnet?.spec.availabilityZone ?? '', defaultVolumeType, image }))
  }
  const going = facts.disks.flatMap(({ volume }) => volume?.metadata.deletionTimestamp === undefined ? [] : [titleOf('Volume', volume.metadata.name)])
  if (going.length > 0) return waiting('DependencyNotReady', `${namesOf(going)} of this instance is being deleted: terminate it and launch another`)
  const stalled = facts.disks.flatMap(({ volume }) => volume !== undefined && !isUsable(volume) && stallOf(volume) !== undefined ? [`${titleOf('Volume', volume.metadata.name)}: ${stallOf(volume)}`] : [])
  if (stalled.length > 0) return waiting('DependencyNotReady', stalled.join('; '))
  return missing.length === 0 && facts.disks.every(({ volume }) => volume !== undefined && isUsable(volume)) ? ready : launching(facts.id)
}

/** The one message of a launch that goes well: each step of it with words of its own would cost a write of the status. */
export const launching = (id: string, after?: number): Outcome => waiting('Pending', `${id} is being launched or started`, after)

export const isUsable = ({ metadata, status }: Volume): boolean =>
  metadata.deletionTimestamp === undefined && (status?.state === 'available' || status?.state === 'in-use')

/** What a disk needs its user for: it is stalled, or what it refers to is not there and may be a slip of the pen. */
export const stallOf = ({ status }: Volume): string | undefined =>
  status?.conditions?.find(({ type, status, reason }) =>
    status === 'True' && (type === 'Stalled' || (type === 'Reconciling' && reason === 'DependencyNotFound')))?.message
