import { authenticate, impersonate } from './access/authentication.ts'
import { attributesOf, authorize, creationOf, verbOf } from './access/authorize.ts'
import type { Authorizer } from './access/rbac.ts'
import { answerReview } from './access/reviews.ts'
import type { TokenSigner } from './access/service-account-tokens.ts'
import { isTerminating } from './background/custom-resources.ts'
import type { Core, ResourceRequest } from './core.ts'
import { methodNotAllowed, methodNotSupported, unknownResource } from './errors.ts'
import { handlePath, type PathContext } from './paths.ts'
import { jsonResponse, type ServerRequest, type ServerResponse, type UserInfo } from './request.ts'
import { route, type Route } from './router.ts'
import type { AggregatedApi } from './server.ts'
import { handleSubresource } from './subresources/index.ts'
import type { PodLogs } from './subresources/pods.ts'
import { deleteCollection, deleteObject, deleteOptionsOf } from './verbs/delete.ts'
import { getObject, listObjects } from './verbs/list.ts'
import { watchObjects } from './verbs/watch.ts'
import { create, patch, update } from './verbs/write.ts'
import { encode, listResponse, negotiate, objectResponse, presenter, type View } from './view.ts'
import type { Written } from './write.ts'

export type HandlerOptions = {
  core: Core
  tokens: ReadonlyMap<string, UserInfo>
  signer: TokenSigner
  authorizer: Authorizer
  aggregated: ReadonlyMap<string, AggregatedApi>
  podLogs: PodLogs | undefined
  /** Aborted when the server closes. */
  ending: AbortSignal
  openApi: PathContext['openApi']
}

/** Authenticates, authorizes and answers. Throws StatusError for every refusal. */
export const createHandler = (options: HandlerOptions) => {
  const { core, authorizer, aggregated } = options
  return async (request: ServerRequest): Promise<ServerResponse> => {
    const user = impersonate(authenticate(request, options.tokens, options.signer), request.headers, authorizer)
    const target = route(core.registry, request.path)
    authorize(authorizer, user, attributesOf(request, target))
    if (target.kind === 'path') return handlePath(options, request)
    if (target.kind === 'unknown') {
      const foreign = aggregated.get(`${target.group}/${target.version}`)
      if (foreign === undefined) throw unknownResource()
      return foreign.handle({ ...request, signal: signalOf(options, request) }, user)
    }
    const verb = verbOf(request, target)
    const streams = verb === 'watch' || target.subresource !== ''
    return handleResource(options, {
      resource: target.resource,
      verb,
      namespace: target.resource.namespaced || target.resource.kind === 'Namespace' ? namespaceOf(target) : '',
      name: target.name,
      subresource: target.subresource,
      query: request.query,
      headers: request.headers,
      body: request.body,
      user,
      signal: streams ? signalOf(options, request) : undefined,
    })
  }
}

/** Ends what is read for long, and nothing else is: a signal of two costs more than many an answer. */
const signalOf = ({ ending }: HandlerOptions, { method, signal }: ServerRequest): AbortSignal =>
  signal === undefined || method !== 'GET' ? ending : AbortSignal.any([signal, ending])

/** `/api/v1/namespaces/<name>` is about a namespace, not inside one. */
const namespaceOf = (target: Extract<Route, { kind: 'resource' }>): string => (target.resource.namespaced ? target.namespace : '')

const handleResource = async (options: HandlerOptions, request: ResourceRequest): Promise<ServerResponse> => {
  const { core } = options
  const view = negotiate(request.headers['accept'], request.query)
  const { resource, verb, name } = request
  if (resource.verbs.length === 1 && verb === 'create' && request.subresource === '') {
    return jsonResponse(201, answerReview({ ...options }, request))
  }
  if (request.subresource !== '') return handleSubresource({ core, signer: options.signer, podLogs: options.podLogs }, request, view)
  if (!resource.verbs.includes(verb) || (verb === 'create') !== (name === '') && !onCollections.includes(verb)) throw methodNotAllowed()
  if (resource.namespaced && request.namespace === '' && !['list', 'watch'].includes(verb)) throw name === '' ? methodNotAllowed() : unknownResource()
  if (verb === 'create' && resource.custom && isTerminating(core, resource)) throw methodNotSupported(resource, 'create')
  const creation = creationOf(core.storage, request)
  if (creation !== undefined) authorize(options.authorizer, request.user, creation)
  return verbs[verb]?.(core, request, view) ?? Promise.reject(methodNotAllowed())
}

/** Verbs that are fine without a name. */
const onCollections = ['list', 'watch', 'deletecollection']

type Verb = (core: Core, request: ResourceRequest, view: View) => Promise<ServerResponse>

const verbs: Record<string, Verb> = {
  get: async (core, request, view) => objectResponse(core, view, request, getObject(core, request)),
  list: async (core, request, view) => listResponse(core, view, request, listObjects(core, request)),
  watch: async (core, request, view) => ({
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: watchObjects(core, request, presenter(core, view, request.resource)),
  }),
  create: async (core, request, view) => written(core, request, view, await create(core, request)),
  update: async (core, request, view) => written(core, request, view, await update(core, request)),
  patch: async (core, request, view) => written(core, request, view, await patch(core, request)),
  delete: async (core, request, view) => {
    const { resource, namespace, name, user } = request
    const { object, gone, warnings } = await deleteObject(core, { resource, namespace, name, user }, deleteOptionsOf(request))
    const asStatus = gone && !returnedWhenDeleted.has(resource.plural)
    const shown = asStatus ? encode(view, 200, deletedStatus(request, object)) : objectResponse(core, view, request, object)
    return withWarnings(shown, warnings)
  },
  deletecollection: async (core, request, view) =>
    listResponse(core, view, request, { items: await deleteCollection(core, request), revision: core.storage.revision }),
}

/** Kinds whose deletion is answered with the object as it was. */
const returnedWhenDeleted = new Set([
  'pods', 'persistentvolumes', 'persistentvolumeclaims', 'services', 'serviceaccounts', 'resourcequotas', 'storageclasses', 'csinodes', 'csidrivers',
  'volumeattachments', 'volumeattributesclasses',
])

const deletedStatus = ({ resource, name }: ResourceRequest, { metadata }: { metadata: Record<string, unknown> }) => ({
  kind: 'Status',
  apiVersion: 'v1',
  metadata: {},
  status: 'Success',
  details: { name, ...(resource.group === '' ? {} : { group: resource.group }), kind: resource.plural, uid: metadata['uid'] },
})

const written = (core: Core, request: ResourceRequest, view: View, { object, created, warnings }: Written): ServerResponse =>
  withWarnings(objectResponse(core, view, request, object, created ? 201 : 200), warnings)

const withWarnings = (response: ServerResponse, warnings: string[]): ServerResponse => {
  if (warnings.length === 0) return response
  const header = warnings.map((warning) => `299 - ${JSON.stringify(warning.replace(/[\r\n]+/g, ' '))}`).join(', ')
  return { ...response, headers: { ...response.headers, warning: header } }
}
