import { type KubeObject, keyOf, type ObjectMeta } from '../../crds/kubernetes.ts'
import { identityOf, ownerUIDOf } from '../providers/made.ts'
import { MANAGED_BY_LABEL, OWNER_UID_LABEL } from '../runtime/ownership.ts'
import type { Cache, InformerSpec } from '../runtime/store.ts'

/** What stores keep of the metadata of our own kinds. */
export const storedMetadata = (metadata: ObjectMeta): ObjectMeta => ({
  ...identityOf(metadata),
  ...(metadata.generation === undefined ? {} : { generation: metadata.generation }),
  ...(metadata.creationTimestamp === undefined ? {} : { creationTimestamp: metadata.creationTimestamp }),
  ...(metadata.finalizers === undefined ? {} : { finalizers: metadata.finalizers }),
})

type OfOurs = KubeObject & { spec: { tags?: unknown }; status?: unknown }

/** What stores keep of an object of ours. Its tags are for people: nothing of ours reads them, but what selects by them (`marked`). */
export const storedObject = <T extends OfOurs>({ apiVersion, kind, metadata, spec, status }: T): T => {
  const { tags: _, ...kept } = spec
  return { apiVersion, kind, metadata: storedMetadata(metadata), spec: kept, ...status === undefined ? {} : { status } } as unknown as T
}

/** The same of a kind that we make for others too: whose it is, is told by the owner's UID on it. */
export const storedWithOwner = <T extends OfOurs>(object: T): T => {
  const stored = storedObject(object)
  const owner = ownerUIDOf(object)
  return owner === undefined ? stored : { ...stored, metadata: { ...stored.metadata, labels: { [OWNER_UID_LABEL]: owner } } }
}

/** What users select by: the tags, and labels that aren't ours. @param stored - what is kept of `object` beside. */
export const marked = <T extends KubeObject & { spec: object }>(stored: T, { metadata, spec: { tags } }: OfOurs): T => {
  const labels = Object.entries(metadata.labels ?? {}).filter(([key, value]) => !key.startsWith('kumulus.dev/') && !(key === MANAGED_BY_LABEL && value === 'kumulus'))
  if (tags === undefined && labels.length === 0) return stored
  const kept = labels.length === 0 ? stored.metadata : { ...stored.metadata, labels: { ...Object.fromEntries(labels), ...stored.metadata.labels } }
  return { ...stored, metadata: kept, spec: tags === undefined ? stored.spec : { ...stored.spec, tags } }
}

/** The index by which `ownersOf` finds an owner; every kind of ours that makes others has it. */
export const byUID = (object: KubeObject): readonly string[] => [object.metadata.uid]

/** Maps a foreign object to the keys of the objects in `informer`'s store that it was made for: one or none. */
export const ownersOf = <T extends KubeObject>(informer: InformerSpec<T>) =>
  (object: KubeObject, cache: Cache): readonly string[] =>
    cache.of(informer).keysBy('uid', ownerUIDOf(object) ?? '')

/** Key of the object of this name in the namespace of `object`. */
export const siblingKey = (object: KubeObject, name: string): string => keyOf({ ...object.metadata, name })
