import { keyOf } from '../../../crds/kubernetes.ts'
import type { InstanceStatus } from '../../../crds/v1alpha1/instance.ts'
import { type Volume, volume } from '../../../crds/v1alpha1/volume.ts'
import type { VolumeAttachment } from '../../../crds/v1alpha1/volume-attachment.ts'
import { idOf, idPrefixes } from '../../../crds/ids.ts'
import type { StepContext } from '../../runtime/kind.ts'
import { type Outcome, ready } from '../../runtime/outcome.ts'
import type { Cache } from '../../runtime/store.ts'
import { siblingKey } from '../stored.ts'
import { volumeAttachmentInformer } from '../volume-attachment/store.ts'
import { deletedWith, volumeInformer } from '../volume/store.ts'
import type { InstanceFacts } from './observe.ts'
import type { StoredInstance } from './store.ts'

/** A VolumeAttachment that has a Volume for the instance, and the Volume as long as it is the one that was attached. */
export type Attached = { attachment: VolumeAttachment; volume: Volume | undefined }

export const attachedTo = (instance: StoredInstance, cache: Cache): Attached[] => {
  const instanceID = idOf(idPrefixes.instance, instance.metadata.uid)
  return cache.of(volumeAttachmentInformer).by('instance', keyOf(instance.metadata))
    .filter(({ status }) => status?.instanceID === instanceID && status.state !== 'detached')
    .map(attachment => {
      const found = cache.of(volumeInformer).get(siblingKey(instance, attachment.spec.volumeRef.name))
      const isSame = found !== undefined && idOf(idPrefixes.volume, found.metadata.uid) === attachment.status?.volumeID
      return { attachment, volume: isSame ? found : undefined }
    })
    .toSorted((a, b) => a.attachment.spec.device < b.attachment.spec.device ? -1 : 1)
}

/** What an instance tells of them in its status, after the disks that it was launched with. */
export const attachedDevices = ({ attached }: Pick<InstanceFacts, 'attached'>): NonNullable<InstanceStatus['blockDevices']> =>
  attached.map(({ attachment: { spec, status } }) => ({
    deviceName: spec.device,
    volumeName: spec.volumeRef.name,
    ...status?.volumeID === undefined ? {} : { volumeID: status.volumeID },
    state: status?.state ?? 'attaching',
    ...status?.attachTime === undefined ? {} : { attachTime: status.attachTime },
    deleteOnTermination: spec.deleteOnTermination,
  }))

/**
 * Volumes that go with the instance, of which others have the record, are told so before its machine goes: they go by themselves once that has let go
 * of them, whatever becomes of this process.
 */
export const markAttached = async ({ facts: { attached, id }, patch }: StepContext<StoredInstance, InstanceFacts>): Promise<Outcome> => {
  for (const { attachment: { metadata, spec }, volume: found } of attached) {
    const goes = spec.deleteOnTermination && metadata.deletionTimestamp === undefined
    const isTold = found?.metadata.deletionTimestamp !== undefined || found?.metadata.annotations?.[deletedWith] !== undefined
    if (goes && found !== undefined && !isTold) await patch(volume, found, { metadata: { annotations: { [deletedWith]: id } } })
  }
  return ready
}
