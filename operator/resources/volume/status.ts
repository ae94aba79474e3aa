import { idOf, idPrefixes } from '../../../crds/ids.ts'
import type { Volume, VolumeStatus } from '../../../crds/v1alpha1/volume.ts'
import { progressOf } from '../../providers/cdi/data-volume.ts'
import { conditionsOf, timestamp } from '../../runtime/conditions.ts'
import type { StatusInput } from '../../runtime/kind.ts'
import { modificationOf, performanceOf } from './modification-status.ts'
import type { VolumeFacts } from './observe.ts'
import { unmade } from './shortage.ts'

type Input = StatusInput<Volume, VolumeFacts>

export const volumeStatus = (input: Input): VolumeStatus => {
  const { object, facts, outcome, now } = input
  const generation = object.metadata.generation ?? 0
  const previous = object.status?.conditions
  const size = facts.claim?.status.capacity ?? facts.claim?.spec.requested ?? sizeBefore(object)
  const progress = facts.dataVolume === undefined || facts.attachable ? undefined : progressOf(facts.dataVolume)
  const attachments = attachmentsOf(input)
  return {
    observedGeneration: generation,
    conditions: [...conditionsOf({ previous, generation, outcome, now, readyReason: 'Available' }), ...performanceOf(input)],
    volumeID: facts.id,
    state: stateOf(input),
    ...size === undefined ? {} : { size },
    ...modificationOf(input),
    ...progress === undefined ? {} : { progress },
    ...attachments.length === 0 ? {} : { attachments },
  }
}

/** Of what was made. One that never was has none yet: its spec is judged beside its source until there are bytes (see `isMade`). */
const sizeBefore = ({ status }: Volume): string | undefined => status?.state === 'creating' ? undefined : status?.size

const stateOf = ({ object, facts, outcome }: Input): NonNullable<VolumeStatus['state']> => {
  if (object.metadata.deletionTimestamp !== undefined) return 'deleting'
  if (outcome.kind === 'blocked' && (outcome.reason === unmade || outcome.reason === 'VolumeLost')) return 'error'
  // Made once: what was given away is never said to be in the making again, though the watch that shows its claim may lag behind the others.
  const wasUsable = object.status?.state === 'available' || object.status?.state === 'in-use'
  if (!facts.attachable && !wasUsable) return 'creating'
  return facts.users.length > 0 ? 'in-use' : 'available'
}

const attachmentsOf = ({ object, facts, now }: Input): NonNullable<VolumeStatus['attachments']> =>
  !facts.attachable ? [] : facts.users.map(({ instance, device, state, attachTime: told }) => {
    const instanceID = idOf(idPrefixes.instance, instance.metadata.uid)
    const before = object.status?.attachments?.find(attachment => attachment.instanceID === instanceID)
    const attachTime = told ?? before?.attachTime ?? (state === 'attached' ? timestamp(now) : undefined)
    return { instanceName: instance.metadata.name, instanceID, device, state, ...attachTime === undefined ? {} : { attachTime } }
  })
