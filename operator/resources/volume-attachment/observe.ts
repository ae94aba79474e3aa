import { idOf, idPrefixes } from '../../../crds/ids.ts'
import type { Volume } from '../../../crds/v1alpha1/volume.ts'
import type { VolumeAttachment } from '../../../crds/v1alpha1/volume-attachment.ts'
import { volumeAttachmentVerdict } from '../../../webhooks/verdicts/volume-attachment.ts'
import type { AttachmentRecord } from '../../providers/csi/attachment-records.ts'
import { claimInformer } from '../../providers/csi/informers.ts'
import type { Claim } from '../../providers/csi/resources.ts'
import type { HotDisk } from '../../providers/kubevirt/hot-disks.ts'
import { virtualMachineInformer, virtualMachineInstanceInformer } from '../../providers/kubevirt/informers.ts'
import type { VirtualMachine, VirtualMachineInstance } from '../../providers/kubevirt/resources.ts'
import { madeFor, ownerUIDOf } from '../../providers/made.ts'
import type { Cache } from '../../runtime/store.ts'
import { deviceOf } from '../instance/block-devices.ts'
import { instanceInformer, type StoredInstance } from '../instance/store.ts'
import { siblingKey } from '../stored.ts'
import { violationText, viewOf } from '../view.ts'
import { volumeInformer } from '../volume/store.ts'

export type VolumeAttachmentFacts = {
  volume: Volume | undefined
  volumeID: string | undefined
  instance: StoredInstance | undefined
  instanceID: string | undefined
  /** The claim of the volume's name; once the volume has gone it may be anybody's. */
  claim: Claim | undefined
  /** That this attachment may have the claim for a machine. */
  record: AttachmentRecord | undefined
  /** The machine of the instance's name, whosever it is. */
  machine: VirtualMachine | undefined
  run: VirtualMachineInstance | undefined
  /** The machine that the record is for is to have the disk. */
  isPlugged: boolean
  /** The instance, still there, that the volume was made with. */
  maker: StoredInstance | undefined
  /** What is wrong with the spec beside other objects, in words with the way out. */
  violations: readonly string[]
}

export const observeVolumeAttachment = (attachment: VolumeAttachment, cache: Cache): VolumeAttachmentFacts => {
  const { metadata, spec } = attachment
  const volumeKey = siblingKey(attachment, spec.volumeRef.name)
  const instanceKey = siblingKey(attachment, spec.instanceRef.name)
  const volume = cache.of(volumeInformer).get(volumeKey)
  const instance = cache.of(instanceInformer).get(instanceKey)
  const claim = cache.of(claimInformer).get(volumeKey)
  const record = claim?.records?.find(each => each.attachment === metadata.uid)
  const machine = cache.of(virtualMachineInformer).get(instanceKey)
  const run = cache.of(virtualMachineInstanceInformer).get(instanceKey)
  return {
    volume,
    volumeID: volume === undefined ? undefined : idOf(idPrefixes.volume, volume.metadata.uid),
    instance,
    instanceID: instance === undefined ? undefined : idOf(idPrefixes.instance, instance.metadata.uid),
    claim,
    record,
    machine,
    run,
    isPlugged: record !== undefined && machine?.metadata.uid === record.machine &&
      machine.spec.hotDisks?.some(disk => disk.claim === spec.volumeRef.name) === true,
    maker: makerOf(volume, cache),
    violations: volumeAttachmentVerdict(attachment, undefined, viewOf(cache)).map(violationText),
  }
}

/** A disk that an instance was launched with is its own as long as it is there. */
const makerOf = (volume: Volume | undefined, cache: Cache): StoredInstance | undefined => {
  if (volume === undefined) return undefined
  const [maker] = cache.of(instanceInformer).by('uid', ownerUIDOf(volume) ?? '')
  return maker !== undefined && deviceOf(maker, volume.metadata.name) !== undefined ? maker : undefined
}

/** The disk that a machine is to have of a volume. Its name in the machine is the volume's ID, which no other volume ever has. */
export const diskOf = ({ metadata, spec: { multiAttach } }: Volume, { spec: { readOnly } }: VolumeAttachment): HotDisk => {
  const id = idOf(idPrefixes.volume, metadata.uid)
  return {
    name: id,
    claim: metadata.name,
    serial: id.replace('-', ''),
    ...readOnly ? { readOnly: true } : {},
    ...multiAttach ? { shareable: true } : {},
  }
}

/** The claim, where it is the volume's own. */
export const ownClaim = ({ volume, claim }: Pick<VolumeAttachmentFacts, 'volume' | 'claim'>): Claim | undefined =>
  volume === undefined ? undefined : madeFor(volume, claim)

/** The machine, where it is the instance's own. */
export const ownMachine = ({ instance, machine }: Pick<VolumeAttachmentFacts, 'instance' | 'machine'>): VirtualMachine | undefined =>
  instance === undefined ? undefined : madeFor(instance, machine)
