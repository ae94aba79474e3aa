import { apiVersionOf, keyOf } from '../../crds/kubernetes.ts'
import type { KubeObject, ResourceType } from '../../crds/kubernetes.ts'
import { isForbidden, isNotFound } from './api-error.ts'
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
    if (isForbidden(error) && subresource === undefined) return listed(client, resource, key, error)
    throw error
  })

/**
 * What the right to watch shows of an object, as fresh as the object itself. A namespace that goes takes our rights in it along, and sooner than our
 * objects: whoever can't look any more whether something has gone would keep it from going, for ever.
 */
const listed = async (client: Client, resource: ResourceType, key: string, refusal: unknown): Promise<KubeObject | undefined> => {
  const { name, namespace } = splitKey(key)
  const found = await client.list(resource, { namespace, fieldSelector: `metadata.name=${name}` }).catch((error: unknown) => {
    throw isForbidden(error) ? refusal : error
  })
  const [item] = found.items
  return item === undefined ? undefined : { ...item, apiVersion: apiVersionOf(resource), kind: resource.kind }
}

const get = (client: Client, resource: ResourceType, key: string, subresource?: string): Promise<KubeObject> => subresource === undefined
  ? client.get(resource, splitKey(key)) : client.getSubresource(resource, splitKey(key), subresource)
