import type { KeptVolume, SnapshotSource } from '../../../crds/v1alpha1/snapshot.ts'
import type { Volume } from '../../../crds/v1alpha1/volume.ts'
import type { DataVolumeSource } from '../../providers/cdi/data-volume.ts'
import { type Outcome, ready, waiting } from '../../runtime/outcome.ts'
import { keptName, keptVolumeOf } from '../snapshot/store.ts'
import { notFound, notReady } from '../waiting-for.ts'
import type { VolumeFacts } from './observe.ts'

/** The snapshot that a volume is made from is there, shared, complete, and here to stay until it has been copied. */
export const awaitSnapshot = ({ spec: { snapshotRef }, metadata: { namespace = '' } }: Volume, facts: VolumeFacts): Outcome => {
  const { snapshot } = facts
  if (snapshotRef === undefined || snapshot === undefined) return snapshotNotFound(snapshotRef, namespace)
  const isUsable = snapshot.status?.state === 'completed' && snapshot.metadata.deletionTimestamp === undefined
  return isUsable || facts.dataVolume !== undefined ? ready : notReady(snapshot, 'Snapshot')
}

/**
 * By the names that IDs make: a namesake of the snapshot gives nothing to what was begun with another. Throws rather than make an empty disk of a
 * missing snapshot.
 */
export const snapshotSourceOf = (volume: Volume, snapshot: VolumeFacts['snapshot']): DataVolumeSource => {
  const kept = keptIn(volume, snapshot)
  if (snapshot === undefined || kept === undefined) throw new Error('a step before this one lets no volume without its snapshot through')
  return { snapshot: { namespace: snapshot.metadata.namespace ?? '', name: keptName(snapshot, kept.volumeID) } }
}

/** The volume of the snapshot that is meant. */
export const keptIn = ({ spec: { snapshotRef } }: Volume, snapshot: VolumeFacts['snapshot']): KeptVolume | undefined =>
  snapshotRef === undefined || snapshot === undefined ? undefined : keptVolumeOf(snapshot, snapshotRef)

/** Of another namespace's snapshot the answer is the same whether there is none or it isn't shared. */
const snapshotNotFound = (ref: SnapshotSource | undefined, namespace: string): Outcome =>
  ref?.namespace === undefined || ref.namespace === namespace ? notFound('Snapshot', ref?.name ?? '', namespace)
    : waiting('DependencyNotFound', `waiting for Snapshot "${ref.name}": there is none of this name in namespace "${ref.namespace}" that is shared with ` +
      `namespace "${namespace}"; have its createVolumePermissions admit it, or correct the reference`)
