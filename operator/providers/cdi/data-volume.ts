import type { V1beta1DataVolumeSpec, V1beta1StorageSpec } from '@kubevirt-ui-ext/kubevirt-api/containerized-data-importer'
import { apiVersionOf } from '../../../crds/kubernetes.ts'
import { dataSourceResource, dataVolumeResource, type DataVolume } from './resources.ts'

export type DataVolumeSource =
  | { http: { url: string; checksum?: string } }
  /** A container image that holds a disk under /disk; the importer's own pod pulls it, so that what fences importers fences this too. */
  | { registry: { url: string; platform: { architecture: 'amd64' | 'arm64' } } }
  | { s3: { url: string; secretRef: string } }
  | { blank: Record<string, never> }
  /** A clone of what a DataSource stands for. Across namespaces the writer needs `create` on `datavolumes/source` there. */
  | { dataSource: { namespace: string; name: string } }
  /** A clone of a VolumeSnapshot: by the storage where it can, else copied by CDI. The same right is needed across namespaces. */
  | { snapshot: { namespace: string; name: string } }

export type DataVolumeInput = {
  name: string
  namespace: string
  source: DataVolumeSource
  /** Bytes as a Kubernetes quantity. */
  size: string
  /** Left out: the cluster's default. */
  storageClassName?: string
  /** Several machines have it at once: as a bare disk, for a file system of which each had its own idea would be destroyed. */
  shared?: boolean
  /** Binds and fills it now, though its storage class waits for a first consumer: for what no machine will ever mount. */
  bindImmediately?: boolean
}

/** A DataVolume; CDI makes a PersistentVolumeClaim of the same name from it. Its spec can't be changed afterwards. */
export const buildDataVolume = ({ name, namespace, source, size, storageClassName, shared, bindImmediately }: DataVolumeInput) => ({
  apiVersion: apiVersionOf(dataVolumeResource),
  kind: dataVolumeResource.kind,
  metadata: {
    name,
    namespace,
    ...bindImmediately === true ? { annotations: { 'cdi.kubevirt.io/storage.bind.immediate.requested': 'true' } } : {},
  },
  spec: {
    ...'dataSource' in source
      ? { sourceRef: { kind: dataSourceResource.kind, name: source.dataSource.name, namespace: source.dataSource.namespace } }
      : { source },
    storage: {
      resources: { requests: { storage: size } },
      ...storageClassName === undefined ? {} : { storageClassName },
      ...shared === true ? sharedDisk : {},
    },
  } satisfies V1beta1DataVolumeSpec,
})

// Upstream's types have enums, which no JSON has.
const sharedDisk = { accessModes: ['ReadWriteMany'], volumeMode: 'Block' } as object as Pick<V1beta1StorageSpec, 'accessModes' | 'volumeMode'>

/** Whether a machine may mount its claim: full, or waiting for just that machine. */
export const isAttachable = (volume: DataVolume): boolean =>
  volume.status.phase === 'Succeeded' || volume.status.phase === 'WaitForFirstConsumer' || volume.status.phase === 'PendingPopulation'

/** Progress in whole percent as text, `45%`; undefined where CDI can't tell. */
export const progressOf = (volume: DataVolume | undefined): string | undefined => {
  if (volume?.status.phase === 'Succeeded') return '100%'
  const percent = Number.parseFloat(volume?.status.progress ?? '')
  return Number.isFinite(percent) ? `${Math.floor(Math.min(Math.max(percent, 0), 100))}%` : undefined
}
