import type { KubeObject, ResourceType } from '../../../crds/kubernetes.ts'
import type { AttachmentRecord } from './attachment-records.ts'

export const claimResource: ResourceType = { group: '', version: 'v1', kind: 'PersistentVolumeClaim', plural: 'persistentvolumeclaims', namespaced: true }

export const persistentVolumeResource: ResourceType = { group: '', version: 'v1', kind: 'PersistentVolume', plural: 'persistentvolumes', namespaced: false }

export const storageClassResource: ResourceType = {
  group: 'storage.k8s.io', version: 'v1', kind: 'StorageClass', plural: 'storageclasses', namespaced: false,
}

const snapshots = { group: 'snapshot.storage.k8s.io', version: 'v1' } as const

export const volumeSnapshotResource: ResourceType = { ...snapshots, kind: 'VolumeSnapshot', plural: 'volumesnapshots', namespaced: true }

export const volumeSnapshotContentResource: ResourceType = {
  ...snapshots, kind: 'VolumeSnapshotContent', plural: 'volumesnapshotcontents', namespaced: false,
}

export const volumeSnapshotClassResource: ResourceType = {
  ...snapshots, kind: 'VolumeSnapshotClass', plural: 'volumesnapshotclasses', namespaced: false,
}

/** What we keep of a PersistentVolumeClaim. Sizes are bytes as Kubernetes quantities. */
export type Claim = KubeObject & {
  spec: {
    volumeName?: string
    storageClassName?: string
    requested?: string
    /** Name of the VolumeAttributesClass that it is to have. */
    attributesClass?: string
    /** It goes with the DataVolume that fills it; CDI lets it go first where it tidies a finished one away. */
    ofDataVolume?: true
  }
  status: {
    phase?: string
    capacity?: string
    conditions: readonly string[]
    /** Name of the VolumeAttributesClass that it has. */
    attributesClass?: string
    /** The driver can't give it what its VolumeAttributesClass says, in the driver's words. */
    infeasible?: string
    /** Why the driver can't make it larger for now, in the driver's words. */
    unresized?: string
  }
  /** VolumeAttachments that have it, or are about to. */
  records?: readonly AttachmentRecord[]
}

/** What we keep of a PersistentVolume that we have put our mark on. */
export type PersistentVolume = KubeObject & {
  spec: {
    reclaimPolicy?: string
    claimUID?: string
    /** Key of the Volume that it is offered to. */
    offer?: string
    /** RFC 3339; from then on its bytes may go. */
    destroyAfter?: string
  }
}

export type StorageClass = KubeObject & {
  provisioner: string
  isDefault: boolean
  expandable: boolean
  /** Name of the Secret, in the namespace of the claim, that its driver takes the key of encryption from. */
  keySecret?: string
}

export type VolumeSnapshotClass = KubeObject & { driver: string; isDefault: boolean }

/** What we keep of a VolumeSnapshot. */
export type VolumeSnapshot = KubeObject & {
  status: {
    readyToUse: boolean
    restoreSize?: string
    /** When the storage took it, RFC 3339 by the storage's clock: from then on the volume may change. */
    creationTime?: string
    /** Name of the VolumeSnapshotContent that keeps the bytes. */
    content?: string
    error?: string
  }
}

/** What we keep of a VolumeSnapshotContent that we have put our mark on. */
export type VolumeSnapshotContent = KubeObject & { spec: { deletionPolicy?: string; snapshotUID?: string } }
