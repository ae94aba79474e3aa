import type { Volume } from '../../../crds/v1alpha1/volume.ts'
import { dataVolumeResource } from '../../providers/cdi/resources.ts'
import { claimResource } from '../../providers/csi/resources.ts'
import type { Step } from '../../runtime/kind.ts'
import { ready } from '../../runtime/outcome.ts'
import type { OperatorSettings } from '../../settings.ts'
import { ensureGone } from '../ensure-gone.ts'
import { inUse } from '../waiting-for.ts'
import { decideBytes, keepBytes } from './keep.ts'
import { takeLastSnapshot } from './last-snapshot.ts'
import type { VolumeFacts } from './observe.ts'
import { holdersNow } from './users.ts'

/** What becomes of the bytes is decided, and written into the PersistentVolume, before the claim goes: after that nobody asks us. */
export const finalizeVolume = (settings: OperatorSettings): Readonly<Record<string, Step<Volume, VolumeFacts>>> => ({
  users: async context => {
    const { facts: { users } } = context
    const titles = users.length > 0 ? users.map(({ title }) => title) : await holdersNow(context)
    if (titles.length === 0) return ready
    // Its namespace may go while this deletion waits, and the claim with it, before anything has been decided.
    await keepBytes(context)
    return inUse(titles)
  },
  lastSnapshot: takeLastSnapshot,
  bytes: decideBytes(settings),
  dataVolume: ({ facts, remove }) => ensureGone(remove, dataVolumeResource, facts.dataVolume),
  claim: ({ facts, remove }) => ensureGone(remove, claimResource, facts.claim),
})
