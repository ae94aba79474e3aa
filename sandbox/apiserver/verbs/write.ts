import { parseBody, readDocument, mediaTypeOf } from '../body.ts'
import { type Core, type ResourceRequest } from '../core.ts'
import { badRequest, invalid, StatusError, unsupportedMediaType } from '../errors.ts'
import { booleanOption, writeOptions, type WriteOptions } from '../options.ts'
import { checkPatchOptions, isApply, patchObject, patchTypes } from '../patch/index.ts'
import type { AnyObject, ServedResource } from '../resource.ts'
import { invalidCause } from '../schema/causes.ts'
import { decode } from '../schema/decode.ts'
import { createObject, updateObject, type Write, type Written } from '../write.ts'
import { ownCopy, settle, settledBase } from '../settled.ts'

/** POST. */
export const create = async (core: Core, request: ResourceRequest): Promise<Written> => {
  const { resource } = request
  const options = writeOptions(request, 'CreateOptions')
  const { object, warnings } = decodeBody(request, options)
  checkNamespace(request, object)
  if (object.metadata['resourceVersion']) throw new StatusError(500, '', 'resourceVersion should not be set on objects to be created')
  const named = object.metadata.name !== undefined && object.metadata.name !== ''
  if (!named && !object.metadata['generateName']) {
    throw invalid(resource, '', [{ field: 'metadata.name', reason: 'FieldValueRequired', message: 'Required value: name or generateName is required' }])
  }
  if (!named) delete object.metadata.name
  return withWarnings(await createObject(core, writeOf(request, options), object), warnings)
}

/** Whether a PUT creates an object of this kind where there is none. */
export const createdByUpdate = ({ group, plural }: ServedResource): boolean => putCreates.has(`${group}/${plural}`)

const putCreates = new Set(['coordination.k8s.io/leases', '/events', 'events.k8s.io/events', '/endpoints', '/services', '/limitranges'])

/** PUT, on the object or its status. */
export const update = async (core: Core, request: ResourceRequest): Promise<Written> => {
  const { resource, name } = request
  const options = writeOptions(request, 'UpdateOptions')
  const { object, warnings } = decodeBody(request, options)
  checkNamespace(request, object)
  if (object.metadata.name === undefined) throw badRequest(`the name of the object (${name} based on URL) was undeterminable: name must be provided`)
  if (object.metadata.name !== name) throw badRequest(`the name of the object (${object.metadata.name}) does not match the name on the URL (${name})`)
  const mayCreate = request.subresource === '' && createdByUpdate(resource)
  const copyFor = (live: AnyObject | undefined): AnyObject => {
    const copy = ownCopy(object, settledBase(resource, live))
    settle(resource, copy)
    return copy
  }
  return withWarnings(await updateObject(core, writeOf(request, options), copyFor, mayCreate), warnings)
}

/** PATCH, on the object or its status: four kinds of patch, of which apply may create. */
export const patch = async (core: Core, request: ResourceRequest): Promise<Written> => {
  const { resource, namespace, name } = request
  const contentType = mediaTypeOf(request.headers['content-type'])
  if (!patchTypes(resource).includes(contentType)) throw unsupportedMediaType(patchTypes(resource))
  const options = writeOptions(request, 'PatchOptions')
  const force = booleanOption(request.query, 'force')
  checkPatchOptions(contentType, { manager: options.givenManager, force })
  const { value, duplicates } = parseBody(request.body, isApply(contentType) ? 'yaml' : 'json')
  const apply = isApply(contentType)
  let warnings: string[] = []
  const change = (live: AnyObject | undefined): AnyObject => {
    const patched = patchObject({
      resource,
      live,
      patch: value,
      contentType,
      manager: options.manager,
      force: force === true,
      subresource: request.subresource,
      now: core.timestamp(),
      name,
      ...(namespace === '' ? {} : { namespace }),
    })
    const base = settledBase(resource, live)
    const decoded = decode(resource, ownCopy(patched, base), { fieldValidation: options.fieldValidation, duplicates }, base)
    warnings = decoded.warnings
    return live === undefined ? decoded.object : withIdentity(request, decoded.object, live)
  }
  const write = { ...writeOf(request, options), managed: apply }
  return withWarnings(await updateObject(core, write, change, apply && request.subresource === ''), warnings)
}

/**
 * A patch that leaves the resourceVersion alone means whatever is there now. A patch cannot change the uid; on the status of a custom resource
 * a real server does not even look at it.
 */
const withIdentity = ({ resource, subresource }: ResourceRequest, object: AnyObject, live: AnyObject): AnyObject => {
  object.metadata['resourceVersion'] ??= live.metadata['resourceVersion']
  const { uid } = object.metadata
  if (resource.custom && subresource === 'status') object.metadata['uid'] = live.metadata['uid']
  else if (uid !== undefined && uid !== live.metadata['uid']) {
    throw invalid(resource, live.metadata.name ?? '', [invalidCause('metadata.uid', uid, 'field is immutable')])
  }
  return object
}

export const writeOf = (request: ResourceRequest, options: WriteOptions): Write => ({
  resource: request.resource,
  namespace: request.namespace,
  name: request.name,
  subresource: request.subresource,
  user: request.user,
  manager: options.manager,
  dryRun: options.dryRun,
  managed: false,
})

/** The decoded body of a create or update, in the version of storage. */
export const decodeBody = (request: ResourceRequest, { fieldValidation }: WriteOptions, resource: ServedResource = request.resource) => {
  const { value, duplicates } = readDocument(request.body, request.headers['content-type'])
  return decode(resource, value, { fieldValidation, duplicates })
}

const checkNamespace = ({ resource, namespace }: ResourceRequest, { metadata }: AnyObject): void => {
  if (!resource.namespaced || metadata.namespace === undefined || metadata.namespace === '' || metadata.namespace === namespace) return
  throw badRequest('the namespace of the provided object does not match the namespace sent on the request')
}

const withWarnings = (written: Written, warnings: string[]): Written => ({ ...written, warnings: [...warnings, ...written.warnings] })

