import { keyOf } from '../../../crds/kubernetes.ts'
import { volume, type Volume } from '../../../crds/v1alpha1/volume.ts'
import { OWNER_UID_LABEL } from '../../runtime/owned-digest.ts'
import type { InformerSpec } from '../../runtime/store.ts'
import { byUID, siblingKey, storedMetadata } from '../stored.ts'

export const volumeInformer: InformerSpec<Volume> = {
  resource: volume,
  trim: ({ apiVersion, kind, metadata, spec: { tags: _, ...spec }, status }: Volume): Volume => ({
    apiVersion,
    kind,
    // A block device of an instance is told by the instance's UID on it.
    metadata: { ...storedMetadata(metadata), ...ownerLabelOf(metadata.labels) },
    spec,
    ...(status === undefined ? {} : { status }),
  }),
  indexes: {
    uid: byUID,
    /** `namespace/name` of the Image that it is made from. */
    image: volume => imageKeyOf(volume) ?? [],
    volumeType: volume => [volume.spec.volumeType],
  },
}

/** `namespace/name` of the Image that a volume is made from, as an index wants it. */
export const imageKeyOf = (volume: Volume): [string] | undefined => {
  const { imageRef } = volume.spec
  if (imageRef === undefined) return undefined
  return imageRef.namespace === undefined ? [siblingKey(volume, imageRef.name)] : [keyOf({ namespace: imageRef.namespace, name: imageRef.name })]
}

const ownerLabelOf = (labels: Record<string, string> | undefined) => {
  const uid = labels?.[OWNER_UID_LABEL]
  return uid === undefined ? {} : { labels: { [OWNER_UID_LABEL]: uid } }
}
