import { keyOf } from '../../../crds/kubernetes.ts'
import { volume, type Volume } from '../../../crds/v1alpha1/volume.ts'
import type { InformerSpec } from '../../runtime/store.ts'
import { byUID, siblingKey, storedWithOwner } from '../stored.ts'

export const volumeInformer: InformerSpec<Volume> = {
  resource: volume,
  trim: storedWithOwner,
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
