import type { VolumeAttachment, VolumeAttachmentStatus } from '../../../crds/v1alpha1/volume-attachment.ts'
import { conditionsOf, timestamp } from '../../runtime/conditions.ts'
import type { StatusInput } from '../../runtime/kind.ts'
import type { VolumeAttachmentFacts } from './observe.ts'
import { isAttached } from './plug.ts'

type Input = StatusInput<VolumeAttachment, VolumeAttachmentFacts>

/** The volume that it was for first stays told: it is never another's. */
export const volumeAttachmentStatus = (input: Input): VolumeAttachmentStatus => {
  const { object, facts, outcome, now } = input
  const { metadata, status } = object
  const generation = metadata.generation ?? 0
  const state = stateOf(input)
  const volumeID = status?.volumeID ?? (facts.record === undefined ? undefined : facts.volumeID)
  const instanceID = facts.record === undefined ? status?.instanceID : facts.instanceID ?? status?.instanceID
  const attachTime = state === 'attaching' || state === 'detached' ? undefined : status?.attachTime ?? (state === 'attached' ? timestamp(now) : undefined)
  return {
    observedGeneration: generation,
    conditions: conditionsOf({ previous: status?.conditions, generation, outcome, now, readyReason: 'Attached' }),
    state,
    ...attachTime === undefined ? {} : { attachTime },
    ...volumeID === undefined ? {} : { volumeID },
    ...instanceID === undefined ? {} : { instanceID },
  }
}

const stateOf = ({ object, facts, outcome }: Input): NonNullable<VolumeAttachmentStatus['state']> => {
  const { record, machine, isPlugged } = facts
  if (object.metadata.deletionTimestamp !== undefined) {
    if (outcome.kind === 'waiting' && outcome.reason === 'VolumeBusy') return 'busy'
    return record === undefined ? 'detached' : 'detaching'
  }
  // Its instance goes, or has gone.
  if (record !== undefined && (machine?.metadata.uid !== record.machine || machine.metadata.deletionTimestamp !== undefined)) return 'detaching'
  if (isAttached(object, facts)) return 'attached'
  const hadIt = object.status?.volumeID !== undefined
  return record === undefined && !isPlugged && hadIt ? 'detached' : 'attaching'
}
