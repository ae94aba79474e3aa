import type { KubeObject } from '../../../crds/kubernetes.ts'
import type { Claim } from '../csi/types.ts'

export type DataVolumeCondition = {
  type: 'Bound' | 'Ready' | 'Running'
  status: 'True' | 'False' | 'Unknown'
  reason?: string
  message?: string
  lastHeartbeatTime?: string
  lastTransitionTime?: string
}

export type DataVolumeSource = {
  http?: { url: string; checksum?: string; secretRef?: string; certConfigMap?: string }
  s3?: { url: string; secretRef?: string }
  registry?: { url?: string; platform?: { architecture?: string } }
  blank?: Record<string, never>
  pvc?: { namespace: string; name: string }
  snapshot?: { namespace: string; name: string }
  upload?: Record<string, never>
}

export type DataVolumePhase =
  /** While there is no claim, and what stands in the way is said in a condition. */
  | ''
  | 'Pending'
  | 'PVCBound'
  | 'ImportScheduled'
  | 'ImportInProgress'
  | 'CloneScheduled'
  | 'CloneInProgress'
  | 'SnapshotForSmartCloneInProgress'
  | 'CloneFromSnapshotSourceInProgress'
  | 'PrepClaimInProgress'
  | 'RebindInProgress'
  | 'PendingPopulation'
  | 'WaitForFirstConsumer'
  | 'Succeeded'
  | 'Failed'
  | 'Unknown'

export type DataVolume = KubeObject & {
  spec: {
    source?: DataVolumeSource
    sourceRef?: { kind: string; name: string; namespace?: string }
    pvc?: Claim['spec']
    storage?: Claim['spec']
    contentType?: string
  }
  status?: {
    phase?: DataVolumePhase
    progress?: string
    claimName?: string
    restartCount?: number
    conditions?: DataVolumeCondition[]
  }
}

type NamespacedName = { namespace: string; name: string }

export type DataSource = KubeObject & {
  spec: { source: { pvc?: NamespacedName; snapshot?: NamespacedName; dataSource?: NamespacedName } }
  status?: { source?: DataSource['spec']['source']; conditions?: DataSourceCondition[] }
}

export type DataSourceCondition = {
  type: 'Ready'
  status: 'True' | 'False' | 'Unknown'
  reason?: string
  message?: string
  lastHeartbeatTime?: string
  lastTransitionTime?: string
}

export type StorageProfile = KubeObject & {
  spec?: Record<string, unknown>
  status?: {
    storageClass?: string
    provisioner?: string
    claimPropertySets?: { accessModes: string[]; volumeMode: string }[]
    cloneStrategy?: string
    dataImportCronSourceFormat?: string
    snapshotClass?: string
  }
}
