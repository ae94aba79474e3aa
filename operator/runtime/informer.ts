import type { KubeObject } from '../../crds/kubernetes.ts'
import type { Client } from './client.ts'
import type { Clock } from './clock.ts'
import type { Gate } from './gate.ts'
import type { Log } from './log.ts'
import { ObjectStore } from './object-store.ts'
import type { Random } from './random.ts'
import { runReflector } from './reflector.ts'
import type { InformerSpec } from './store.ts'

/** One watch and one copy of a resource, shared by everyone who reads it. */
export type Informer<T extends KubeObject> = {
  readonly spec: InformerSpec<T>
  readonly store: ObjectStore<T>
  /** The first list is complete. */
  readonly synced: boolean
  /** Resolves with `synced`. */
  readonly whenSynced: Promise<void>
  /** Lists and watches until the signal aborts. */
  run: (signal: AbortSignal) => Promise<void>
}

export type InformerSettings = {
  client: Client
  clock: Clock
  random: Random
  log: Log
  /** Namespaced kinds are watched in these namespaces only; all when undefined. */
  namespaces?: readonly string[] | undefined
  /** See `ReflectorOptions`. */
  gate?: Gate | undefined
  /** Milliseconds of silence after which a watch is opened again; see `ReflectorOptions`. */
  silence?: number | undefined
}

export const createInformer = <T extends KubeObject>(spec: InformerSpec<T>, settings: InformerSettings): Informer<T> => {
  const store = new ObjectStore(spec, settings.clock)
  const { resource, labelSelector, objectName, metadataOnly } = spec
  const fieldSelector = objectName === undefined ? undefined : `metadata.name=${objectName}`
  const everywhere = spec.namespace === undefined && (!resource.namespaced || settings.namespaces === undefined || spec.everywhere === true)
  const named = spec.namespace === undefined ? (settings.namespaces ?? []) : [spec.namespace]
  const scopes: readonly (string | undefined)[] = everywhere ? [undefined] : named
  const missing = new Set(scopes)
  const { promise: whenSynced, resolve } = Promise.withResolvers<void>()
  const reflect = (namespace: string | undefined, signal: AbortSignal) => {
    const concerns = (object: T) => namespace === undefined || object.metadata.namespace === namespace
    const sink = {
      put: (object: KubeObject) => void store.put(object),
      delete: (object: KubeObject) => store.delete(object),
      rewound: () => store.rewind(concerns),
      listed: (seen: { has: (uid: string) => boolean }, resourceVersion: string) => {
        store.retain(seen, resourceVersion, concerns)
        missing.delete(namespace)
        if (missing.size === 0) resolve()
      },
    }
    return runReflector({ ...settings, resource, labelSelector, fieldSelector, metadataOnly, namespace, sink }, signal)
  }
  return {
    spec,
    store,
    whenSynced,
    get synced() {
      return missing.size === 0
    },
    run: async (signal) => {
      await Promise.all(scopes.map((namespace) => reflect(namespace, signal)))
    },
  }
}

