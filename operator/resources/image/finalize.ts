import type { Image } from '../../../crds/v1alpha1/image.ts'
import { snapshot } from '../../../crds/v1alpha1/snapshot.ts'
import { dataSourceResource, dataVolumeResource } from '../../providers/cdi/resources.ts'
import { claimResource, volumeSnapshotResource } from '../../providers/csi/resources.ts'
import { networkPolicyResource } from '../../providers/network-policy/resources.ts'
import type { Step } from '../../runtime/kind.ts'
import { ready } from '../../runtime/outcome.ts'
import { ensureGone } from '../ensure-gone.ts'
import { inUse } from '../waiting-for.ts'
import type { ImageFacts } from './observe.ts'

/** Waits for clones that run and for nothing else: a volume that is made needs its image no longer. */
export const finalizeImage: Readonly<Record<string, Step<Image, ImageFacts>>> = {
  clones: ({ facts }) => {
    const clones = facts.clones()
    return clones.length === 0 ? ready : inUse(clones)
  },
  dataSource: ({ facts, remove }) => ensureGone(remove, dataSourceResource, facts.dataSource),
  snapshot: ({ facts, remove }) => ensureGone(remove, volumeSnapshotResource, facts.snapshot),
  // Its owner's stays.
  captured: ({ object: { spec: { source } }, facts: { kept }, remove }) =>
    ensureGone(remove, snapshot, source.instanceRef === undefined ? undefined : kept?.object),
  dataVolume: ({ facts, remove }) => ensureGone(remove, dataVolumeResource, facts.dataVolume),
  claim: ({ facts, remove }) => ensureGone(remove, claimResource, facts.claim),
  // Last: an importer may be at work until its claim has gone.
  fence: ({ facts, remove }) => ensureGone(remove, networkPolicyResource, facts.fence),
}
