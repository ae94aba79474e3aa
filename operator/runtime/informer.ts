import type { KubeObject, ResourceType } from '../../crds/kubernetes.ts'
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
  /** The first list is complete, or there is nothing to list. */
  readonly synced: boolean
  /** Its definition is not in the cluster: nothing of it is, and nothing can be made of it. */
  readonly absent: boolean
  /** Resolves with `synced`. */
  readonly whenSynced: Promise<void>
  /** Lists and watches until the signal aborts. */
  run: (signal: AbortSignal) => Promise<void>
}

export type InformerSettings = {
  /** Whether it is known for sure that no definition of a resource is there. */
  isAbsent?: ((resource: ResourceType) => boolean) | undefined
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
  const scopes = scopesOf(spec, settings)
  const progress = progressOf(scopes)
  const reflect = (namespace: string | undefined, signal: AbortSignal) => {
    const concerns = (object: T) => namespace === undefined || object.metadata.namespace === namespace
    const sink = {
      put: (object: KubeObject) => void store.put(object),
      delete: (object: KubeObject) => store.delete(object),
      rewound: () => store.rewind(concerns),
      unknown: () => {
        const absent = settings.isAbsent?.(resource) === true
        if (absent) progress.looked(namespace, 'absent')
        return absent
      },
      listed: (seen: { has: (uid: string) => boolean }, resourceVersion: string) => {
        store.retain(seen, resourceVersion, concerns)
        progress.looked(namespace, 'listed')
      },
    }
    return runReflector({ ...settings, resource, labelSelector, fieldSelector, metadataOnly, namespace, sink }, signal)
  }
  return {
    spec,
    store,
    whenSynced: progress.whenSynced,
    get synced() {
      return progress.synced()
    },
    get absent() {
      return progress.absent()
    },
    run: async (signal) => {
      await Promise.all(scopes.map((namespace) => reflect(namespace, signal)))
    },
  }
}

type Scope = string | undefined

/** What has been looked at so far, and what was not there. */
const progressOf = (scopes: readonly Scope[]) => {
  const missing = new Set(scopes)
  const absent = new Set<Scope>()
  const { promise: whenSynced, resolve } = Promise.withResolvers<void>()
  return {
    whenSynced,
    synced: () => missing.size === 0,
    absent: () => absent.size > 0,
    looked: (scope: Scope, found: 'listed' | 'absent') => {
      if (found === 'absent') absent.add(scope)
      else absent.delete(scope)
      missing.delete(scope)
      if (missing.size === 0) resolve()
    },
  }
}

/** The namespaces that are watched one by one; `undefined` alone is the whole cluster. */
const scopesOf = <T extends KubeObject>(spec: InformerSpec<T>, { namespaces }: InformerSettings): readonly Scope[] => {
  if (spec.namespace !== undefined) return [spec.namespace]
  return !spec.resource.namespaced || namespaces === undefined || spec.everywhere === true ? [undefined] : namespaces
}
