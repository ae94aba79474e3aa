import { createdByUpdate } from '../verbs/write.ts'
import { mediaTypeOf } from '../body.ts'
import { storageKey, type ResourceRequest } from '../core.ts'
import { forbidden, StatusError } from '../errors.ts'
import { isApply } from '../patch/index.ts'
import { bucketOf } from '../registry.ts'
import type { ServerRequest, UserInfo } from '../request.ts'
import type { Route } from '../router.ts'
import type { Storage } from '../storage.ts'
import type { Attributes, Authorizer } from './rbac.ts'

/** The verb of a request, as RBAC names it. */
export const verbOf = ({ method, query }: ServerRequest, { name, watch }: { name: string; watch: boolean }): string => {
  const watching = watch || query.get('watch') === 'true' || query.get('watch') === '1'
  if (method === 'GET' || method === 'HEAD') return watching ? 'watch' : name === '' ? 'list' : 'get'
  if (method === 'DELETE') return name === '' ? 'deletecollection' : 'delete'
  return ({ POST: 'create', PUT: 'update', PATCH: 'patch' } as Record<string, string>)[method] ?? method.toLowerCase()
}

/** What a request wants, as roles speak of it. */
export const attributesOf = (request: ServerRequest, target: Route): Attributes => {
  const { path } = request
  if (target.kind === 'path') return { verb: request.method.toLowerCase(), group: '', resource: '', subresource: '', name: '', namespace: '', path }
  const { namespace, subresource } = target
  const { group, plural } = target.kind === 'resource' ? target.resource : target
  const verb = verbOf(request, { name: target.name, watch: target.kind === 'resource' && target.watch })
  const name = ['list', 'watch', 'deletecollection'].includes(verb) ? nameAskedFor(request) : target.name
  // A namespace counts as inside itself, so that a role in it can show it.
  return { verb, group, resource: plural, subresource, name, namespace: plural === 'namespaces' && group === '' ? target.name : namespace }
}

/** A list or watch of one object by its name is a request about that object: a role may allow it by `resourceNames`. */
const nameAskedFor = ({ query }: ServerRequest): string => {
  const terms = (query.get('fieldSelector') ?? '').split(',').map((term) => /^metadata\.name==?([^=].*)$/.exec(term.trim())?.[1])
  return terms.find((name) => name !== undefined) ?? ''
}

/** The further right that a patch or a PUT needs where it would create: the right to create that very object. */
export const creationOf = (storage: Storage, request: ResourceRequest): Attributes | undefined => {
  const { resource, verb, namespace, name, subresource } = request
  const creates = verb === 'patch' ? isApply(mediaTypeOf(request.headers['content-type'])) : verb === 'update' && createdByUpdate(resource)
  if (!creates || storage.get(bucketOf(resource), storageKey(namespace, name)) !== undefined) return undefined
  return { verb: 'create', group: resource.group, resource: resource.plural, subresource, name, namespace }
}

/** Throws 403 unless the user may. */
export const authorize = (authorizer: Authorizer, user: UserInfo, attributes: Attributes): void => {
  if (authorizer.allows(user, attributes)) return
  const { verb, group, resource, subresource, name, namespace, path } = attributes
  const who = `User ${JSON.stringify(user.username)} cannot`
  if (path !== undefined) {
    throw new StatusError(403, 'Forbidden', `forbidden: ${who} ${verb} path ${JSON.stringify(path)}`, {})
  }
  const what = JSON.stringify(subresource === '' ? resource : `${resource}/${subresource}`)
  const where = namespace === '' ? 'at the cluster scope' : `in the namespace ${JSON.stringify(namespace)}`
  throw forbidden({ group, plural: resource }, name, `${who} ${verb} resource ${what} in API group ${JSON.stringify(group)} ${where}`)
}
