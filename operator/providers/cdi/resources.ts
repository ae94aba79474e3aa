import type { KubeObject, ResourceType } from '../../../crds/kubernetes.ts'

const cdi = { group: 'cdi.kubevirt.io', version: 'v1beta1', namespaced: true } as const

export const dataVolumeResource: ResourceType = { ...cdi, kind: 'DataVolume', plural: 'datavolumes' }

export const dataSourceResource: ResourceType = { ...cdi, kind: 'DataSource', plural: 'datasources' }

/** How CDI itself is installed: its version and phase. */
export const cdiResource: ResourceType = { ...cdi, kind: 'CDI', plural: 'cdis', namespaced: false }

export type DataVolumePhase =
  | 'Pending' | 'PVCBound' | 'ImportScheduled' | 'ImportInProgress' | 'CloneScheduled' | 'CloneInProgress'
  | 'SnapshotForSmartCloneInProgress' | 'CloneFromSnapshotSourceInProgress' | 'CSICloneInProgress' | 'ExpansionInProgress'
  | 'NamespaceTransferInProgress' | 'UploadScheduled' | 'UploadReady' | 'WaitForFirstConsumer' | 'PendingPopulation'
  | 'PrepClaimInProgress' | 'RebindInProgress' | 'Succeeded' | 'Failed' | 'Paused' | 'Unknown'

/** What we keep of a DataVolume. */
export type DataVolume = KubeObject & {
  /** `namespace/name` of the DataSource or VolumeSnapshot that it is being cloned from. */
  spec: { dataSource?: string; volumeSnapshot?: string }
  status: {
    phase?: DataVolumePhase
    /** Text such as `45.10%`, or `N/A`. */
    progress?: string
    /** Why the transfer failed last, in CDI's words. */
    failure?: string
    /** Why the storage makes no volume for it and tries again, in the words of its provisioner. */
    unprovisioned?: string
  }
}

/** What we keep of a DataSource. */
export type DataSource = KubeObject & { status: { ready: boolean; message?: string } }
