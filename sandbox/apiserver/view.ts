import { stringify } from 'yaml'
import { apiVersionOf } from '../../crds/kubernetes.ts'
import type { Core, ResourceRequest } from './core.ts'
import { badRequest, notAcceptable } from './errors.ts'
import type { ServerResponse } from './request.ts'
import type { AnyObject, ServedResource } from './resource.ts'
import { partialMetadata, tableOf, type IncludeObject } from './table.ts'
import type { Page } from './verbs/list.ts'

/** The shape in which the client wants objects. */
export type View = { as: 'object' | 'table' | 'metadata'; format: 'json' | 'yaml'; includeObject: IncludeObject }

const offered = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf']

/** Picks the first thing of the Accept header that this server makes. Throws 406 where there is none. */
export const negotiate = (accept: string | undefined, query: URLSearchParams): View => {
  const includeObject = (query.get('includeObject') ?? 'Metadata') as IncludeObject
  if (!['None', 'Metadata', 'Object'].includes(includeObject)) throw badRequest(`unrecognized includeObject value: ${JSON.stringify(includeObject)}`)
  for (const clause of (accept || '*/*').split(',')) {
    const [type = '', ...parameters] = clause.split(';').map((part) => part.trim())
    const format = formats[type.toLowerCase()]
    const as = viewOf(new Map(parameters.map((parameter) => parameter.split('=', 2) as [string, string])))
    if (format !== undefined && as !== undefined) return { as, format, includeObject }
  }
  throw notAcceptable(offered)
}

const formats: Record<string, View['format']> = {
  'application/json': 'json',
  'application/*': 'json',
  '*/*': 'json',
  'application/yaml': 'yaml',
}

const viewOf = (parameters: Map<string, string>): View['as'] | undefined => {
  const as = parameters.get('as')
  if (as === undefined) return 'object'
  if (parameters.get('g') !== 'meta.k8s.io' || parameters.get('v') !== 'v1') return undefined
  if (as === 'Table') return 'table'
  return as === 'PartialObjectMetadata' || as === 'PartialObjectMetadataList' ? 'metadata' : undefined
}

/** An answer with one object. */
export const objectResponse = (core: Core, view: View, request: ResourceRequest, object: AnyObject, status = 200): ServerResponse =>
  encode(view, status, objectBody(core, view, request.resource, object))

/** An answer with a list. */
export const listResponse = (core: Core, view: View, { resource }: ResourceRequest, page: Page): ServerResponse => {
  const metadata = {
    resourceVersion: String(page.revision),
    ...(page.continue === undefined ? {} : { continue: page.continue }),
    ...(page.remaining === undefined ? {} : { remainingItemCount: page.remaining }),
  }
  const { as, includeObject } = view
  if (as === 'table') return encode(view, 200, tableOf(resource, page.items, metadata, { includeObject, now: core.clock.now() }))
  if (as === 'metadata') {
    const items = page.items.map(partialMetadata)
    return encode(view, 200, { kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1', metadata, items })
  }
  // Items of a built-in list leave out what the list says already; those of a custom one do not.
  const items = resource.custom ? page.items : page.items.map(({ apiVersion: _, kind: _kind, ...rest }) => rest)
  return encode(view, 200, { kind: resource.listKind, apiVersion: apiVersionOf(resource), metadata, items })
}

/** What a watch sends of an object. The headers of a table come with its first event only. */
export const presenter = (core: Core, view: View, resource: ServedResource): ((object: AnyObject) => object) => {
  let headers = true
  return (object) => {
    if (view.as !== 'table') return objectBody(core, view, resource, object)
    const metadata = { resourceVersion: object.metadata['resourceVersion'] }
    const table = tableOf(resource, [object], metadata, { includeObject: view.includeObject, now: core.clock.now(), headers })
    headers = false
    return table
  }
}

const objectBody = (core: Core, { as, includeObject }: View, resource: ServedResource, object: AnyObject): object => {
  if (as === 'metadata') return partialMetadata(object)
  if (as === 'object') return object
  const metadata = { resourceVersion: object.metadata['resourceVersion'] }
  return tableOf(resource, [object], metadata, { includeObject, now: core.clock.now() })
}

/** A document in the negotiated format. */
export const encode = ({ format }: Pick<View, 'format'>, status: number, body: object | null): ServerResponse =>
  format === 'yaml'
    ? { status, headers: { 'content-type': 'application/yaml' }, body: stringify(body) }
    : { status, headers: { 'content-type': 'application/json' }, body: { json: body } }
