import { apiVersionOf } from '../../crds/kubernetes.ts'
import type { KubeObject, NewObject, ResourceType } from '../../crds/kubernetes.ts'
import { apiErrorOf } from './api-error.ts'
import type { ApiRequest, Transport } from './transport.ts'
import { decodeWatch } from './watch-decoder.ts'
import type { WatchEvent } from './watch-decoder.ts'

export { ApiError, isConflict, isExpired, isNotFound } from './api-error.ts'

/** Names one object. `namespace` is left out for cluster-scoped kinds. */
export type Target = { name: string; namespace?: string | undefined }

export type ListOptions = {
  namespace?: string | undefined
  labelSelector?: string | undefined
  fieldSelector?: string | undefined
  /** Objects a page. */
  limit?: number | undefined
  continue?: string | undefined
  resourceVersion?: string | undefined
  /** Items hold `metadata` and nothing else, `kind` and `apiVersion` apart. */
  metadataOnly?: boolean | undefined
  signal?: AbortSignal | undefined
}

export type ListPage<T> = { items: T[]; resourceVersion: string; continue: string | undefined }

export type WatchOptions = Pick<ListOptions, 'namespace' | 'labelSelector' | 'fieldSelector' | 'metadataOnly' | 'signal'> & {
  resourceVersion: string
  timeoutSeconds?: number
}

export type ApplyOptions = { fieldManager: string; force?: boolean; subresource?: string }
export type WriteOptions = { fieldManager?: string; subresource?: string }

export type DeleteOptions = {
  preconditions?: { uid?: string; resourceVersion?: string }
  propagationPolicy?: 'Background' | 'Foreground' | 'Orphan'
  gracePeriodSeconds?: number
}

type Body = NewObject & Record<string, unknown>

/** Requests to one API server, in plain JSON. Every method throws `ApiError` for an answer that is not a success. */
export type Client = {
  get: <T = KubeObject>(resource: ResourceType, target: Target) => Promise<T>
  list: <T = KubeObject>(resource: ResourceType, options?: ListOptions) => Promise<ListPage<T>>
  create: <T = KubeObject>(resource: ResourceType, object: Body, options?: WriteOptions) => Promise<T>
  /** Server-side apply. `force` takes over fields of other managers. */
  apply: <T = KubeObject>(resource: ResourceType, object: Body, options: ApplyOptions) => Promise<T>
  /** Replaces the object, or its subresource; `metadata.resourceVersion` guards it. */
  update: <T = KubeObject>(resource: ResourceType, object: Body, options?: WriteOptions) => Promise<T>
  mergePatch: <T = KubeObject>(resource: ResourceType, target: Target, patch: object, options?: WriteOptions) => Promise<T>
  jsonPatch: <T = KubeObject>(resource: ResourceType, target: Target, patch: object[], options?: WriteOptions) => Promise<T>
  /** Returns the object that is still there because something holds it, or undefined when it is gone. */
  delete: <T = KubeObject>(resource: ResourceType, target: Target, options?: DeleteOptions) => Promise<T | undefined>
  getSubresource: <T = unknown>(resource: ResourceType, target: Target, subresource: string) => Promise<T>
  putSubresource: <T = unknown>(resource: ResourceType, target: Target, subresource: string, body?: object) => Promise<T>
  /** Opens a watch; resolves once the server has accepted it. The iterator throws when the stream breaks. */
  watch: (resource: ResourceType, options: WatchOptions) => Promise<AsyncIterable<WatchEvent>>
}

/** @param onAnswer - told of every answer, for metrics; `code` is '<error>' when none came. */
export const createClient = (transport: Transport, onAnswer: (method: string, code: string) => void = () => {}): Client => {
  const send = sender(transport, onAnswer)
  return {
    get: (resource, target) => send({ method: 'GET', path: pathOf(resource, target) }),
    list: (resource, options = {}) => listPage(send, resource, options),
    create: (resource, object, options = {}) =>
      send({ method: 'POST', path: pathOf(resource, { namespace: object.metadata.namespace }), body: object, query: writeQuery(options) }),
    apply: (resource, object, { fieldManager, force = true, subresource }) =>
      send({
        method: 'PATCH',
        path: pathOf(resource, targetOf(object), subresource),
        contentType: 'application/apply-patch+yaml',
        query: { fieldManager, force: String(force) },
        body: { ...object, apiVersion: apiVersionOf(resource), kind: resource.kind },
      }),
    update: (resource, object, options = {}) =>
      send({ method: 'PUT', path: pathOf(resource, targetOf(object), options.subresource), body: object, query: writeQuery(options) }),
    mergePatch: (resource, target, patch, options = {}) =>
      send(patchRequest(resource, target, patch, 'application/merge-patch+json', options)),
    jsonPatch: (resource, target, patch, options = {}) =>
      send(patchRequest(resource, target, patch, 'application/json-patch+json', options)),
    delete: (resource, target, options = {}) => deleteObject(send, resource, target, options),
    getSubresource: (resource, target, subresource) => send({ method: 'GET', path: pathOf(resource, target, subresource) }),
    putSubresource: (resource, target, subresource, body = {}) =>
      send({ method: 'PUT', path: pathOf(resource, target, subresource), body }),
    watch: (resource, options) => openWatch(transport, onAnswer, resource, options),
  }
}

/** The absolute path of a collection (no name), an object, or its subresource. Every part is percent-encoded. */
export const pathOf = (resource: ResourceType, target: Partial<Target>, subresource?: string): string => {
  const parts = resource.group === '' ? ['api', resource.version] : ['apis', resource.group, resource.version]
  if (resource.namespaced && target.namespace !== undefined) parts.push('namespaces', target.namespace)
  parts.push(resource.plural)
  if (target.name !== undefined) parts.push(target.name)
  if (subresource !== undefined) parts.push(...subresource.split('/'))
  return `/${parts.map(encodeURIComponent).join('/')}`
}

type Send = <T>(request: ApiRequest) => Promise<T>

const sender = (transport: Transport, onAnswer: (method: string, code: string) => void): Send =>
  async <T>(request: ApiRequest) => {
    const response = await transport.request(request).catch((error: unknown) => {
      onAnswer(request.method, '<error>')
      throw error
    })
    onAnswer(request.method, String(response.status))
    if (response.status < 200 || response.status > 299) throw apiErrorOf(response)
    return response.body as T
  }

const targetOf = (object: Body): Target => {
  if (object.metadata.name === undefined) throw new Error(`a ${object.kind} without metadata.name cannot be written`)
  return { name: object.metadata.name, namespace: object.metadata.namespace }
}

const writeQuery = (options: WriteOptions): Record<string, string> =>
  options.fieldManager === undefined ? {} : { fieldManager: options.fieldManager }

const patchRequest = (resource: ResourceType, target: Target, body: object, contentType: string, options: WriteOptions): ApiRequest =>
  ({ method: 'PATCH', path: pathOf(resource, target, options.subresource), contentType, body, query: writeQuery(options) })

type ListAnswer<T> = { items?: T[] | null; metadata?: { resourceVersion?: string; continue?: string } }

const listPage = async <T>(send: Send, resource: ResourceType, options: ListOptions): Promise<ListPage<T>> => {
  const answer = await send<ListAnswer<T>>({
    method: 'GET',
    path: pathOf(resource, { namespace: options.namespace }),
    query: definedOnly({
      labelSelector: options.labelSelector,
      fieldSelector: options.fieldSelector,
      limit: options.limit?.toString(),
      continue: options.continue,
      resourceVersion: options.resourceVersion,
    }),
    ...metadataOnly('PartialObjectMetadataList', options),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  })
  if (typeof answer !== 'object' || answer.metadata?.resourceVersion === undefined) throw new Error(`the list of ${resource.plural} came back without a resourceVersion`)
  // Items of a list carry no apiVersion and kind on a real server's wire for built-in kinds.
  const items = (answer.items ?? []).map((item) => ({ apiVersion: apiVersionOf(resource), kind: resource.kind, ...item }))
  const next = answer.metadata.continue
  return { items, resourceVersion: answer.metadata.resourceVersion, continue: next === '' ? undefined : next }
}

const deleteObject = async <T>(send: Send, resource: ResourceType, target: Target, options: DeleteOptions): Promise<T | undefined> => {
  const body = { apiVersion: 'v1', kind: 'DeleteOptions', ...options }
  const answer = await send<T>({ method: 'DELETE', path: pathOf(resource, target), body })
  return (answer as { kind?: string } | undefined)?.kind === resource.kind ? answer : undefined
}

const openWatch = async (
  transport: Transport,
  onAnswer: (method: string, code: string) => void,
  resource: ResourceType,
  options: WatchOptions,
): Promise<AsyncIterable<WatchEvent>> => {
  const stream = await transport.stream({
    method: 'GET',
    path: pathOf(resource, { namespace: options.namespace }),
    query: definedOnly({
      watch: 'true',
      allowWatchBookmarks: 'true',
      resourceVersion: options.resourceVersion,
      labelSelector: options.labelSelector,
      fieldSelector: options.fieldSelector,
      timeoutSeconds: options.timeoutSeconds?.toString(),
    }),
    ...metadataOnly('PartialObjectMetadata', options),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  })
  onAnswer('WATCH', String(stream.status))
  if (stream.status !== 200) throw apiErrorOf({ ...stream, body: await bodyOf(stream.chunks) })
  return decodeWatch(stream.chunks, transport.twins)
}

const metadataOnly = (as: string, options: Pick<ListOptions, 'metadataOnly'>): Pick<ApiRequest, 'headers'> =>
  options.metadataOnly === true ? { headers: { accept: `application/json;as=${as};g=meta.k8s.io;v=v1` } } : {}

const bodyOf = async (chunks: AsyncIterable<string>): Promise<unknown> => {
  let text = ''
  for await (const chunk of chunks) text += chunk
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

const definedOnly = (query: Record<string, string | undefined>): Record<string, string> =>
  Object.fromEntries(Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined))
