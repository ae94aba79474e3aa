import type { KubeObject } from '../../../crds/kubernetes.ts'
import { volumeAttachment, type VolumeAttachment } from '../../../crds/v1alpha1/volume-attachment.ts'
import { attachmentRecordsOf } from '../../providers/csi/attachment-records.ts'
import { claimResource } from '../../providers/csi/resources.ts'
import { disksPatch, mountsClaim, type RawMachine, unmadeDisks, untilSettled } from '../../providers/kubevirt/hot-disks.ts'
import { virtualMachineResource } from '../../providers/kubevirt/resources.ts'
import { timestamp } from '../../runtime/conditions.ts'
import type { StepContext } from '../../runtime/kind.ts'
import { type Outcome, ready, waiting } from '../../runtime/outcome.ts'
import { namesOf } from '../waiting-for.ts'
import { attaching, detachingWords } from './claim.ts'
import { diskOf, ownMachine, type VolumeAttachmentFacts } from './observe.ts'

type Context = StepContext<VolumeAttachment, VolumeAttachmentFacts>

/** What its machine is at: a change of its disks has to wait for the one before. */
export const awaitTurn = ({ object, facts: { machine, run }, now }: Context, reason: 'Attaching' | 'Detaching'): Outcome => {
  if (machine === undefined) return ready
  const left = untilSettled(machine, run, now, reason === 'Attaching' ? 'plug' : 'unplug')
  if (left === 0) return ready
  if (reason === 'Detaching') return waiting(reason, detachingWords(object), left)
  const unmade = unmadeDisks(machine, run).map(({ claim }) => claim)
  return waiting(reason, unmade.length === 0 ? attaching(object)
    : `${attaching(object)}, once the storage of ${namesOf(unmade)}, which is being attached to it, is made: see the Volume, or delete its VolumeAttachment to go first`, left)
}

/**
 * Gives the machine the disk. The machine is read first and written as it was read; that the attachment is wanted, and that its record is in force,
 * is read in between. A process that slept meanwhile is refused: nothing takes a record off without writing the machine first, and nothing does that
 * of an attachment that isn't going.
 */
export const plugIn = async (context: Context): Promise<Outcome> => {
  const { object, facts, read, patch, event } = context
  const { volume, record } = facts
  if (facts.isPlugged || volume === undefined || record === undefined || ownMachine(facts) === undefined) return ready
  const turn = awaitTurn(context, 'Attaching')
  if (turn.kind !== 'ready') return turn
  const { namespace = '', name } = object.metadata
  const machine = await read(virtualMachineResource, { name: record.instanceName, namespace }) as RawMachine | undefined
  if (machine?.metadata.uid !== record.machine || machine.metadata.deletionTimestamp !== undefined) return again(object)
  const live = await read(volumeAttachment, { name, namespace })
  const claim = await read(claimResource, { name: object.spec.volumeRef.name, namespace })
  if (!isWanted(object, live) || !isInForce(claim, object.metadata.uid, record.machine)) return again(object)
  if (mountsClaim(machine, object.spec.volumeRef.name)) return again(object)
  await patch(virtualMachineResource, machine, disksPatch(machine, { plug: diskOf(volume, object) }, timestamp(context.now)))
  event('Normal', 'Attaching', `attaching ${facts.volumeID} to ${facts.instanceID} as ${object.spec.device}`)
  return waiting('Attaching', attaching(object))
}

const isWanted = ({ metadata: { uid } }: VolumeAttachment, live: KubeObject | undefined): boolean =>
  live?.metadata.uid === uid && live.metadata.deletionTimestamp === undefined

const isInForce = (claim: KubeObject | undefined, uid: string, machine: string): boolean => claim !== undefined &&
  claim.metadata.deletionTimestamp === undefined && attachmentRecordsOf(claim).some(each => each.attachment === uid && each.machine === machine)

/** What was read differs from what the watches have told: they tell it soon. */
const again = (object: VolumeAttachment): Outcome => waiting('Attaching', attaching(object), 1000)

/** The guest has it, or will have it when it starts. One that had it has it still while its machine starts again. */
export const awaitAttached = ({ object, facts }: Context): Outcome => isAttached(object, facts) ? ready : waiting('Attaching', attaching(object))

export const isAttached = ({ status }: VolumeAttachment, { isPlugged, volume, run, volumeID }: VolumeAttachmentFacts): boolean => {
  if (!isPlugged || volume === undefined) return false
  const wasAttached = status?.state === 'attached' && status.volumeID === volumeID
  return wasAttached || run === undefined || run.status.volumes[volumeID ?? ''] === 'Ready'
}
