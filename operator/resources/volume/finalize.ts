import type { Volume } from '../../../crds/v1alpha1/volume.ts'
import { dataVolumeResource } from '../../providers/cdi/resources.ts'
import { claimResource } from '../../providers/csi/resources.ts'
import type { Step } from '../../runtime/kind.ts'
import { blocked, ready } from '../../runtime/outcome.ts'
import type { OperatorSettings } from '../../settings.ts'
import { ensureGone } from '../ensure-gone.ts'
import { inUse, titleOf } from '../waiting-for.ts'
import { decideBytes, keepBytes } from './keep.ts'
import type { VolumeFacts } from './observe.ts'

/** What becomes of the bytes is decided, and written into the PersistentVolume, before the claim goes: after that nobody asks us. */
export const finalizeVolume = (settings: OperatorSettings): Readonly<Record<string, Step<Volume, VolumeFacts>>> => ({
  users: async context => {
    const { facts: { users } } = context
    if (users.length === 0) return ready
    // Its namespace may go while this deletion waits, and the claim with it, before anything has been decided.
    await keepBytes(context)
    return inUse(users.map(({ instance }) => titleOf('Instance', instance.metadata.name)))
  },
  policy: ({ object }) => object.spec.deletionPolicy === 'Snapshot'
    ? blocked('NotSupportedYet', 'deletionPolicy: Snapshot is not supported yet: set it to Delete or Retain') : ready,
  bytes: decideBytes(settings),
  dataVolume: ({ facts, remove }) => ensureGone(remove, dataVolumeResource, facts.dataVolume),
  claim: ({ facts, remove }) => ensureGone(remove, claimResource, facts.claim),
})
