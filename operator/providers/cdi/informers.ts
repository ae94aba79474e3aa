import { type KubeObject, keyOf } from '../../../crds/kubernetes.ts'
import type { InformerSpec } from '../../runtime/store.ts'
import { madeMetadata, managedByKumulus } from '../made.ts'
import { dataSourceResource, dataVolumeResource, type DataSource, type DataVolume, type DataVolumePhase } from './resources.ts'

/** Index of DataVolumes by `namespace/name` of the DataSource that they are cloned from. */
export const byDataSource = 'data-source'

/** Index of DataVolumes by `namespace/name` of the VolumeSnapshot that they are cloned from. */
export const byVolumeSnapshot = 'volume-snapshot'

export const dataVolumeInformer: InformerSpec<DataVolume> = {
  resource: dataVolumeResource,
  labelSelector: managedByKumulus,
  trim: (volume: RawDataVolume): DataVolume => {
    const { phase, progress } = volume.status ?? {}
    const failure = failureOf(volume)
    const unprovisioned = unprovisionedOf(volume)
    return {
      apiVersion: volume.apiVersion,
      kind: volume.kind,
      metadata: { ...madeMetadata(volume.metadata), ...creationOf(volume.metadata) },
      spec: { ...dataSourceOf(volume), ...volumeSnapshotOf(volume) },
      status: {
        ...phase === undefined ? {} : { phase },
        ...progress === undefined ? {} : { progress },
        ...failure === undefined ? {} : { failure },
        ...unprovisioned === undefined ? {} : { unprovisioned },
      },
    }
  },
  indexes: {
    [byDataSource]: volume => volume.spec.dataSource === undefined ? [] : [volume.spec.dataSource],
    [byVolumeSnapshot]: volume => volume.spec.volumeSnapshot === undefined ? [] : [volume.spec.volumeSnapshot],
  },
}

export const dataSourceInformer: InformerSpec<DataSource> = {
  resource: dataSourceResource,
  labelSelector: managedByKumulus,
  trim: (source: RawDataSource): DataSource => {
    const ready = source.status?.conditions?.find(({ type }) => type === 'Ready')
    return {
      apiVersion: source.apiVersion,
      kind: source.kind,
      metadata: madeMetadata(source.metadata),
      status: { ready: ready?.status === 'True', ...ready?.message === undefined ? {} : { message: ready.message } },
    }
  },
}

type RawCondition = { type: string; status: string; reason?: string; message?: string }

type RawDataVolume = KubeObject & {
  spec: { sourceRef?: { name: string; namespace?: string }; source?: { snapshot?: { name: string; namespace: string } } }
  status?: { phase?: DataVolumePhase; progress?: string; conditions?: RawCondition[] }
}

type RawDataSource = KubeObject & { status?: { conditions?: RawCondition[] } }

/**
 * CDI keeps a failing transfer in its phase and says why in the condition Running, while the importer's pod is restarted with back-off; that it can't
 * make a claim, of storage that it doesn't know say, stands in the condition Bound. Source: containerized-data-importer v1.66.0,
 * pkg/controller/datavolume/{conditions,controller-base}.go, pkg/controller/util.go.
 */
const failureOf = ({ status }: RawDataVolume): string | undefined => {
  const [running, bound] = ['Running', 'Bound'].map(each => status?.conditions?.find(({ type }) => type === each))
  if (running?.status === 'False' && failingReasons.has(running.reason ?? '')) return running.message ?? 'the transfer failed'
  if (bound?.status === 'False' && bound.reason === claimNotValid) return `no claim can be made: ${bound.message ?? ''}`
  return status?.phase === 'Failed' ? running?.message ?? 'the transfer failed' : undefined
}

/** Of a container that ended, that could not begin, and of a file that is not the one that was meant. */
const failingReasons = new Set(['Error', 'OOMKilled', 'ImagePullFailed', 'CreateContainerConfigError', 'ChecksumError'])

const claimNotValid = 'ErrClaimNotValid'

/**
 * CDI tells the last event of a claim that isn't bound in the condition Bound, most often of a claim of its own that it fills. Most of them only say
 * that something is waited for or being done; of what failed for a moment the driver says by its code that it goes on with it. Source:
 * containerized-data-importer v1.66.0, pkg/controller/datavolume/conditions.go (updateBoundCondition), pkg/controller/common/util.go
 * (UpdatePVCBoundConditionFromEvents); external-provisioner v6.3, pkg/controller/controller.go (checkError). That a quota has no room for a claim is
 * told before there is one (pkg/controller/datavolume/import-controller.go, ErrExceededQuota).
 */
const unprovisionedOf = ({ status }: RawDataVolume): string | undefined => {
  const bound = status?.conditions?.find(({ type }) => type === 'Bound')
  if (bound?.status !== 'True' && bound?.reason === 'ErrExceededQuota') return bound.message
  const said = bound?.status === 'False' ? /^target PVC \S+ Pending and (?:\[\S+\] : )?(.+)$/s.exec(bound.message ?? '')?.[1] : undefined
  return said !== undefined && /fail|error|exceeded quota/i.test(said) && !/code = (Canceled|DeadlineExceeded|Unavailable|Aborted)\b/.test(said) ? said : undefined
}

const dataSourceOf = ({ metadata, spec: { sourceRef } }: RawDataVolume): DataVolume['spec'] =>
  sourceRef === undefined ? {} : { dataSource: keyOf({ name: sourceRef.name, namespace: sourceRef.namespace ?? metadata.namespace ?? '' }) }

const volumeSnapshotOf = ({ spec: { source } }: RawDataVolume): DataVolume['spec'] =>
  source?.snapshot === undefined ? {} : { volumeSnapshot: keyOf(source.snapshot) }

const creationOf = ({ creationTimestamp }: KubeObject['metadata']) => creationTimestamp === undefined ? {} : { creationTimestamp }
