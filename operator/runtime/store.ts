import type { KubeObject, ResourceType } from '../../crds/kubernetes.ts'

/**
 * What to keep of one resource. There is one spec object per resource in the whole operator (its identity is the key),
 * so that every controller shares one watch and one copy.
 */
export type InformerSpec<T extends KubeObject> = {
  resource: ResourceType
  /** Foreign objects are watched by label, never all. */
  labelSelector?: string
  /** Only objects in this namespace, where one object of the operator's own is meant. */
  namespace?: string
  /** In every namespace, even where this process serves only some: what other namespaces share (images) is read, and reconciled by others. */
  everywhere?: boolean
  /** Only objects of this name: what may be watched without seeing its neighbours (a Secret). */
  objectName?: string
  /** The server sends `metadata` and nothing else. */
  metadataOnly?: boolean
  /**
   * Picks the fields that are read, and nothing else. `metadata` must keep name, namespace, uid and resourceVersion,
   * and finalizers, deletionTimestamp and generation for kinds that we reconcile.
   */
  trim: (object: never) => T
  /** Index name → the values under which an object is found. */
  indexes?: Record<string, (object: T) => readonly string[]>
}

/** A read-only view of what a watch has brought so far, with our own writes already in it. */
export type Store<T extends KubeObject> = {
  /** @param key - `namespace/name`, or `name` for cluster-scoped objects; see `keyOf`. */
  get: (key: string) => T | undefined
  list: () => Iterable<T>
  /** Objects whose index function gave `value`. Throws on an index that the spec does not declare. */
  by: (index: string, value: string) => readonly T[]
  /** How many objects `by` would give, without a look at any of them. */
  count: (index: string, value: string) => number
  /** Keys of the objects that `by` would give. */
  keysBy: (index: string, value: string) => readonly string[]
  readonly size: number
}

/** The stores of one process, each found by the spec that declares it. */
export type Cache = {
  of: <T extends KubeObject>(spec: InformerSpec<T>) => Store<T>
}
