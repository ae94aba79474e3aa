import { keyOf } from '../../../crds/kubernetes.ts'
import type { Volume } from '../../../crds/v1alpha1/volume.ts'
import { volumeAttachment, type VolumeAttachment } from '../../../crds/v1alpha1/volume-attachment.ts'
import { idOf, idPrefixes } from '../../../crds/ids.ts'
import { attachmentRecordsOf } from '../../providers/csi/attachment-records.ts'
import { claimResource, type Claim } from '../../providers/csi/resources.ts'
import { byClaim, virtualMachineInformer, virtualMachineInstanceInformer } from '../../providers/kubevirt/informers.ts'
import { ownerUIDOf } from '../../providers/made.ts'
import type { StepContext } from '../../runtime/kind.ts'
import type { Cache } from '../../runtime/store.ts'
import { deviceOf } from '../instance/block-devices.ts'
import { instanceInformer, type StoredInstance } from '../instance/store.ts'
import { siblingKey } from '../stored.ts'
import { volumeAttachmentInformer } from '../volume-attachment/store.ts'
import { titleOf } from '../waiting-for.ts'

/** An instance that has the volume. */
export type User = {
  instance: StoredInstance
  device: string
  state: 'attaching' | 'attached' | 'detaching' | 'detached' | 'busy'
  /** What has to be deleted for it to let go. */
  title: string
  attachTime?: string
}

/**
 * Who has it: every VirtualMachine that mounts its claim, stopped ones too; every VolumeAttachment that has a record on the claim; and the instance
 * that it was made with, whose machine may be about to come. An instance that is going lets go when its machine is gone.
 */
export const usersOf = (volume: Volume, claim: Claim | undefined, cache: Cache): User[] => {
  const attached = attachedBy(volume, claim, cache)
  const mounting = launchedWith(volume, cache).filter(({ instance }) => !attached.some(each => each.instance.metadata.uid === instance.metadata.uid))
  if (attached.length + mounting.length > 0) return [...mounting, ...attached]
  const [maker] = cache.of(instanceInformer).by('uid', ownerUIDOf(volume) ?? '')
  const device = maker === undefined ? undefined : deviceOf(maker, volume.metadata.name)
  return maker === undefined || device === undefined || maker.metadata.deletionTimestamp !== undefined
    ? [] : [{ instance: maker, device, state: 'attaching', title: titleOf('Instance', maker.metadata.name) }]
}

const launchedWith = (volume: Volume, cache: Cache): User[] =>
  cache.of(virtualMachineInformer).by(byClaim, keyOf(volume.metadata)).flatMap(machine => {
    const [instance] = cache.of(instanceInformer).by('uid', ownerUIDOf(machine) ?? '')
    if (instance === undefined) return []
    const run = cache.of(virtualMachineInstanceInformer).get(keyOf(machine.metadata))
    const isMounted = wasAttached(volume, instance) || run?.status.phase === 'Running' || run?.status.phase === 'Succeeded'
      || (run === undefined && machine.spec.runStrategy === 'Halted')
    const state = machine.metadata.deletionTimestamp !== undefined ? 'detaching' : isMounted ? 'attached' : 'attaching'
    return [{ instance, device: deviceOf(instance, volume.metadata.name) ?? '', state, title: titleOf('Instance', instance.metadata.name) } as const]
  })

const attachedBy = (volume: Volume, claim: Claim | undefined, cache: Cache): User[] =>
  recorded(volume, claim, cache).flatMap(({ metadata, spec, status }) => {
    const instance = cache.of(instanceInformer).get(siblingKey(volume, spec.instanceRef.name))
    return instance === undefined ? [] : [{
      instance, device: spec.device, state: status?.state ?? 'attaching', title: titleOf('VolumeAttachment', metadata.name),
      ...status?.attachTime === undefined ? {} : { attachTime: status.attachTime },
    }]
  })

const recorded = (volume: Volume, claim: Claim | undefined, cache: Cache): readonly VolumeAttachment[] => claim?.records === undefined ? []
  : cache.of(volumeAttachmentInformer).by('volume', keyOf(volume.metadata)).filter(({ metadata: { uid } }) => claim.records?.some(({ attachment }) => attachment === uid))

/** Once attached it stays so while its machine is stopped and started, as in EC2. */
const wasAttached = ({ status }: Volume, { metadata: { uid } }: StoredInstance): boolean =>
  status?.attachments?.some(({ instanceID, state }) => instanceID === idOf(idPrefixes.instance, uid) && state === 'attached') === true

/** Titles of the VolumeAttachments that have a record on the claim as it is now: one that was written just before is in no store yet. */
export const holdersNow = async ({ object: { metadata: { name, namespace = '' } }, read }: Pick<StepContext<Volume, unknown>, 'object' | 'read'>): Promise<string[]> => {
  const claim = await read(claimResource, { name, namespace })
  const records = claim === undefined ? [] : attachmentRecordsOf(claim)
  const holders = await Promise.all(records.map(({ attachmentName }) => read(volumeAttachment, { name: attachmentName, namespace })))
  return records.filter(({ attachment }, index) => holders[index]?.metadata.uid === attachment)
    .map(({ attachmentName }) => titleOf('VolumeAttachment', attachmentName))
}
