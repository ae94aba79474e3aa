import { keyOf } from '../../crds/kubernetes.ts'
import type { KubeObject, ResourceType } from '../../crds/kubernetes.ts'
import { isNotFound } from './client.ts'
import type { Client } from './client.ts'
import type { Informer } from './informer.ts'
import { splitKey } from './key.ts'
import type { Origin } from './object-store.ts'
import { matchesSelector } from './selector.ts'

/** Puts an answer into every store that would hold the object. Returns whether one took it in. */
export const record = (informers: readonly Informer<KubeObject>[], object: KubeObject, origin: Origin): boolean => {
  const key = keyOf(object.metadata)
  const { name, namespace, labels } = object.metadata
  const interested = informers.filter(({ spec, store }) => store.get(key) !== undefined || (
    (spec.objectName ?? name) === name && (spec.namespace ?? namespace) === namespace && matchesSelector(spec.labelSelector, labels)))
  return interested.map(({ store }) => store.put(object, origin)).some(Boolean)
}

/** The object as the server has it now, or undefined. */
export const liveObject = (client: Client, resource: ResourceType, key: string, subresource?: string): Promise<KubeObject | undefined> =>
  get(client, resource, key, subresource).catch((error: unknown) => {
    if (isNotFound(error)) return undefined
    throw error
  })

const get = (client: Client, resource: ResourceType, key: string, subresource?: string): Promise<KubeObject> => subresource === undefined
  ? client.get(resource, splitKey(key)) : client.getSubresource(resource, splitKey(key), subresource)
