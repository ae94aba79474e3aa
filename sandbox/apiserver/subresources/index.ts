import { readDocument } from '../body.ts'
import type { Core, ResourceRequest } from '../core.ts'
import { badRequest, methodNotAllowed, unknownResource } from '../errors.ts'
import { finalizeNamespace } from '../background/namespaces.ts'
import { bucketOf } from '../registry.ts'
import { jsonResponse, type ServerResponse } from '../request.ts'
import { objectResponse, type View } from '../view.ts'
import { getObject } from '../verbs/list.ts'
import { patch, update } from '../verbs/write.ts'
import { defaultAudience, type TokenSigner } from '../access/service-account-tokens.ts'
import { bindPod, evictPod, podLog, type PodLogs } from './pods.ts'
import { getScale, scaleResource, writeScale } from './scale.ts'

export type SubresourceContext = { core: Core; signer: TokenSigner; podLogs: PodLogs | undefined }

type Handler = (context: SubresourceContext, request: ResourceRequest, view: View) => Promise<ServerResponse> | ServerResponse

/** Answers a request to a subresource. Throws 404 for one that the resource does not have, 405 for the wrong verb. */
export const handleSubresource: Handler = (context, request, view) => {
  const verbs = handlersOf(request)
  if (verbs === undefined) throw unknownResource()
  const handler = verbs[request.verb]
  if (handler === undefined) throw methodNotAllowed()
  return handler(context, request, view)
}

/** Subresources of a resource with their verbs and kind, for discovery. */
export const subresourcesOf = (resource: ResourceRequest['resource']): { name: string; verbs: string[]; kind: string; group?: string; version?: string }[] => [
  ...(resource.hasStatus ? [{ name: 'status', verbs: ['get', 'patch', 'update'], kind: resource.kind }] : []),
  ...(resource.scale === undefined ? [] : [{ name: 'scale', verbs: ['get', 'patch', 'update'], kind: 'Scale', group: 'autoscaling', version: 'v1' }]),
  ...(own[bucketOf(resource)] ?? []).map(({ name, verbs, kind, group, version }) => ({
    name,
    verbs: Object.keys(verbs),
    kind,
    ...(group === undefined ? {} : { group }),
    ...(version === undefined ? {} : { version }),
  })),
]

const getStatus: Handler = ({ core }, request, view) => objectResponse(core, view, request, getObject(core, request))
const writeWith =
  (verb: typeof update): Handler =>
  async ({ core }, request, view) =>
    objectResponse(core, view, request, (await verb(core, request)).object)

const status = { get: getStatus, update: writeWith(update), patch: writeWith(patch) }

const writeScaled: Handler = async ({ core }, request, view) => scaleResponse(core, request, view, (await writeScale(core, request)).object)
const scaleResponse = (core: Core, request: ResourceRequest, view: View, object: Parameters<typeof objectResponse>[3]) =>
  objectResponse(core, view, { ...request, resource: scaleResource(request.resource) }, object)
const scale: Record<string, Handler> = {
  get: ({ core }, request, view) => scaleResponse(core, request, view, getScale(core, request)),
  update: writeScaled,
  patch: writeScaled,
}

const created = (): ServerResponse => jsonResponse(201, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 })

const issueToken: Handler = ({ core, signer }, request) => {
  const account = getObject(core, request)
  const { value } = readDocument(request.body, request.headers['content-type'])
  const { spec = {} } = (value ?? {}) as { spec?: { audiences?: string[]; expirationSeconds?: number } }
  const seconds = spec.expirationSeconds ?? 3600
  if (seconds < 600) throw badRequest('spec.expirationSeconds: Invalid value: may not specify a duration less than 10 minutes')
  const audiences = spec.audiences?.length ? spec.audiences : [defaultAudience]
  const expires = Math.floor(core.clock.now() / 1000) + seconds
  const token = signer.sign({ namespace: request.namespace, name: request.name, uid: String(account.metadata['uid']), audiences, expires })
  return jsonResponse(201, {
    kind: 'TokenRequest',
    apiVersion: 'authentication.k8s.io/v1',
    metadata: { name: request.name, namespace: request.namespace, creationTimestamp: core.timestamp() },
    spec: { ...spec, audiences, expirationSeconds: seconds },
    status: { token, expirationTimestamp: new Date(expires * 1000).toISOString().replace('.000Z', 'Z') },
  })
}

type Own = { name: string; verbs: Record<string, Handler>; kind: string; group?: string; version?: string }

const own: Record<string, Own[]> = {
  '/pods': [
    { name: 'binding', kind: 'Binding', verbs: { create: async ({ core }, request) => (await bindPod(core, request), created()) } },
    { name: 'eviction', kind: 'Eviction', group: 'policy', version: 'v1', verbs: { create: async ({ core }, request) => (await evictPod(core, request), created()) } },
    { name: 'log', kind: 'Pod', verbs: { get: ({ core, podLogs }, request) => podLog(core, request, podLogs) } },
  ],
  '/serviceaccounts': [{ name: 'token', kind: 'TokenRequest', group: 'authentication.k8s.io', version: 'v1', verbs: { create: issueToken } }],
  '/namespaces': [
    {
      name: 'finalize',
      kind: 'Namespace',
      verbs: { update: async ({ core }, request, view) => objectResponse(core, view, request, await finalizeNamespace(core, request)) },
    },
  ],
}

const handlersOf = ({ resource, subresource }: ResourceRequest): Record<string, Handler> | undefined => {
  if (subresource === 'status') return resource.hasStatus ? status : undefined
  if (subresource === 'scale') return resource.scale === undefined ? undefined : scale
  return own[bucketOf(resource)]?.find(({ name }) => name === subresource)?.verbs
}
