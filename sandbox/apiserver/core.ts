import type { Logger } from 'pino'
import type { Clock } from '../../operator/runtime/clock.ts'
import { apiVersionOf } from '../../crds/kubernetes.ts'
import { fromCoreEvent, toCoreEvent } from './builtin/events.ts'
import type { Registry } from './registry.ts'
import type { RequestBody, UserInfo } from './request.ts'
import type { AnyObject, ServedResource } from './resource.ts'
import type { Storage } from './storage.ts'
import { jsonCopy } from './json-copy.ts'

/** What a request wants, once it is known which resource it is about. */
export type ResourceRequest = {
  resource: ServedResource
  /** As RBAC names it: get, list, watch, create, update, patch, delete, deletecollection. */
  verb: string
  /** '' for cluster-scoped resources and for all namespaces. */
  namespace: string
  /** '' for collections. */
  name: string
  /** '' for the object itself. */
  subresource: string
  query: URLSearchParams
  /** Lower-case names. */
  headers: Record<string, string>
  body: RequestBody
  user: UserInfo
  signal?: AbortSignal | undefined
}

/** What admission is asked about one write. */
export type AdmissionAttributes = {
  resource: ServedResource
  operation: 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT'
  subresource: string
  namespace: string
  name: string
  object: AnyObject | undefined
  oldObject: AnyObject | undefined
  options: Record<string, unknown>
  user: UserInfo
  dryRun: boolean
}

/** The admission chain. Throws StatusError to refuse. */
export type Admission = {
  mutate: (attributes: AdmissionAttributes) => Promise<{ object: AnyObject; warnings: string[] }>
  validate: (attributes: AdmissionAttributes) => Promise<string[]>
}

/** What the verbs work with. */
export type Core = {
  clock: Clock
  storage: Storage
  registry: Registry
  admission: Admission
  log: Logger | undefined
  /** The source of UIDs, generated names and keys. */
  random: (bytes: number) => Uint8Array
  /** Seconds-precise time as metadata writes it. */
  timestamp: () => string
}

/** `namespace/name`; `/name` for cluster-scoped objects. */
export const storageKey = (namespace: string, name: string): string => `${namespace}/${name}`

/** A stored object as `resource`'s version shows it. May share structure with the stored one. */
export const inVersion = (resource: ServedResource, object: AnyObject): AnyObject => {
  const apiVersion = apiVersionOf(resource)
  if (object.apiVersion === apiVersion && object.kind === resource.kind) return object
  if (resource.group === 'events.k8s.io' && object.apiVersion === 'v1') return fromCoreEvent(object)
  return { ...object, apiVersion, kind: resource.kind }
}

/** An object as it is stored. */
export const toStored = (resource: ServedResource, object: AnyObject): AnyObject => (resource.group === 'events.k8s.io' ? toCoreEvent(object) : object)

/** The time in whole seconds as metadata writes it. Its text is made once a second. */
export const timestampsOf = (clock: Clock): (() => string) => {
  let [second, text] = [NaN, '']
  return () => {
    const now = Math.floor(clock.now() / 1000)
    if (now !== second) [second, text] = [now, new Date(now * 1000).toISOString().replace('.000Z', 'Z')]
    return text
  }
}

/** A copy that may be changed. */
export const clone = jsonCopy
