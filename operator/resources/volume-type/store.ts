import { volumeType, type VolumeType } from '../../../crds/v1alpha1/volume-type.ts'
import type { InformerSpec } from '../../runtime/store.ts'
import { byUID, storedObject } from '../stored.ts'

export const volumeTypeInformer: InformerSpec<VolumeType> = {
  resource: volumeType,
  trim: storedObject,
  indexes: {
    uid: byUID,
    /** Names of the StorageClasses that it is made of. */
    storageClass: ({ spec }) => [...new Set([spec.storageClassName, spec.encryptedStorageClassName ?? spec.storageClassName])],
  },
}
