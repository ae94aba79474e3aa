import { typeSchema } from '../builtin/index.ts'
import { clone, type Core, type ResourceRequest } from '../core.ts'
import { readDocument, mediaTypeOf, parseBody } from '../body.ts'
import { badRequest, conflict } from '../errors.ts'
import { writeOptions } from '../options.ts'
import { isApply, patchObject } from '../patch/index.ts'
import type { AnyObject, ServedResource } from '../resource.ts'
import { decode } from '../schema/decode.ts'
import { getObject } from '../verbs/list.ts'
import { writeOf } from '../verbs/write.ts'
import { updateObject, type Written } from '../write.ts'

/** `autoscaling/v1` Scale, as patches and tables see it. */
export const scaleResource = (of: ServedResource): ServedResource => ({
  group: 'autoscaling',
  version: 'v1',
  kind: 'Scale',
  plural: of.plural,
  namespaced: of.namespaced,
  singular: 'scale',
  shortNames: [],
  categories: [],
  listKind: 'ScaleList',
  verbs: ['get', 'patch', 'update'],
  schema: typeSchema('Scale'),
  hasStatus: false,
  columns: [],
  custom: false,
  generationFields: [],
})

/** GET of the scale of an object. */
export const getScale = (core: Core, request: ResourceRequest): AnyObject => scaleOf(request.resource, getObject(core, request))

/** PUT and PATCH of the scale: they change the number of replicas of the object and nothing else. */
export const writeScale = async (core: Core, request: ResourceRequest): Promise<Written> => {
  const options = writeOptions(request, 'UpdateOptions')
  const scale = scaleResource(request.resource)
  const change = (live: AnyObject | undefined): AnyObject => {
    if (live === undefined) throw badRequest('nothing to scale')
    const current = scaleOf(request.resource, live)
    const wanted = request.verb === 'patch' ? patched(core, request, scale, current, options.manager) : putBody(request, scale)
    const { resourceVersion } = wanted.metadata
    if (resourceVersion !== undefined && resourceVersion !== '' && resourceVersion !== current.metadata['resourceVersion']) {
      throw conflict(request.resource, request.name)
    }
    const replicas = (wanted['spec'] as { replicas?: number } | undefined)?.replicas ?? 0
    if (replicas < 0) throw badRequest(`spec.replicas: Invalid value: ${replicas}: should be a non-negative integer`)
    const next = clone(live)
    setAt(next, request.resource.scale?.specReplicasPath ?? '', replicas)
    return next
  }
  const written = await updateObject(core, { ...writeOf(request, options), subresource: 'scale' }, change)
  return { ...written, object: scaleOf(request.resource, written.object) }
}

const putBody = (request: ResourceRequest, scale: ServedResource): AnyObject => {
  const { value, duplicates } = readDocument(request.body, request.headers['content-type'])
  return decode(scale, value, { fieldValidation: 'Warn', duplicates }).object
}

const patched = (core: Core, request: ResourceRequest, scale: ServedResource, current: AnyObject, manager: string): AnyObject => {
  const contentType = mediaTypeOf(request.headers['content-type'])
  const { value } = parseBody(request.body, isApply(contentType) ? 'yaml' : 'json')
  const { name, namespace } = request
  const options = { resource: scale, live: current, patch: value, contentType, manager, force: request.query.get('force') === 'true' }
  return patchObject({ ...options, subresource: '', now: core.timestamp(), name, ...(namespace === '' ? {} : { namespace }) })
}

const scaleOf = ({ scale }: ServedResource, object: AnyObject): AnyObject => {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata
  const selector = scale?.labelSelectorPath === undefined ? undefined : getAt(object, scale.labelSelectorPath)
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name: name ?? '', ...(namespace === undefined ? {} : { namespace }), uid, resourceVersion, creationTimestamp },
    spec: { replicas: getAt(object, scale?.specReplicasPath ?? '') ?? 0 },
    status: { replicas: getAt(object, scale?.statusReplicasPath ?? '') ?? 0, ...(selector === undefined ? {} : { selector: selectorText(object, selector) }) },
  }
}

/** Built-in workloads keep a selector object in their spec; custom ones show a text. */
const selectorText = (object: AnyObject, selector: unknown): unknown => {
  if (typeof selector === 'string') return selector
  const labels = (object['spec'] as { selector?: { matchLabels?: Record<string, string> } } | undefined)?.selector?.matchLabels ?? {}
  return Object.entries(labels).map(([key, value]) => `${key}=${value}`).join(',')
}

const stepsOf = (path: string): string[] => path.replace(/^\./, '').split('.')

const getAt = (object: unknown, path: string): unknown =>
  stepsOf(path).reduce<unknown>((value, step) => (value as Record<string, unknown> | undefined)?.[step], object)

const setAt = (object: Record<string, unknown>, path: string, value: unknown): void => {
  const steps = stepsOf(path)
  const last = steps.pop() ?? ''
  const holder = steps.reduce<Record<string, unknown>>((members, step) => (members[step] ??= {}) as Record<string, unknown>, object)
  holder[last] = value
}
