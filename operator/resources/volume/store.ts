import { keyOf } from '../../../crds/kubernetes.ts'
import { volume, type Volume } from '../../../crds/v1alpha1/volume.ts'
import type { InformerSpec } from '../../runtime/store.ts'
import { snapshotKeyOf } from '../snapshot/store.ts'
import { byUID, siblingKey, storedWithOwner } from '../stored.ts'

/** Whoever makes a Volume for a machine gives it this with it: a write less than to add it afterwards. */
export const volumeFinalizer = 'kumulus.dev/volume'

export const volumeInformer: InformerSpec<Volume> = {
  resource: volume,
  trim: storedWithOwner,
  indexes: {
    uid: byUID,
    /** `namespace/name` of the Image that it is being made from: once it is made, it depends on its image no longer. */
    image: volume => isBeingMade(volume) ? imageKeyOf(volume) ?? [] : [],
    /** The same of the Snapshot. */
    snapshot: volume => isBeingMade(volume) && volume.spec.snapshotRef !== undefined
      ? [snapshotKeyOf(volume.metadata.namespace ?? '', volume.spec.snapshotRef)] : [],
    volumeType: volume => [volume.spec.volumeType],
  },
}

const isBeingMade = ({ status }: Volume): boolean => status?.state === undefined || status.state === 'creating'

/** `namespace/name` of the Image that a volume is made from, as an index wants it. */
export const imageKeyOf = (volume: Volume): [string] | undefined => {
  const { imageRef } = volume.spec
  if (imageRef === undefined) return undefined
  return imageRef.namespace === undefined ? [siblingKey(volume, imageRef.name)] : [keyOf({ namespace: imageRef.namespace, name: imageRef.name })]
}
