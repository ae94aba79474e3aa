import { type KubeObject, keyOf } from '../../../crds/kubernetes.ts'
import type { InformerSpec } from '../../runtime/store.ts'
import { madeMetadata, managedByKumulus } from '../made.ts'
import { dataSourceResource, dataVolumeResource, type DataSource, type DataVolume, type DataVolumePhase } from './resources.ts'

/** Index of DataVolumes by `namespace/name` of the DataSource that they are cloned from. */
export const byDataSource = 'data-source'

export const dataVolumeInformer: InformerSpec<DataVolume> = {
  resource: dataVolumeResource,
  labelSelector: managedByKumulus,
  trim: (volume: RawDataVolume): DataVolume => {
    const { phase, progress } = volume.status ?? {}
    const failure = failureOf(volume)
    return {
      apiVersion: volume.apiVersion,
      kind: volume.kind,
      metadata: { ...madeMetadata(volume.metadata), ...creationOf(volume.metadata) },
      spec: dataSourceOf(volume),
      status: {
        ...phase === undefined ? {} : { phase },
        ...progress === undefined ? {} : { progress },
        ...failure === undefined ? {} : { failure },
      },
    }
  },
  indexes: { [byDataSource]: volume => volume.spec.dataSource === undefined ? [] : [volume.spec.dataSource] },
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
  spec: { sourceRef?: { name: string; namespace?: string } }
  status?: { phase?: DataVolumePhase; progress?: string; conditions?: RawCondition[] }
}

type RawDataSource = KubeObject & { status?: { conditions?: RawCondition[] } }

/**
 * CDI keeps a failing transfer in its phase and says why in the condition Running: False, reason Error, while the importer's pod is restarted
 * with back-off. Source: containerized-data-importer v1.66.0, pkg/controller/datavolume/conditions.go.
 */
const failureOf = ({ status }: RawDataVolume): string | undefined => {
  const running = status?.conditions?.find(({ type }) => type === 'Running')
  if (running?.status === 'False' && running.reason === 'Error') return running.message ?? 'the transfer failed'
  return status?.phase === 'Failed' ? running?.message ?? 'the transfer failed' : undefined
}

const dataSourceOf = ({ metadata, spec: { sourceRef } }: RawDataVolume): DataVolume['spec'] =>
  sourceRef === undefined ? {} : { dataSource: keyOf({ name: sourceRef.name, namespace: sourceRef.namespace ?? metadata.namespace ?? '' }) }

const creationOf = ({ creationTimestamp }: KubeObject['metadata']) => creationTimestamp === undefined ? {} : { creationTimestamp }
