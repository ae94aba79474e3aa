import type { KubeObject, ObjectMeta } from '../../crds/kubernetes.ts'
import { OWNER_UID_LABEL } from '../runtime/ownership.ts'

/** Label selector of all that we make: foreign objects are watched by it, never all. */
export const managedByKumulus = 'app.kubernetes.io/managed-by=kumulus'

/** What stores keep of the metadata of what we make: enough to find its owner, to see it go and to delete it. */
export const madeMetadata = (metadata: ObjectMeta): ObjectMeta => ({
  ...identityOf(metadata),
  labels: { [OWNER_UID_LABEL]: metadata.labels?.[OWNER_UID_LABEL] ?? '' },
})

/** What stores keep of the metadata of anything. */
export const identityOf = ({ name, namespace, uid, resourceVersion, deletionTimestamp }: ObjectMeta): ObjectMeta => ({
  name,
  uid,
  resourceVersion,
  ...(namespace === undefined ? {} : { namespace }),
  ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
})

/** UID of the object of ours that this one was made for; undefined for what is not ours. */
export const ownerUIDOf = (object: KubeObject): string | undefined => object.metadata.labels?.[OWNER_UID_LABEL]

/** `object`, if it was made for `owner`. A namesake that wasn't is as good as absent: nothing of it may be trusted. */
export const madeFor = <T extends KubeObject>(owner: KubeObject, object: T | undefined): T | undefined =>
  object !== undefined && ownerUIDOf(object) === owner.metadata.uid ? object : undefined
