import { forceDetach, type VolumeAttachment } from '../../../crds/v1alpha1/volume-attachment.ts'
import { disksPatch, mountsClaim, type RawMachine } from '../../providers/kubevirt/hot-disks.ts'
import { conditionOf } from '../../providers/kubevirt/power.ts'
import { machineSubresources, virtualMachineResource, type VirtualMachine } from '../../providers/kubevirt/resources.ts'
import { type AttachmentRecord, attachmentRecordsOf, recordAnnotation } from '../../providers/csi/attachment-records.ts'
import { claimResource } from '../../providers/csi/resources.ts'
import { timestamp } from '../../runtime/conditions.ts'
import type { Step, StepContext } from '../../runtime/kind.ts'
import { type Outcome, ready, waiting } from '../../runtime/outcome.ts'
import { namesOf } from '../waiting-for.ts'
import { attaching, detaching, letGo } from './claim.ts'
import { ownMachine, type VolumeAttachmentFacts } from './observe.ts'
import { awaitTurn } from './plug.ts'

type Context = StepContext<VolumeAttachment, VolumeAttachmentFacts>

/**
 * The machine that had it is gone, and another may have come: what it had is given back before anything else. One that somebody has made again with
 * the disk in it, as from a backup, has it already: the record is that machine's from then on, without a moment in which it is nobody's.
 */
export const letGoOfLost = async (context: Context): Promise<Outcome> => {
  const { facts: { record, machine } } = context
  if (record === undefined || machine?.metadata.uid === record.machine) return ready
  const live = await machineOf(context, record)
  // It was seen to be gone and is there: the watch that tells of it is behind.
  if (live?.metadata.uid === record.machine) return waiting('Progressing', attaching(context.object), 1000)
  return await isHandedOn(context, record, live) ? waiting('Attaching', attaching(context.object)) : letGo(context, record)
}

const machineOf = async ({ object, read }: Context, { instanceName }: AttachmentRecord): Promise<RawMachine | undefined> =>
  await read(virtualMachineResource, { name: instanceName, namespace: object.metadata.namespace ?? '' }) as RawMachine | undefined

const isHandedOn = async ({ object, facts, patch }: Context, record: AttachmentRecord, live: RawMachine | undefined): Promise<boolean> => {
  const own = ownMachine(facts)
  if (own === undefined || facts.claim === undefined || live?.metadata.uid !== own.metadata.uid) return false
  if (live.metadata.uid === record.machine || !mountsClaim(live, object.spec.volumeRef.name)) return false
  await patch(claimResource, facts.claim, { metadata: { annotations: recordAnnotation({ ...record, machine: own.metadata.uid }) } })
  return true
}

/** The guest is asked first, then the disk goes from its machine, and the record from the claim once no machine has it. */
export const finalizeVolumeAttachment: Readonly<Record<string, Step<VolumeAttachment, VolumeAttachmentFacts>>> = {
  lost: async context => {
    const { record } = context.facts
    return record !== undefined && await isHandedOn(context, record, await machineOf(context, record)) ? detaching(context) : ready
  },
  unplugged: async context => {
    const { object, facts: { record, isPlugged, machine } } = context
    if (record === undefined || !isPlugged || machine === undefined) return ready
    const turn = awaitTurn(context, 'Detaching')
    if (turn.kind !== 'ready') return turn
    const held = await heldByGuest(context, machine)
    return held ?? unplug(context, object.spec.volumeRef.name, record.machine)
  },
  released: async context => {
    const { object: { metadata: { uid, namespace = '' }, spec }, facts: { volumeID }, read, event } = context
    const claim = await read(claimResource, { name: spec.volumeRef.name, namespace })
    const record = claim === undefined ? undefined : attachmentRecordsOf(claim).find(each => each.attachment === uid)
    if (record === undefined) return ready
    const left = await letGo(context, record)
    if (left.kind === 'ready') event('Normal', 'Detached', `${volumeID ?? spec.volumeRef.name} is detached from ${spec.instanceRef.name}`)
    return left
  },
}

const unplug = async (context: Context, claim: string, uid: string): Promise<Outcome> => {
  const { object: { metadata: { namespace = '' }, spec }, facts: { volumeID }, read, patch, event, now } = context
  const machine = await read(virtualMachineResource, { name: spec.instanceRef.name, namespace }) as RawMachine | undefined
  if (machine?.metadata.uid !== uid || !mountsClaim(machine, claim)) return ready
  await patch(virtualMachineResource, machine, disksPatch(machine, { unplug: claim }, timestamp(now)))
  event('Normal', 'Detaching', `detaching ${volumeID ?? spec.volumeRef.name} from ${spec.instanceRef.name}`)
  return detaching(context)
}

/**
 * Milliseconds until a guest is asked again. KubeVirt itself asks the agent only every five minutes in the end. Source: kubevirt v1.9.0,
 * cmd/virt-launcher, qemu-agent-file-interval.
 */
const guestPoll = 10_000

type FileSystems = { items?: { mountPoint?: string; disk?: { serial?: string }[] }[] }

/** A guest without an agent can't be asked: as with EC2, it is its owner's to unmount first. */
const heldByGuest = async ({ object, facts: { run, volumeID }, read }: Context, machine: VirtualMachine): Promise<Outcome | undefined> => {
  if (object.metadata.annotations?.[forceDetach] === 'true' || run?.status.phase !== 'Running') return undefined
  if (conditionOf(run.status.conditions, 'AgentConnected')?.status !== 'True') return undefined
  const serial = machine.spec.hotDisks?.find(({ claim }) => claim === object.spec.volumeRef.name)?.serial
  const { name, namespace = '' } = machine.metadata
  const { items = [] } = (await read(machineSubresources, { name, namespace }, 'filesystemlist') ?? {}) as FileSystems
  const mounted = items.filter(({ disk = [] }) => disk.some(each => each.serial === serial)).map(({ mountPoint = '' }) => mountPoint)
  return mounted.length === 0 ? undefined : waiting('VolumeBusy',
    `the guest of ${name} has ${volumeID ?? object.spec.volumeRef.name} mounted at ${namesOf(mounted)}: unmount it there, or annotate this with ${forceDetach}=true to detach it all the same`, guestPoll)
}
