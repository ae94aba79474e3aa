import { idOf, idPrefixes } from '../../../crds/ids.ts'
import { keyOf } from '../../../crds/kubernetes.ts'
import type { Volume } from '../../../crds/v1alpha1/volume.ts'
import { adoptableBy, destroyAfter, type RawPersistentVolume, withoutPlans } from '../../providers/csi/adoption.ts'
import { persistentVolumeResource } from '../../providers/csi/resources.ts'
import { timestamp } from '../../runtime/conditions.ts'
import { MANAGED_BY_LABEL, OWNER_UID_LABEL } from '../../runtime/ownership.ts'
import type { StepContext } from '../../runtime/kind.ts'
import { blocked, type Outcome, ready } from '../../runtime/outcome.ts'
import type { OperatorSettings } from '../../settings.ts'
import { isGoing, namespaceResource } from '../namespace.ts'
import type { VolumeFacts } from './observe.ts'

type Context = StepContext<Volume, VolumeFacts>

/**
 * As soon as there is a PersistentVolume it is to be kept whatever happens to the claim, to the namespace or to us. Only deleting the Volume by
 * name says otherwise. Comes before all that can wait: a field that isn't served must not leave the bytes to a provisioner's habit. While the two are
 * still being bound others write the PersistentVolume, and a patch would mostly meet a conflict: the end of it is an event of its own.
 */
export const ensureKept = (context: Context): Promise<Outcome> | Outcome => {
  if (isOfOtherBytes(context.facts)) return lost(context)
  return context.facts.claim?.status.phase === 'Bound' ? keepBytes(context) : ready
}

/**
 * CDI makes a claim anew when somebody deletes it from under its DataVolume, empty or as its image was: it is another claim than the one that the
 * PersistentVolume with the bytes is bound to, and must not pass for it. Source: containerized-data-importer v1.66.0, controller-base.go,
 * `handlePvcCreation`.
 */
const isOfOtherBytes = ({ claim, kept }: VolumeFacts): boolean =>
  claim !== undefined && kept.length > 0 && kept.every(({ spec: { claimUID } }) => claimUID !== undefined && claimUID !== claim.metadata.uid)

/** What is said where the bytes are no longer under their Volume, and the way to have them back. */
export const lost = ({ object, facts: { id, kept, claim } }: Context): Outcome => {
  const key = keyOf(object.metadata)
  const way = kept.map(({ metadata: { name } }) => name).join(', ')
  return blocked('VolumeLost', `the claim that held the bytes of ${id} was deleted, and nothing else passes for it. ${way === ''
    ? 'Its PersistentVolume is kept: have the platform team look for it'
    : `The bytes are kept in PersistentVolume ${way}: the platform team gives them back by the annotation ${adoptableBy}=${key} on it${
      claim === undefined ? '' : ', once the DataVolume and the claim in their place are deleted'}`}; or delete this Volume`)
}

/** The same at once, for a volume whose deletion waits: its namespace may be gone before the claim is bound. */
export const keepBytes = async (context: Context): Promise<Outcome> => {
  if (isOfOtherBytes(context.facts)) return ready
  const { reclaimPolicy, offer, destroyAfter: end } = context.facts.persistentVolume?.spec ?? {}
  if (reclaimPolicy !== 'Retain' || offer !== undefined || end !== undefined) await writePlans(context, { policy: 'Retain' })
  return ready
}

/**
 * The deletion's own decision: the bytes go only if the policy says so, and never because a whole namespace goes. Where deleted volumes are kept
 * for a while, only the moment is written from which on they may go: see the recycle bin.
 */
export const decideBytes = ({ keepDeletedVolumes }: Pick<OperatorSettings, 'keepDeletedVolumes'>) => async (context: Context): Promise<Outcome> => {
  const { object, facts, read, now } = context
  if (facts.claim === undefined) return ready
  const goes = object.spec.deletionPolicy !== 'Retain' && !isGoing(await read(namespaceResource, { name: object.metadata.namespace ?? '' }))
  const { reclaimPolicy, destroyAfter: end } = facts.persistentVolume?.spec ?? {}
  // What was made in the place of the bytes is nothing to keep.
  if (goes && keepDeletedVolumes !== undefined && !isOfOtherBytes(facts)) {
    if (reclaimPolicy !== 'Retain' || end === undefined) await writePlans(context, { policy: 'Retain', end: timestamp(now + keepDeletedVolumes) })
    return ready
  }
  const policy = goes ? 'Delete' : 'Retain'
  if (reclaimPolicy !== policy) await writePlans(context, { policy })
  return ready
}

type Plans = { policy: 'Retain' | 'Delete'; end?: string }

/** Read live: a PersistentVolume that a provisioner has just made carries no mark of ours, so no watch of ours has seen it. */
const writePlans = async ({ object, facts, read, patch }: Context, { policy, end }: Plans): Promise<void> => {
  const name = facts.claim?.spec.volumeName
  if (name === undefined) return
  const live = await read(persistentVolumeResource, { name }) as RawPersistentVolume | undefined
  if (live === undefined || live.spec.claimRef?.uid !== facts.claim?.metadata.uid) return
  // An offer is taken once: a later Volume of the name has no part in it.
  const plans = end === undefined ? withoutPlans(live) : { annotations: { ...withoutPlans(live).annotations, [destroyAfter]: end } }
  await patch(persistentVolumeResource, live, { metadata: { labels: ownerMarks(object), ...plans }, spec: { persistentVolumeReclaimPolicy: policy } })
}

/** By which a PersistentVolume is found: by us, by the UID, and by people who know the ID. */
export const ownerMarks = ({ metadata: { uid } }: Volume): Record<string, string> =>
  ({ [MANAGED_BY_LABEL]: 'kumulus', [OWNER_UID_LABEL]: uid, 'kumulus.dev/volume-id': idOf(idPrefixes.volume, uid) })
