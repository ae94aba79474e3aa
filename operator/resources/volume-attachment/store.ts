import { forceDetach, volumeAttachment, type VolumeAttachment } from '../../../crds/v1alpha1/volume-attachment.ts'
import type { InformerSpec } from '../../runtime/store.ts'
import { byUID, siblingKey, storedObject } from '../stored.ts'

export const volumeAttachmentInformer: InformerSpec<VolumeAttachment> = {
  resource: volumeAttachment,
  trim: (attachment: VolumeAttachment): VolumeAttachment => {
    const stored = storedObject(attachment)
    const force = attachment.metadata.annotations?.[forceDetach]
    return force === undefined ? stored : { ...stored, metadata: { ...stored.metadata, annotations: { [forceDetach]: force } } }
  },
  indexes: {
    uid: byUID,
    /** `namespace/name` of the Volume. */
    volume: attachment => [siblingKey(attachment, attachment.spec.volumeRef.name)],
    /** `namespace/name` of the Instance. */
    instance: attachment => [siblingKey(attachment, attachment.spec.instanceRef.name)],
  },
}
