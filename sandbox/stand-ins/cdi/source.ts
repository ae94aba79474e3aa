import type { Control } from '../control.ts'
import type { Claim, StorageClass } from '../csi/types.ts'
import { requestedBytes } from '../csi/volume.ts'
import { quantity } from '../quantity.ts'
import { specs } from '../specs.ts'
import type { DataVolume, DataVolumeSource } from './types.ts'

export type ResolvedSource =
  | { kind: 'import'; source: DataVolumeSource }
  /** `from` is the disk or snapshot to copy, by `driver`; `bytes` its size. */
  | { kind: 'clone'; source: DataVolumeSource; from: string; driver: string; bytes: number }
  /** Not there, or not usable yet. */
  | { kind: 'waiting'; source: DataVolumeSource; reason: string; message: string }

/** Follows a DataVolume's source, through DataSources, to what is to be copied or downloaded. */
export const resolveSource = (control: Control, { spec, metadata }: DataVolume): ResolvedSource => {
  const source = sourceOf(control.cache, { spec, metadata })
  if (source === undefined) {
    const message = `DataSource ${spec.sourceRef?.namespace ?? metadata.namespace}/${spec.sourceRef?.name} is not found or has no source`
    return { kind: 'waiting', source: { pvc: { namespace: '', name: '' } }, reason: 'NotFound', message }
  }
  if (source.pvc !== undefined) return claimSource(control, source, source.pvc)
  if (source.snapshot !== undefined) return snapshotSource(control, source, source.snapshot)
  return { kind: 'import', source }
}

/** What a DataVolume is made from, through DataSources; undefined where its DataSource leads nowhere. */
export const sourceOf = (cache: Control['cache'], { spec, metadata }: Pick<DataVolume, 'spec' | 'metadata'>): DataVolumeSource | undefined =>
  spec.source ?? followReference(cache, spec.sourceRef, metadata.namespace ?? '')

/** A DataSource may name another; upstream follows a bounded chain. */
const followReference = (cache: Control['cache'], reference: DataVolume['spec']['sourceRef'], namespace: string, depth = 0): DataVolumeSource | undefined => {
  if (reference === undefined || depth > 4) return undefined
  const at = reference.namespace ?? namespace
  const source = cache.of(specs.dataSources).get(`${at}/${reference.name}`)?.spec.source
  if (source?.dataSource !== undefined) return followReference(cache, { kind: 'DataSource', ...source.dataSource }, at, depth + 1)
  if (source?.pvc !== undefined) return { pvc: source.pvc }
  return source?.snapshot === undefined ? undefined : { snapshot: source.snapshot }
}

const claimSource = (control: Control, source: DataVolumeSource, { namespace, name }: { namespace: string; name: string }): ResolvedSource => {
  const key = `${namespace}/${name}`
  const claim = control.cache.of(specs.claims).get(key)
  const volume = control.cache.of(specs.volumes).get(claim?.spec.volumeName ?? '')
  if (claim === undefined) return { kind: 'waiting', source, reason: 'CloneWithoutSource', message: `The source pvc ${name} doesn't exist` }
  const filling = control.cache.of(specs.dataVolumes).get(key)
  const owned = claim.metadata.ownerReferences?.some(({ uid }) => uid === filling?.metadata.uid) === true
  if (volume?.spec.csi === undefined || claim.status?.phase !== 'Bound' || (owned && filling?.status?.phase !== 'Succeeded')) {
    return { kind: 'waiting', source, reason: 'ImportPVCNotReady', message: 'The source PVC is not fully imported' }
  }
  return { kind: 'clone', source, from: volume.spec.csi.volumeHandle, driver: volume.spec.csi.driver, bytes: quantity(claim.status.capacity?.storage) }
}

const snapshotSource = (control: Control, source: DataVolumeSource, { namespace, name }: { namespace: string; name: string }): ResolvedSource => {
  const snapshot = control.cache.of(specs.snapshots).get(`${namespace}/${name}`)
  if (snapshot === undefined) return { kind: 'waiting', source, reason: 'CloneWithoutSource', message: `The source snapshot ${name} doesn't exist` }
  const content = control.cache.of(specs.snapshotContents).get(snapshot.status?.boundVolumeSnapshotContentName ?? '')
  const handle = content?.status?.snapshotHandle
  if (snapshot.status?.readyToUse !== true || content === undefined || handle === undefined) {
    return { kind: 'waiting', source, reason: 'SnapshotNotReady', message: `The source snapshot ${name} is not ready` }
  }
  return { kind: 'clone', source, from: handle, driver: content.spec.driver, bytes: content.status?.restoreSize ?? 0 }
}

/**
 * Whether the bytes go through CDI's own pods, one by one, since the storage can't clone them: another driver than the source's, no
 * VolumeSnapshotClass of it, or a larger disk where volumes can't grow. Source: containerized-data-importer v1.66.0, pkg/controller/clone/planner.go.
 */
export const isCopied = (control: Control, claim: Claim, storageClass: StorageClass, { driver, bytes }: Pick<Clone, 'driver' | 'bytes'>): boolean =>
  storageClass.provisioner !== driver || ![...control.cache.of(specs.snapshotClasses).list()].some((each) => each.driver === driver) ||
  (requestedBytes(claim) > bytes && storageClass.allowVolumeExpansion !== true)

type Clone = Extract<ResolvedSource, { kind: 'clone' }>

/** The pod that has the source of a copy: nothing is read until it has ended. */
export const userOfSource = (control: Control, { pvc }: DataVolumeSource): string | undefined => pvc === undefined ? undefined
  : control.cache.of(specs.pods).by('claim', `${pvc.namespace}/${pvc.name}`).find(({ status }) => status?.phase !== 'Succeeded' && status?.phase !== 'Failed')?.metadata.name
