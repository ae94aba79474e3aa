import type { KubeObject, ResourceType } from '../../crds/kubernetes.ts'
import { isNotFound } from './client.ts'
import type { Client } from './client.ts'
import type { InformerSpec, Store } from './store.ts'

export const CUSTOM_RESOURCE_DEFINITIONS: ResourceType = {
  group: 'apiextensions.k8s.io', version: 'v1', kind: 'CustomResourceDefinition', plural: 'customresourcedefinitions', namespaced: false,
}

/** Only whether a definition is being deleted. A cluster's definitions are many megabytes together, nearly all of it schemas. */
export const crdInformer: InformerSpec<KubeObject> = {
  resource: CUSTOM_RESOURCE_DEFINITIONS,
  metadataOnly: true,
  trim: ({ apiVersion, kind, metadata }: KubeObject) => {
    const { name, uid, resourceVersion, deletionTimestamp } = metadata
    return { apiVersion, kind, metadata: { name, uid, resourceVersion, ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }) } }
  },
}

/**
 * Deleting a CustomResourceDefinition deletes every object of its kind, which nobody who does it means to be a `terminate` of every machine
 * and a deletion of every disk. While it goes on, the objects lose our finalizers and nothing is torn down.
 */
export type CrdGuard = {
  /** As far as the watch has brought it. */
  deleting: () => boolean
  /**
   * Asks the server itself, once for each object that is about to be torn down: the definition's deletion comes before the object's, but two
   * watches may bring them in the other order.
   */
  confirmDeleting: (uid: string) => Promise<boolean>
  forget: (uid: string) => void
}

export const createCrdGuard = (resource: ResourceType, store: Store<KubeObject>, client: Client): CrdGuard => {
  const name = `${resource.plural}.${resource.group}`
  const confirmed = new Set<string>()
  const deleting = () => store.get(name)?.metadata.deletionTimestamp !== undefined
  return {
    deleting,
    confirmDeleting: async (uid) => {
      if (deleting()) return true
      if (confirmed.has(uid)) return false
      const live = await client.get(CUSTOM_RESOURCE_DEFINITIONS, { name }).catch((error: unknown) => {
        if (isNotFound(error)) return undefined
        throw error
      })
      if (live === undefined || live.metadata.deletionTimestamp !== undefined) return true
      confirmed.add(uid)
      return false
    },
    forget: (uid) => void confirmed.delete(uid),
  }
}
