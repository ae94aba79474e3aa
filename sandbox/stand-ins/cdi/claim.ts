import type { Claim, StorageClass } from '../csi/types.ts'
import { controllerReference } from '../../../operator/runtime/ownership.ts'
import { formatBytes, quantity } from '../quantity.ts'
import type { DataVolume, DataVolumeSource, StorageProfile } from './types.ts'

export const immediateBinding = 'cdi.kubevirt.io/storage.bind.immediate.requested'

export type ClaimInput = {
  dataVolume: DataVolume
  source: DataVolumeSource
  storageClass: StorageClass | undefined
  profile: StorageProfile | undefined
  /** Bytes of the source of a clone, for a target that names no size. */
  sourceBytes: number | undefined
}

/**
 * The claim that a DataVolume stands for, filled by CDI's populator. `storage` leaves access and volume mode to the class's profile.
 * Throws an Error fit for a condition when something is missing.
 */
export const buildClaim = ({ dataVolume, source, storageClass, profile, sourceBytes }: ClaimInput) => {
  const spec = dataVolume.spec.storage ?? dataVolume.spec.pvc
  if (spec === undefined) throw new Error('either pvc or storage must be set')
  const defaults = profile?.status?.claimPropertySets?.[0]
  const accessModes = spec.accessModes ?? (dataVolume.spec.storage === undefined ? undefined : defaults?.accessModes)
  if (accessModes === undefined) throw new Error('PVC spec is missing accessMode and no storageClass to choose profile')
  const volumeMode = spec.volumeMode ?? (dataVolume.spec.storage === undefined ? undefined : (defaults?.volumeMode as Claim['spec']['volumeMode']))
  const bytes = spec.resources?.requests?.storage === undefined ? sourceBytes : quantity(spec.resources.requests.storage)
  if (bytes === undefined) throw new Error('PVC spec is missing the storage size')
  const { name, namespace = '', uid, annotations, labels } = dataVolume.metadata
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: {
      name,
      namespace,
      labels: { ...labels, app: 'containerized-data-importer', 'app.kubernetes.io/component': 'storage', 'app.kubernetes.io/managed-by': 'cdi-controller', 'alerts.k8s.io/KubePersistentVolumeFillingUp': 'disabled' },
      annotations: { ...annotations, 'cdi.kubevirt.io/storage.contentType': dataVolume.spec.contentType ?? 'kubevirt', 'cdi.kubevirt.io/storage.usePopulator': 'true', 'cdi.kubevirt.io/storage.preallocation.requested': 'false' },
      ownerReferences: [controllerReference(dataVolume)],
    },
    spec: {
      accessModes,
      resources: { requests: { storage: formatBytes(bytes) } },
      ...(volumeMode === undefined ? {} : { volumeMode }),
      ...(storageClass === undefined ? {} : { storageClassName: storageClass.metadata.name }),
      dataSource: populatorSource(source, uid),
      dataSourceRef: populatorSource(source, uid),
    },
  }
}

const populatorSource = (source: DataVolumeSource, uid: string) =>
  source.pvc === undefined && source.snapshot === undefined
    ? { apiGroup: 'cdi.kubevirt.io', kind: 'VolumeImportSource', name: `volume-import-source-${uid}` }
    : { apiGroup: 'cdi.kubevirt.io', kind: 'VolumeCloneSource', name: `volume-clone-source-${uid}` }
