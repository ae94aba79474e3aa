import type { VolumeType } from '../../../crds/v1alpha1/volume-type.ts'
import { storageClassInformer } from '../../providers/csi/informers.ts'
import type { Cache } from '../../runtime/store.ts'

/** The CSI drivers of a type's StorageClasses that are there. */
export const driversOf = ({ spec }: VolumeType, cache: Cache): string[] =>
  [...new Set([spec.storageClassName, spec.encryptedStorageClassName].flatMap(name => cache.of(storageClassInformer).get(name ?? '')?.provisioner ?? []))]
