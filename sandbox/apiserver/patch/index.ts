import { apiVersionOf } from '../../../crds/kubernetes.ts'
import { badRequest, invalid, StatusError, unsupportedMediaType } from '../errors.ts'
import type { AnyObject, ServedResource } from '../resource.ts'
import { applyPatch } from './apply.ts'
import { jsonPatch, JsonPatchError } from './json.ts'
import { mergePatch } from './merge.ts'
import { strategicMergePatch, StrategicPatchError } from './strategic.ts'

export type Patch = {
  resource: ServedResource
  /** The stored object; undefined only for an apply that creates. */
  live: AnyObject | undefined
  /** The parsed body. */
  patch: unknown
  /** The media type alone, without parameters. */
  contentType: string
  /** `fieldManager`; an apply cannot do without. */
  manager: string
  force: boolean
  /** `status`, `scale`, … or ''. */
  subresource: string
  /** RFC 3339, whole seconds. */
  now: string
  name: string
  namespace?: string
}

export const jsonPatchType = 'application/json-patch+json'
export const mergePatchType = 'application/merge-patch+json'
export const strategicPatchType = 'application/strategic-merge-patch+json'
export const applyPatchType = 'application/apply-patch+yaml'

/** The patch types that a resource takes, as the 415 answer lists them. */
export const patchTypes = ({ custom }: ServedResource): string[] =>
  [jsonPatchType, mergePatchType, ...(custom ? [] : [strategicPatchType]), applyPatchType]

/** True for the one patch that may create and that records its own managedFields. */
export const isApply = (contentType: string): boolean => contentType === applyPatchType

/**
 * The object after a patch. Nothing given is changed. Not yet decoded: unknown fields are pruned and defaults filled in afterwards.
 *
 * @throws StatusError 400 for a patch of the wrong shape, 409 for conflicts of an apply, 415 for a patch type that the resource does not take,
 * 422 for a JSON patch that does not fit the object.
 */
export const patchObject = (request: Patch): AnyObject => {
  const { resource, live, contentType } = request
  if (!patchTypes(resource).includes(contentType)) throw unsupportedMediaType(patchTypes(resource))
  if (isApply(contentType)) return applyPatch({ ...request, patch: configuration(request) })
  if (live === undefined) throw badRequest('only an apply patch creates an object')
  if (contentType === jsonPatchType) return asObject(patchByJson(live, request.patch))
  if (!isMembers(request.patch)) {
    throw badRequest(`error decoding patch: json: cannot unmarshal ${jsonType(request.patch)} into Go value of type map[string]interface {}`)
  }
  return asObject(contentType === mergePatchType ? mergePatch(live, request.patch) : patchStrategically(resource, live, request.patch))
}

/** What PatchOptions may say for a patch type; throws 422 as the server does. */
export const checkPatchOptions = (contentType: string, options: { manager: string | undefined; force: boolean | undefined }): void => {
  const subject = { group: 'meta.k8s.io', plural: '', kind: 'PatchOptions' }
  if (isApply(contentType)) {
    if (options.manager === undefined || options.manager === '') {
      throw invalid(subject, '', [{ field: 'fieldManager', reason: 'FieldValueRequired', message: 'Required value: is required for apply patch' }])
    }
  } else if (options.force !== undefined) {
    throw invalid(subject, '', [{ field: 'force', reason: 'FieldValueForbidden', message: 'Forbidden: may not be specified for non-apply patch' }])
  }
}

const configuration = ({ resource, patch, name, namespace }: Patch): AnyObject => {
  if (!isMembers(patch)) {
    const problem = `json: cannot unmarshal ${jsonType(patch)} into Go value of type map[string]interface {}`
    throw badRequest(`error decoding YAML: error unmarshaling JSON: while decoding JSON: ${problem}`)
  }
  if (patch.apiVersion !== apiVersionOf(resource) || patch.kind !== resource.kind) {
    throw badRequest(`invalid object type: ${groupVersionKind(patch)}`)
  }
  const metadata = isMembers(patch.metadata) ? patch.metadata : {}
  if (typeof metadata.name !== 'string' || metadata.name === '') {
    throw badRequest(`the name of the object (${name} based on URL) was undeterminable: name must be provided`)
  }
  if (metadata.name !== name) throw badRequest(`the name of the object (${metadata.name}) does not match the name on the URL (${name})`)
  if (typeof metadata.namespace === 'string' && metadata.namespace !== (namespace ?? '')) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request')
  }
  return { ...patch, metadata } as AnyObject
}

const groupVersionKind = ({ apiVersion, kind }: Record<string, unknown>): string => {
  const version = typeof apiVersion === 'string' ? apiVersion : ''
  return `${version.includes('/') ? version : `/${version}`}, Kind=${typeof kind === 'string' ? kind : ''}`
}

const patchByJson = (live: AnyObject, patch: unknown): unknown => {
  if (!Array.isArray(patch)) throw badRequest(`error decoding patch: json: cannot unmarshal ${jsonType(patch)} into Go value of type []handlers.jsonPatchOp`)
  try {
    return jsonPatch(live, patch)
  } catch (error) {
    if (!(error instanceof JsonPatchError)) throw error
    // A real server leaves out the reason; the first sentence is the one that clients know.
    throw new StatusError(422, 'Invalid', `the server rejected our request due to an error in our request: ${error.message}`, {})
  }
}

const patchStrategically = (resource: ServedResource, live: AnyObject, patch: Record<string, unknown>): unknown => {
  try {
    return strategicMergePatch(resource.schema, live, patch)
  } catch (error) {
    if (error instanceof StrategicPatchError) throw badRequest(error.message)
    throw error
  }
}

const asObject = (value: unknown): AnyObject => {
  if (!isMembers(value)) throw badRequest(`the patched object is no object but ${jsonType(value)}`)
  return value as AnyObject
}

const jsonType = (value: unknown): string => (value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value)

const isMembers = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)
