/**
 * The few Kubernetes types that every folder shares. Plain JSON as the API server sends it: no classes, no renamed fields.
 */

/** A reference from a dependant to its owner; see the garbage collection chapter of the Kubernetes documentation. */
export type OwnerReference = {
  apiVersion: string
  kind: string
  name: string
  uid: string
  controller?: boolean
  blockOwnerDeletion?: boolean
}

/** One field manager's entry in `metadata.managedFields`. */
export type ManagedFieldsEntry = {
  manager: string
  operation: 'Apply' | 'Update'
  apiVersion: string
  time?: string
  fieldsType: 'FieldsV1'
  fieldsV1: Record<string, unknown>
  subresource?: string
}

/** `metadata` of an object that the API server has stored. */
export type ObjectMeta = {
  name: string
  namespace?: string
  uid: string
  resourceVersion: string
  generation?: number
  creationTimestamp?: string
  deletionTimestamp?: string
  deletionGracePeriodSeconds?: number
  labels?: Record<string, string>
  annotations?: Record<string, string>
  finalizers?: string[]
  ownerReferences?: OwnerReference[]
  managedFields?: ManagedFieldsEntry[]
  generateName?: string
}

/** Any object that the API server has stored. */
export type KubeObject = { apiVersion: string; kind: string; metadata: ObjectMeta }

/** An object as a client sends it: the server fills in the rest of `metadata`. */
export type NewObject = {
  apiVersion: string
  kind: string
  metadata: Partial<ObjectMeta>
}

/** What a URL needs to address a kind. `group` is '' for the core group. */
export type ResourceType = {
  group: string
  version: string
  kind: string
  plural: string
  namespaced: boolean
}

/** A condition as the Kubernetes API conventions define it. */
export type Condition = {
  type: string
  status: 'True' | 'False' | 'Unknown'
  reason: string
  message: string
  observedGeneration: number
  lastTransitionTime: string
}

/** `group/version`, or the bare version for the core group. */
export const apiVersionOf = (resource: Pick<ResourceType, 'group' | 'version'>): string =>
  resource.group === '' ? resource.version : `${resource.group}/${resource.version}`

/** The key of an object in stores and queues: `namespace/name`, or `name` alone for a cluster-scoped object. */
export const keyOf = (metadata: { name?: string; namespace?: string }): string =>
  metadata.namespace === undefined ? `${metadata.name}` : `${metadata.namespace}/${metadata.name}`
