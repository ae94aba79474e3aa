import type { KubeObject, ResourceType } from '../../../crds/kubernetes.ts'
import type { Volume } from '../../../crds/v1alpha1/volume.ts'
import { persistentVolumeResource } from '../../providers/csi/resources.ts'
import { MANAGED_BY_LABEL, OWNER_UID_LABEL } from '../../runtime/ownership.ts'
import type { StepContext } from '../../runtime/kind.ts'
import { type Outcome, ready } from '../../runtime/outcome.ts'
import type { VolumeFacts } from './observe.ts'

type Context = StepContext<Volume, VolumeFacts>

/**
 * As soon as there is a PersistentVolume it is to be kept whatever happens to the claim, to the namespace or to us. Only deleting the Volume by
 * name says otherwise. Comes before all that can wait: a field that isn't served must not leave the bytes to a provisioner's habit. While the two are
 * still being bound others write the PersistentVolume, and a patch would mostly meet a conflict: the end of it is an event of its own.
 */
export const ensureKept = (context: Context): Promise<Outcome> | Outcome =>
  context.facts.claim?.status.phase === 'Bound' ? keepBytes(context) : ready

/** The same at once, for a volume whose deletion waits: its namespace may be gone before the claim is bound. */
export const keepBytes = async (context: Context): Promise<Outcome> => {
  if (context.facts.persistentVolume?.spec.reclaimPolicy !== 'Retain') await setReclaimPolicy(context, 'Retain')
  return ready
}

/** The deletion's own decision: the bytes go only if the policy says so, and never because a whole namespace goes. */
export const decideBytes = async (context: Context): Promise<Outcome> => {
  const { object, facts, read } = context
  if (facts.claim === undefined) return ready
  const goes = object.spec.deletionPolicy === 'Delete' && !isGoing(await read(namespaceResource, { name: object.metadata.namespace ?? '' }))
  const policy = goes ? 'Delete' : 'Retain'
  if (facts.persistentVolume?.spec.reclaimPolicy !== policy) await setReclaimPolicy(context, policy)
  return ready
}

/** Read live: a PersistentVolume that a provisioner has just made carries no mark of ours, so no watch of ours has seen it. */
const setReclaimPolicy = async ({ object, facts, read, patch }: Context, policy: 'Retain' | 'Delete'): Promise<void> => {
  const name = facts.claim?.spec.volumeName
  if (name === undefined) return
  const live = await read(persistentVolumeResource, { name }) as RawPersistentVolume | undefined
  if (live === undefined || live.spec.claimRef?.uid !== facts.claim?.metadata.uid) return
  await patch(persistentVolumeResource, live, {
    metadata: { labels: { [MANAGED_BY_LABEL]: 'kumulus', [OWNER_UID_LABEL]: object.metadata.uid } },
    spec: { persistentVolumeReclaimPolicy: policy },
  })
}

type RawPersistentVolume = KubeObject & { spec: { claimRef?: { uid?: string } } }

const namespaceResource: ResourceType = { group: '', version: 'v1', kind: 'Namespace', plural: 'namespaces', namespaced: false }

/** A namespace that can't be found is as good as going: when in doubt, the bytes stay. */
const isGoing = (namespace: KubeObject | undefined): boolean => namespace?.metadata.deletionTimestamp !== undefined || namespace === undefined
