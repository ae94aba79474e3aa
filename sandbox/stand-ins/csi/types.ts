import type { KubeObject } from '../../../crds/kubernetes.ts'
import type { NodeSelectorTerm } from '../kubelet/types.ts'

export type ObjectRef = { apiGroup?: string; kind: string; name: string; namespace?: string }

export type Claim = KubeObject & {
  spec: {
    accessModes?: string[]
    resources?: { requests?: { storage?: string } }
    storageClassName?: string
    volumeMode?: 'Block' | 'Filesystem'
    volumeName?: string
    dataSource?: ObjectRef
    dataSourceRef?: ObjectRef
    volumeAttributesClassName?: string
    selector?: object
  }
  status?: {
    phase?: 'Pending' | 'Bound' | 'Lost'
    accessModes?: string[]
    capacity?: { storage?: string }
    conditions?: { type: string; status: string; message?: string; reason?: string; lastTransitionTime?: string }[]
    currentVolumeAttributesClassName?: string
    modifyVolumeStatus?: { status: 'Pending' | 'InProgress' | 'Infeasible'; targetVolumeAttributesClassName?: string }
  }
}

export type ClaimRef = { apiVersion?: string; kind?: string; namespace: string; name: string; uid?: string; resourceVersion?: string }

export type Volume = KubeObject & {
  spec: {
    capacity: { storage: string }
    accessModes: string[]
    storageClassName?: string
    volumeMode?: 'Block' | 'Filesystem'
    persistentVolumeReclaimPolicy?: 'Retain' | 'Delete' | 'Recycle'
    claimRef?: ClaimRef
    csi?: { driver: string; volumeHandle: string; volumeAttributes?: Record<string, string> }
    nodeAffinity?: { required?: { nodeSelectorTerms: NodeSelectorTerm[] } }
    volumeAttributesClassName?: string
  }
  status?: { phase?: 'Pending' | 'Available' | 'Bound' | 'Released' | 'Failed'; message?: string; lastPhaseTransitionTime?: string }
}

export type StorageClass = KubeObject & {
  provisioner: string
  parameters?: Record<string, string>
  reclaimPolicy?: 'Retain' | 'Delete'
  volumeBindingMode?: 'Immediate' | 'WaitForFirstConsumer'
  allowVolumeExpansion?: boolean
  allowedTopologies?: { matchLabelExpressions?: { key: string; values: string[] }[] }[]
}

export type AttributesClass = KubeObject & { driverName: string; parameters?: Record<string, string> }

export type Snapshot = KubeObject & {
  spec: { source: { persistentVolumeClaimName?: string; volumeSnapshotContentName?: string }; volumeSnapshotClassName?: string }
  status?: {
    boundVolumeSnapshotContentName?: string
    creationTime?: string
    readyToUse?: boolean
    restoreSize?: string
    error?: { message: string; time: string }
  }
}

export type SnapshotContent = KubeObject & {
  spec: {
    deletionPolicy: 'Delete' | 'Retain'
    driver: string
    source: { volumeHandle?: string; snapshotHandle?: string }
    sourceVolumeMode?: string
    volumeSnapshotClassName?: string
    volumeSnapshotRef: { apiVersion?: string; kind?: string; namespace: string; name: string; uid?: string; resourceVersion?: string }
  }
  status?: { creationTime?: number; readyToUse?: boolean; restoreSize?: number; snapshotHandle?: string; error?: { message: string; time: string } }
}

export type SnapshotClass = KubeObject & { driver: string; deletionPolicy: 'Delete' | 'Retain'; parameters?: Record<string, string> }
