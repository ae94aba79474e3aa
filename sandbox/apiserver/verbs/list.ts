import { bucketOf } from '../registry.ts'
import { inVersion, storageKey, type Core, type ResourceRequest } from '../core.ts'
import { badRequest, expired, invalid, notFound, tooLargeRevision, StatusError } from '../errors.ts'
import { integerOption, parseRevision } from '../options.ts'
import type { AnyObject, Cause } from '../resource.ts'
import { parseFieldSelector, parseLabelSelector, type Selector } from '../selectors.ts'

/** A page of a list. */
export type Page = { items: AnyObject[]; revision: number; continue?: string; remaining?: number }

/** @throws StatusError 404, or 504 for a revision that hasn't come yet. */
export const getObject = (core: Core, { resource, namespace, name, query }: ResourceRequest): AnyObject => {
  const asked = query.get('resourceVersion')
  if (asked) requireReached(core, parseRevision(asked))
  const found = core.storage.get(bucketOf(resource), storageKey(namespace, name))
  if (found === undefined) throw notFound(resource, name)
  return inVersion(resource, found)
}

/** What the selectors of a request leave; `metadata.name` comes from the path too, where a watch names one object. */
export const selectorOf = ({ resource, query, name }: ResourceRequest): Selector => {
  const selectors: Selector[] = []
  const labels = query.get('labelSelector')
  const fields = query.get('fieldSelector')
  if (labels) selectors.push(parseLabelSelector(labels))
  if (fields) selectors.push(viewed(resource, parseFieldSelector(fields, resource)))
  if (name !== '') selectors.push((object) => object.metadata.name === name)
  return (object) => selectors.every((select) => select(object))
}

const viewed = (resource: ResourceRequest['resource'], select: Selector): Selector =>
  resource.group === 'events.k8s.io' ? (object) => select(inVersion(resource, object)) : select

/** Keys of a namespace begin with this. */
export const prefixOf = ({ namespace }: Pick<ResourceRequest, 'namespace'>): string => (namespace === '' ? '' : `${namespace}/`)

/** One page, all of it at one revision: `limit` and `continue` walk through a state that stands still. */
export const listObjects = (core: Core, request: ResourceRequest): Page => {
  const { query, resource } = request
  const limit = integerOption(query, 'limit') ?? 0
  checkListOptions(query)
  const token = query.get('continue')
  const start = token ? readToken(token) : { after: undefined, revision: requestedRevision(core, query, limit) }
  const revision = start.revision ?? core.storage.revision
  const select = selectorOf(request)
  const filtered = Boolean(query.get('labelSelector') || query.get('fieldSelector'))
  const { size, entries } = entriesAt(core, request, revision, start.after)
  const items: AnyObject[] = []
  let last = ''
  for (const [key, object] of entries) {
    if (!select(object)) continue
    if (limit > 0 && items.length === limit) {
      return { items, revision, continue: writeToken({ revision, after: last }), ...(filtered ? {} : { remaining: size - limit }) }
    }
    items.push(inVersion(resource, object))
    last = key
  }
  return { items, revision }
}

const entriesAt = (core: Core, request: ResourceRequest, revision: number, after: string | undefined) => {
  try {
    return core.storage.list(bucketOf(request.resource), prefixOf(request), { revision, ...(after === undefined ? {} : { after }) })
  } catch (error) {
    if (!(error instanceof StatusError) || after === undefined) throw error
    throw expiredToken(writeToken({ revision: undefined, after }))
  }
}

/** The state to answer from: the newest, or exactly the one asked for. */
const requestedRevision = (core: Core, query: URLSearchParams, limit: number): number | undefined => {
  const text = query.get('resourceVersion')
  if (!text) return undefined
  const asked = parseRevision(text)
  requireReached(core, asked)
  const match = query.get('resourceVersionMatch')
  // A limit without a match asked for exactly that state before matches existed, and still does.
  const exact = match === 'Exact' || (!match && limit > 0 && asked !== 0)
  return exact ? asked : undefined
}

const requireReached = (core: Core, asked: number): void => {
  if (asked > core.storage.revision) throw tooLargeRevision(asked, core.storage.revision)
}

/** Refuses combinations of list options that mean nothing. */
export const checkListOptions = (query: URLSearchParams): void => {
  const match = query.get('resourceVersionMatch') ?? ''
  const revision = query.get('resourceVersion') ?? ''
  const causes: Cause[] = []
  const forbid = (message: string) => causes.push({ field: 'resourceVersionMatch', reason: 'FieldValueForbidden', message: `Forbidden: ${message}` })
  if (query.get('continue') && revision !== '' && revision !== '0') {
    throw badRequest('specifying resource version is not allowed when using continue')
  }
  if (query.get('sendInitialEvents') !== null) {
    causes.push({ field: 'sendInitialEvents', reason: 'FieldValueForbidden', message: 'Forbidden: sendInitialEvents is forbidden for list' })
  }
  if (match !== '') {
    if (revision === '') forbid('resourceVersionMatch is forbidden unless resourceVersion is provided')
    if (query.get('continue')) forbid('resourceVersionMatch is forbidden when continue is provided')
    if (match === 'Exact' && revision === '0') forbid('resourceVersionMatch "exact" is forbidden for resourceVersion "0"')
  }
  if (!['', 'Exact', 'NotOlderThan'].includes(match)) {
    const message = `Unsupported value: ${JSON.stringify(match)}: supported values: "Exact", "NotOlderThan", ""`
    causes.push({ field: 'resourceVersionMatch', reason: 'FieldValueNotSupported', message })
  }
  if (causes.length > 0) throw invalid({ group: 'meta.k8s.io', plural: '', kind: 'ListOptions' }, '', causes)
}

type Token = { revision: number | undefined; after: string }

/** A token without a revision goes on in whatever the state is then. */
const writeToken = ({ revision, after }: Token): string =>
  Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: revision ?? -1, start: after })).toString('base64url')

const readToken = (token: string): Token => {
  try {
    const { v, rv, start } = JSON.parse(Buffer.from(token, 'base64url').toString()) as { v?: unknown; rv?: unknown; start?: unknown }
    if (v === 'meta.k8s.io/v1' && typeof rv === 'number' && typeof start === 'string') return { revision: rv < 0 ? undefined : rv, after: start }
  } catch {
    throw badRequest(`invalid continue token: continue key is not valid: ${JSON.stringify(token)}`)
  }
  throw badRequest('invalid continue token: continue key is not valid: it was not made by this server')
}

const expiredToken = (next: string): StatusError => {
  const error = expired(
    'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, '
      + 'or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an '
      + 'inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.',
  )
  return Object.assign(error, { continue: next })
}
