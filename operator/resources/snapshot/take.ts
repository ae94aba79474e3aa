import type { Snapshot } from '../../../crds/v1alpha1/snapshot.ts'
import { buildVolumeSnapshot } from '../../providers/csi/volume-snapshot.ts'
import type { StepContext } from '../../runtime/kind.ts'
import { NameConflictError } from '../../runtime/name-conflict.ts'
import { blocked, type Outcome, ready, waiting } from '../../runtime/outcome.ts'
import { titleOf } from '../waiting-for.ts'
import { freezeEnd, freezeGuest, thawGuest } from './freeze.ts'
import type { Holds } from './holds.ts'
import type { Kept, SnapshotFacts } from './observe.ts'
import { isFreezing, keptName } from './store.ts'

type Context = StepContext<Snapshot, SnapshotFacts>

/**
 * The moment itself: the guest stands still where it can, the storage takes every volume, the guest goes on. Whatever the storage does, the guest
 * goes on when its time is over.
 */
export const takeVolumes = (holds: Holds) => async (context: Context): Promise<Outcome> => {
  const { object, facts, now } = context
  if (!isFreezing(object)) {
    // Only once the end is on record: a later pass would let the guest go on under the next snapshot.
    holds.release(object.metadata.uid)
    return askStorage(context)
  }
  if (object.status?.consistency === undefined && facts.kept.every(({ snapshot }) => snapshot === undefined)) {
    const frozen = await freezeGuest(context, holds)
    if (frozen.kind !== 'ready') return frozen
  }
  const taken = await askStorage(context).catch(thawFirst(context))
  if (taken.kind === 'waiting' && now < freezeEnd(object)) return { ...taken, after: freezeEnd(object) - now }
  const thawed = await thawGuest(context)
  if (thawed.kind !== 'ready') return thawed
  return taken.kind === 'waiting' ? waiting('Thawed', `the guest goes on; ${taken.message}`, 1) : taken
}

/** Nobody knows when the name that somebody else has becomes free: the guest doesn't stand still for it. */
const thawFirst = (context: Context) => async (error: unknown): Promise<never> => {
  if (error instanceof NameConflictError) await thawGuest(context)
  throw error
}

/** Ready when the storage has taken them all: from then on the volumes may change. */
const askStorage = async (context: Context): Promise<Outcome> => {
  const { facts: { kept, id } } = context
  const lost = kept.find(isLost)
  if (lost !== undefined) {
    return blocked('SnapshotLost', `what was kept of ${titleOf('Volume', lost.plan.volumeName)} was deleted from under ${id}: delete this Snapshot and make another`)
  }
  const missing = kept.filter(({ snapshot }) => snapshot === undefined)
  const gone = missing.find(({ source }) => source?.claim?.status.phase !== 'Bound' || source.snapshotClass === undefined)
  if (gone !== undefined) {
    return blocked('SourceGone', `${titleOf('Volume', gone.plan.volumeName)} (${gone.plan.volumeID}) is gone, or its storage takes no snapshots any more, and was not kept: delete this Snapshot`)
  }
  for (const each of missing) await context.apply(buildKept(context.object, each))
  const failing = kept.find(({ snapshot }) => snapshot?.status.error !== undefined && !isTaken(snapshot))
  if (failing !== undefined) {
    return waiting('SnapshotFailed', `the storage fails to take ${titleOf('Volume', failing.plan.volumeName)} and tries again: ${failing.snapshot?.status.error ?? ''}`)
  }
  return kept.every(({ snapshot }) => isTaken(snapshot)) ? ready : waiting('Snapshotting', `${id} is being taken`)
}

/** It was there once and its moment is over: what would be made in its place would be of another. */
const isLost = ({ plan, snapshot }: Kept): boolean => snapshot === undefined && plan.startTime !== undefined

const isTaken = (snapshot: Kept['snapshot']): boolean => snapshot?.status.creationTime !== undefined || snapshot?.status.readyToUse === true

export const buildKept = (snapshot: Snapshot, { plan, source }: Pick<Kept, 'plan' | 'source'>) => buildVolumeSnapshot({
  name: keptName(snapshot, plan.volumeID),
  namespace: snapshot.metadata.namespace ?? '',
  claim: plan.volumeName,
  snapshotClass: source?.snapshotClass ?? '',
})
