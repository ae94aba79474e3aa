import { volumeType, type VolumeType } from '../../../crds/v1alpha1/volume-type.ts'
import type { InformerSpec } from '../../runtime/store.ts'
import { byUID, storedMetadata } from '../stored.ts'

export const volumeTypeInformer: InformerSpec<VolumeType> = {
  resource: volumeType,
  trim: ({ apiVersion, kind, metadata, spec: { tags: _, ...spec }, status }: VolumeType): VolumeType => ({
    apiVersion,
    kind,
    metadata: storedMetadata(metadata),
    spec,
    ...(status === undefined ? {} : { status }),
  }),
  indexes: {
    uid: byUID,
    /** Names of the StorageClasses that it is made of. */
    storageClass: ({ spec }) => [...new Set([spec.storageClassName, spec.encryptedStorageClassName ?? spec.storageClassName])],
  },
}
