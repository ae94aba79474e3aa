import { type KubeObject, keyOf, type ObjectMeta } from '../../crds/kubernetes.ts'
import { identityOf, ownerUIDOf } from '../providers/made.ts'
import { OWNER_UID_LABEL } from '../runtime/ownership.ts'
import type { Cache, InformerSpec } from '../runtime/store.ts'

/** What stores keep of the metadata of our own kinds. */
export const storedMetadata = (metadata: ObjectMeta): ObjectMeta => ({
  ...identityOf(metadata),
  ...(metadata.generation === undefined ? {} : { generation: metadata.generation }),
  ...(metadata.creationTimestamp === undefined ? {} : { creationTimestamp: metadata.creationTimestamp }),
  ...(metadata.finalizers === undefined ? {} : { finalizers: metadata.finalizers }),
})

type OfOurs = KubeObject & { spec: { tags?: unknown }; status?: unknown }

/** What stores keep of an object of ours. Its tags are for people: nothing of ours reads them. */
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

/** The index by which `ownersOf` finds an owner; every kind of ours that makes others has it. */
export const byUID = (object: KubeObject): readonly string[] => [object.metadata.uid]

/** Maps a foreign object to the keys of the objects in `informer`'s store that it was made for: one or none. */
export const ownersOf = <T extends KubeObject>(informer: InformerSpec<T>) =>
  (object: KubeObject, cache: Cache): readonly string[] =>
    cache.of(informer).keysBy('uid', ownerUIDOf(object) ?? '')

/** Key of the object of this name in the namespace of `object`. */
export const siblingKey = (object: KubeObject, name: string): string => keyOf({ ...object.metadata, name })
