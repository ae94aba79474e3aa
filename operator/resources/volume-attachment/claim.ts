import type { KubeObject } from '../../../crds/kubernetes.ts'
import { volumeAttachment, type VolumeAttachment } from '../../../crds/v1alpha1/volume-attachment.ts'
import { type AttachmentRecord, attachmentRecordsOf, recordAnnotation, withoutRecord } from '../../providers/csi/attachment-records.ts'
import { claimResource } from '../../providers/csi/resources.ts'
import { disksChangedAt, hotDisksOf, isUpToDate, mountsClaim, type RawMachine, type RawRun, runMountsClaim } from '../../providers/kubevirt/hot-disks.ts'
import { virtualMachineInstanceResource, virtualMachineResource } from '../../providers/kubevirt/resources.ts'
import { timestamp } from '../../runtime/conditions.ts'
import type { StepContext } from '../../runtime/kind.ts'
import { type Outcome, ready, waiting } from '../../runtime/outcome.ts'
import { titleOf } from '../waiting-for.ts'
import { ownClaim, ownMachine, type VolumeAttachmentFacts } from './observe.ts'

type Context = StepContext<VolumeAttachment, VolumeAttachmentFacts>

/**
 * Before anything is plugged in, the claim says for whom: written on the claim as it was seen, so that of two one is refused. Where a volume is for
 * one machine alone, a record stays in force until the machine that it names can't have the volume any more; see `letGo`.
 */
export const ensureRecord = async (context: Context): Promise<Outcome> => {
  const { object, facts, read, patch } = context
  const machine = ownMachine(facts)
  const claim = ownClaim(facts)
  if (machine === undefined || facts.record?.machine === machine.metadata.uid) return ready
  if (claim === undefined) return waiting('DependencyNotReady', `waiting for the storage of ${titleOf('Volume', object.spec.volumeRef.name)}`)
  const { namespace = '', name, uid } = object.metadata
  const live = await read(volumeAttachment, { name, namespace })
  if (live?.metadata.uid !== uid || live.metadata.deletionTimestamp !== undefined) return waiting('Progressing', 'it is being deleted', 1000)
  const others = (claim.records ?? []).filter(each => each.attachment !== uid)
  for (const other of others) {
    const outcome = await makeWay(context, other, machine.metadata.uid)
    if (outcome.kind !== 'ready') return outcome
  }
  const record = { attachment: uid, machine: machine.metadata.uid, instanceName: machine.metadata.name, attachmentName: name }
  await patch(claimResource, claim, { metadata: { annotations: recordAnnotation(record) } })
  return waiting('Attaching', attaching(object))
}

export const attaching = ({ spec }: VolumeAttachment): string => `${spec.volumeRef.name} is being attached to ${spec.instanceRef.name}`

/**
 * Another has a record on the claim. Several may have one where the volume is made for that, but never twice for one machine. One whose attachment
 * has gone without being torn down, its finalizer taken off, is taken off here, if its machine can't have the volume.
 */
const makeWay = async (context: Context, other: AttachmentRecord, machine: string): Promise<Outcome> => {
  const { object: { metadata: { namespace = '' }, spec }, facts: { volume }, read } = context
  const holder = await read(volumeAttachment, { name: other.attachmentName, namespace })
  if (holder?.metadata.uid === other.attachment) {
    return volume?.spec.multiAttach === true && other.machine !== machine ? ready
      : waiting('VolumeInUse', `${titleOf('Volume', spec.volumeRef.name)} is attached to ${titleOf('Instance', other.instanceName)} by VolumeAttachment "${other.attachmentName}": it is attached once that is deleted`)
  }
  // It has the disk already, and its attachment is gone: the disk is this one's from now on.
  if (other.machine === machine) {
    await takeOff(context, other)
    return soon(context)
  }
  const left = await letGo(context, other)
  return left.kind === 'ready' ? soon(context) : waiting('VolumeInUse',
    `${titleOf('Volume', spec.volumeRef.name)} is attached to ${titleOf('Instance', other.instanceName)}, and VolumeAttachment "${other.attachmentName}", which did that, is gone: ` +
    'create a VolumeAttachment of it to that instance and delete it again', 30_000)
}

const soon = ({ object }: Context): Outcome => waiting('Attaching', attaching(object), 100)

/**
 * Takes a record off the claim once its machine can't have the volume any more. All of it is read live, in this order: no machine of the name has the
 * disk, KubeVirt has acted on that, and no run has it. Then the machine is written once more: whoever has read it before and is about to plug the
 * disk in is refused, and whoever reads it after that finds the attachment going (see `plugIn`). So it is for an attachment that is going, or a
 * machine that is gone, which never comes back under its UID.
 */
export const letGo = async (context: Context, record: AttachmentRecord): Promise<Outcome> => {
  const { object: { metadata: { namespace = '' }, spec }, read } = context
  const at = { name: record.instanceName, namespace }
  const machine = await read(virtualMachineResource, at) as RawMachine | undefined
  const run = await read(virtualMachineInstanceResource, at) as RawRun | undefined
  const claim = spec.volumeRef.name
  const isThere = machine?.metadata.uid === record.machine
  // One that was made again under the name, with the disk in it, may be about to start.
  if (machine !== undefined && mountsClaim(machine, claim)) return detaching(context)
  if (run !== undefined && runMountsClaim(run, claim)) return detaching(context)
  if (isThere && !isUpToDate(machine, run)) return detaching(context)
  if (isThere) await writeAnew(context, machine)
  await takeOff(context, record)
  return ready
}

/** A write that changes nothing is none: a note is put on or taken off, and in the end it is there just where the machine has such disks. */
const writeAnew = async ({ patch, now }: Context, machine: RawMachine): Promise<void> => {
  const isNoted = machine.metadata.annotations?.[disksChangedAt] !== undefined
  const note = (on: boolean) => ({ metadata: { annotations: { [disksChangedAt]: on ? timestamp(now) : null } } })
  const written = await patch(virtualMachineResource, machine, note(!isNoted))
  if (isNoted === hotDisksOf(machine.spec.template).length > 0) await patch(virtualMachineResource, written, note(isNoted))
}

const takeOff = async ({ object: { metadata: { namespace = '' }, spec }, read, patch }: Context, record: AttachmentRecord): Promise<void> => {
  const claim = await read(claimResource, { name: spec.volumeRef.name, namespace })
  if (claim !== undefined && hasRecord(claim, record.attachment)) {
    await patch(claimResource, claim, { metadata: { annotations: withoutRecord(record.attachment) } })
  }
}

const hasRecord = (claim: KubeObject, attachment: string): boolean => attachmentRecordsOf(claim).some(each => each.attachment === attachment)

/** Milliseconds until it is looked at again: of what the machine's status says KubeVirt has done there need be no event that concerns this. */
const detachPoll = 1000

export const detaching = ({ object }: Pick<Context, 'object'>): Outcome =>
  waiting('Detaching', detachingWords(object), detachPoll)

export const detachingWords = ({ spec }: VolumeAttachment): string => `${spec.volumeRef.name} is being detached from ${spec.instanceRef.name}`
