import type { KubeObject } from '../../../crds/kubernetes.ts'
import { OWNER_UID_LABEL } from '../../runtime/owned-digest.ts'
import type { InformerSpec } from '../../runtime/store.ts'
import { identityOf, madeMetadata, managedByKumulus, ownerUIDOf } from '../made.ts'
import { attachmentRecordsOf } from './attachment-records.ts'
import { destroyAfter, offerOf, type RawPersistentVolume } from './adoption.ts'
import { keySecretOf } from './key-secret.ts'
import type { RawVolumeSnapshotContent } from './volume-snapshot.ts'
import {
  claimResource, persistentVolumeResource, storageClassResource, volumeSnapshotClassResource, volumeSnapshotContentResource, volumeSnapshotResource,
  type Claim, type PersistentVolume, type StorageClass, type VolumeSnapshot, type VolumeSnapshotClass, type VolumeSnapshotContent,
} from './resources.ts'

/** Index of claims by the VolumeAttributesClasses that they have or are to have. */
export const byAttributesClass = 'attributes-class'

/**
 * CDI copies the labels of a DataVolume to its claim but puts itself into `managed-by`, so that a claim is ours by the owner's label.
 * Source: containerized-data-importer v1.66.0, pkg/controller/datavolume and pkg/util (SetRecommendedLabels).
 */
export const claimInformer: InformerSpec<Claim> = {
  resource: claimResource,
  labelSelector: OWNER_UID_LABEL,
  trim: ({ apiVersion, kind, metadata, spec, status }: RawClaim): Claim => ({
    apiVersion,
    kind,
    metadata: madeMetadata(metadata),
    spec: {
      ...spec.volumeName === undefined ? {} : { volumeName: spec.volumeName },
      ...spec.storageClassName === undefined ? {} : { storageClassName: spec.storageClassName },
      ...spec.resources?.requests?.storage === undefined ? {} : { requested: spec.resources.requests.storage },
      ...spec.volumeAttributesClassName === undefined ? {} : { attributesClass: spec.volumeAttributesClassName },
      ...metadata.ownerReferences?.some(({ kind }) => kind === 'DataVolume') === true ? { ofDataVolume: true } : {},
    },
    status: {
      ...status?.phase === undefined ? {} : { phase: status.phase },
      ...status?.capacity?.storage === undefined ? {} : { capacity: status.capacity.storage },
      conditions: (status?.conditions ?? []).filter(({ status }) => status === 'True').map(({ type }) => type),
      ...status?.currentVolumeAttributesClassName === undefined ? {} : { attributesClass: status.currentVolumeAttributesClassName },
      ...infeasibleOf(spec, status),
      ...unresizedOf(status),
    },
    ...recordsOf(metadata),
  }),
  indexes: {
    [byAttributesClass]: ({ spec, status }) => [...new Set([spec.attributesClass, status.attributesClass].filter(name => name !== undefined))],
  },
}

/**
 * A driver that can't says so of the class that was asked for, in a condition, and is asked again now and then.
 * Source: external-resizer v2, pkg/modifycontroller; Kubernetes, types of PersistentVolumeClaimStatus.
 */
const infeasibleOf = ({ volumeAttributesClassName }: RawClaim['spec'], status: RawClaim['status']): Pick<Claim['status'], 'infeasible'> => {
  const { modifyVolumeStatus, conditions = [] } = status ?? {}
  if (modifyVolumeStatus?.status !== 'Infeasible' || modifyVolumeStatus.targetVolumeAttributesClassName !== volumeAttributesClassName) return {}
  return { infeasible: conditions.find(({ type }) => type === 'ModifyVolumeError')?.message ?? 'the driver doesn\'t say why' }
}

/** Source: external-resizer v2, pkg/controller/resize_status.go. */
const unresizedOf = (status: RawClaim['status']): Pick<Claim['status'], 'unresized'> => {
  const error = status?.conditions?.find(each => each.type === 'ControllerResizeError' && each.status === 'True')
  return error === undefined ? {} : { unresized: error.message ?? 'the driver doesn\'t say why' }
}

const recordsOf = (metadata: KubeObject['metadata']): Pick<Claim, 'records'> => {
  const records = attachmentRecordsOf({ metadata })
  return records.length === 0 ? {} : { records }
}

/** Index of PersistentVolumes and VolumeSnapshots by the UID of the object of ours whose bytes they keep. */
export const byOwner = 'owner'

/** Index of PersistentVolumes by the Volume, `namespace/name`, that they are offered to. */
export const byOffer = 'offer'

/** PersistentVolumes are made by provisioners: those that keep bytes of ours carry our label because we patched it in. */
export const persistentVolumeInformer: InformerSpec<PersistentVolume> = {
  resource: persistentVolumeResource,
  labelSelector: managedByKumulus,
  trim: (volume: RawPersistentVolume): PersistentVolume => {
    const { apiVersion, kind, metadata, spec } = volume
    const offer = offerOf(volume)
    const end = metadata.annotations?.[destroyAfter]
    return {
      apiVersion,
      kind,
      metadata: madeMetadata(metadata),
      spec: {
        ...spec.persistentVolumeReclaimPolicy === undefined ? {} : { reclaimPolicy: spec.persistentVolumeReclaimPolicy },
        ...spec.claimRef?.uid === undefined ? {} : { claimUID: spec.claimRef.uid },
        ...offer === undefined ? {} : { offer },
        ...end === undefined ? {} : { destroyAfter: end },
      },
    }
  },
  indexes: {
    [byOwner]: volume => ownerUIDOf(volume) === '' ? [] : [ownerUIDOf(volume) ?? ''],
    [byOffer]: volume => volume.spec.offer === undefined ? [] : [volume.spec.offer],
  },
}

/** Few objects that the platform's own people make: watched whole. */
export const storageClassInformer: InformerSpec<StorageClass> = {
  resource: storageClassResource,
  trim: ({ apiVersion, kind, metadata, provisioner, allowVolumeExpansion, parameters = {} }: RawStorageClass): StorageClass => ({
    apiVersion,
    kind,
    metadata: identityOf(metadata),
    provisioner,
    isDefault: metadata.annotations?.['storageclass.kubernetes.io/is-default-class'] === 'true',
    expandable: allowVolumeExpansion === true,
    ...keySecretOf(parameters),
  }),
}

export const volumeSnapshotClassInformer: InformerSpec<VolumeSnapshotClass> = {
  resource: volumeSnapshotClassResource,
  trim: ({ apiVersion, kind, metadata, driver }: RawVolumeSnapshotClass): VolumeSnapshotClass => ({
    apiVersion,
    kind,
    metadata: identityOf(metadata),
    driver,
    isDefault: metadata.annotations?.['snapshot.storage.kubernetes.io/is-default-class'] === 'true',
  }),
}

export const volumeSnapshotInformer: InformerSpec<VolumeSnapshot> = {
  resource: volumeSnapshotResource,
  labelSelector: managedByKumulus,
  trim: ({ apiVersion, kind, metadata, status }: RawVolumeSnapshot): VolumeSnapshot => ({
    apiVersion,
    kind,
    metadata: madeMetadata(metadata),
    status: {
      readyToUse: status?.readyToUse === true,
      ...status?.restoreSize === undefined ? {} : { restoreSize: status.restoreSize },
      ...status?.creationTime === undefined ? {} : { creationTime: status.creationTime },
      ...status?.boundVolumeSnapshotContentName === undefined ? {} : { content: status.boundVolumeSnapshotContentName },
      ...status?.error?.message === undefined ? {} : { error: status.error.message },
    },
  }),
  indexes: { [byOwner]: snapshot => [ownerUIDOf(snapshot) ?? ''] },
}

/** Made by the snapshot controller: those that keep bytes of a Snapshot of ours carry our label because we patched it in. */
export const volumeSnapshotContentInformer: InformerSpec<VolumeSnapshotContent> = {
  resource: volumeSnapshotContentResource,
  labelSelector: managedByKumulus,
  trim: ({ apiVersion, kind, metadata, spec }: RawVolumeSnapshotContent): VolumeSnapshotContent => ({
    apiVersion,
    kind,
    metadata: madeMetadata(metadata),
    spec: {
      ...spec.deletionPolicy === undefined ? {} : { deletionPolicy: spec.deletionPolicy },
      ...spec.volumeSnapshotRef?.uid === undefined ? {} : { snapshotUID: spec.volumeSnapshotRef.uid },
    },
  }),
}

type RawClaim = KubeObject & {
  spec: { volumeName?: string; storageClassName?: string; volumeAttributesClassName?: string; resources?: { requests?: { storage?: string } } }
  status?: {
    phase?: string
    capacity?: { storage?: string }
    conditions?: { type: string; status: string; message?: string }[]
    currentVolumeAttributesClassName?: string
    modifyVolumeStatus?: { status: string; targetVolumeAttributesClassName?: string }
  }
}

type RawStorageClass = KubeObject & { provisioner: string; allowVolumeExpansion?: boolean; parameters?: Record<string, string> }

type RawVolumeSnapshotClass = KubeObject & { driver: string }

type RawVolumeSnapshot = KubeObject & {
  status?: {
    readyToUse?: boolean; restoreSize?: string; creationTime?: string; boundVolumeSnapshotContentName?: string; error?: { message?: string }
  }
}
