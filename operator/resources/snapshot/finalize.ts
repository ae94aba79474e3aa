import type { Snapshot } from '../../../crds/v1alpha1/snapshot.ts'
import { volumeSnapshotResource } from '../../providers/csi/resources.ts'
import type { Step } from '../../runtime/kind.ts'
import { ready } from '../../runtime/outcome.ts'
import { ensureGone } from '../ensure-gone.ts'
import { isGoing, namespaceResource } from '../namespace.ts'
import { inUse } from '../waiting-for.ts'
import { thawGuest } from './freeze.ts'
import type { Holds } from './holds.ts'
import { decideBytes } from './keep.ts'
import type { SnapshotFacts } from './observe.ts'
import { isFreezing } from './store.ts'
import { wayOutOf } from './users.ts'

/** A guest that stands still goes on first. The bytes go only by name, never because a whole namespace goes. */
export const finalizeSnapshot = (holds: Holds): Readonly<Record<string, Step<Snapshot, SnapshotFacts>>> => ({
  thaw: context => {
    if (isFreezing(context.object)) return thawGuest(context)
    holds.release(context.object.metadata.uid)
    return ready
  },
  users: ({ facts: { users } }) => users.length === 0 ? ready : inUse(users, wayOutOf(users)),
  bytes: async context => {
    const namespace = await context.read(namespaceResource, { name: context.object.metadata.namespace ?? '' })
    await decideBytes(context, isGoing(namespace) ? 'Retain' : 'Delete')
    return ready
  },
  snapshots: ({ facts: { made }, remove }) =>
    ensureGone(remove, volumeSnapshotResource, made.find(({ metadata }) => metadata.deletionTimestamp === undefined) ?? made[0]),
})
