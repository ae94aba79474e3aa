import { idOf, idPrefixes } from '../../../crds/ids.ts'
import type { Snapshot } from '../../../crds/v1alpha1/snapshot.ts'
import { volumeSnapshotContentResource } from '../../providers/csi/resources.ts'
import type { RawVolumeSnapshotContent } from '../../providers/csi/volume-snapshot.ts'
import { ownerLabels } from '../../runtime/ownership.ts'
import type { StepContext } from '../../runtime/kind.ts'
import { type Outcome, ready, waiting } from '../../runtime/outcome.ts'
import { titleOf } from '../waiting-for.ts'
import type { Kept, SnapshotFacts } from './observe.ts'

type Context = StepContext<Snapshot, SnapshotFacts>

/** Waits until the storage has it all, so that it can be used and the volumes may go. */
export const awaitBytes = ({ facts: { kept, id } }: Context): Outcome => {
  const failing = kept.find(({ snapshot }) => snapshot?.status.readyToUse !== true && snapshot?.status.error !== undefined)
  if (failing !== undefined) {
    return waiting('SnapshotFailed', `the storage fails to keep ${titleOf('Volume', failing.plan.volumeName)} and tries again: ${failing.snapshot?.status.error ?? ''}`)
  }
  return kept.every(({ snapshot }) => snapshot?.status.readyToUse === true) ? ready : waiting('Snapshotting', `${id} is being kept`)
}

/**
 * From then on nothing but the deletion of the Snapshot by name takes the bytes, whatever the VolumeSnapshotClass says: not that of the namespace
 * either.
 */
export const keepBytes = async (context: Context): Promise<Outcome> => {
  await decideBytes(context, 'Retain')
  return ready
}

/**
 * Read live: a VolumeSnapshotContent that the snapshot controller has just made carries no mark of ours, so no watch of ours has seen it. One that
 * was not made for this very VolumeSnapshot is left alone.
 */
export const decideBytes = async ({ object, facts, read, patch }: Context, deletionPolicy: 'Retain' | 'Delete'): Promise<void> => {
  for (const { plan, snapshot, content } of facts.kept) {
    const name = snapshot?.status.content
    if (name === undefined || (content !== undefined && content.spec.deletionPolicy === deletionPolicy)) continue
    const live = await read(volumeSnapshotContentResource, { name }) as RawVolumeSnapshotContent | undefined
    if (live === undefined || live.spec.volumeSnapshotRef?.uid !== snapshot?.metadata.uid) continue
    await patch(volumeSnapshotContentResource, live, { metadata: { labels: marksOf(object, plan) }, spec: { deletionPolicy } })
  }
}

/** By which it is found: by us, by the UID, and by people who know the IDs. */
const marksOf = (snapshot: Snapshot, plan: Kept['plan']): Record<string, string> => ({
  ...ownerLabels(snapshot), 'kumulus.dev/snapshot-id': idOf(idPrefixes.snapshot, snapshot.metadata.uid), 'kumulus.dev/volume-id': plan.volumeID,
})
