import { keyOf } from '../../crds/kubernetes.ts'
import type { KubeObject } from '../../crds/kubernetes.ts'
import type { Client } from './client.ts'
import type { Clock } from './clock.ts'
import { source } from './controller.ts'
import type { ControllerOptions } from './controller.ts'
import { createCrdGuard, crdInformer } from './crd-guard.ts'
import type { EventRecorder } from './events.ts'
import type { Informers } from './informers.ts'
import { splitKey } from './key.ts'
import type { Kind } from './kind.ts'
import { reconcileKind } from './reconcile.ts'
import type { Cache, InformerSpec } from './store.ts'

export type KindControllerSettings = {
  client: Client
  clock: Clock
  cache: Cache
  informers: Informers
  events: EventRecorder
  /** Namespaces that this process serves; all when undefined. */
  namespaces: readonly string[] | undefined
}

/** The controller of a declared kind: its own objects, what it watches, and the guard against a deleted definition. */
export const kindController = <T extends KubeObject, Facts, Status extends object>(
  kind: Kind<T, Facts, Status>,
  settings: KindControllerSettings,
): ControllerOptions => {
  const { cache, client } = settings
  const informer = settings.informers.get(kind.informer)
  const { resource } = kind.informer
  const definition = `${resource.plural}.${resource.group}`
  const guard = createCrdGuard(resource, settings.informers.get(crdInformer).store, client)
  const serves = (key: string) => {
    const { namespace } = splitKey(key)
    return namespace === undefined || settings.namespaces === undefined || settings.namespaces.includes(namespace)
  }
  const everyKey = () => [...informer.store.list()].map((object) => keyOf(object.metadata)).filter(serves)
  const watches = kind.watches.map(({ informer: watched, keys, after }) => {
    const mapped = keys as unknown as (object: KubeObject, cache: Cache, previous: KubeObject | undefined) => Iterable<string>
    const keysOf = settings.namespaces === undefined ? (object: KubeObject, previous: KubeObject | undefined) => mapped(object, cache, previous)
      : (object: KubeObject, previous: KubeObject | undefined) => [...mapped(object, cache, previous)].filter(serves)
    return source(watched as unknown as InformerSpec<KubeObject>, keysOf, after)
  })
  return {
    name: kind.name,
    sources: [
      source(kind.informer, ({ metadata }) => [keyOf(metadata)].filter(serves)),
      ...watches,
      source(crdInformer, (crd, previous) =>
        crd.metadata.name === definition && crd.metadata.deletionTimestamp !== previous?.metadata.deletionTimestamp ? everyKey() : []),
    ],
    reconcile: reconcileKind(kind, { ...settings, informer, guard }),
  }
}
