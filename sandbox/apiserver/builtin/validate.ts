import { isDeepStrictEqual } from 'node:util'
import { parseNanos } from '../../../crds/quantity.ts'
import type { StructuralSchema } from '../../../crds/structural-schema.ts'
import { validateCrd } from '../crd.ts'
import type { AnyObject, Cause } from '../resource.ts'
import { forbiddenCause, invalidCause, requiredCause } from '../schema/causes.ts'

type Check = (object: AnyObject, old?: AnyObject) => Cause[]
type Members = Record<string, unknown>

/** The check of a built-in kind: the required fields of its schema, then its own rules. */
export const validatorOf = (bucket: string, schema: StructuralSchema): Check => {
  const own = checks[bucket]
  return (object, old) => {
    const missing = missingFields(schema, object, '')
    return missing.length > 0 ? missing : (own?.(object, old) ?? [])
  }
}

const missingFields = (schema: StructuralSchema, value: unknown, path: string): Cause[] => {
  if (Array.isArray(value)) return value.flatMap((item, index) => missingFields(schema.items ?? {}, item, `${path}[${index}]`))
  if (typeof value !== 'object' || value === null) return []
  const members = value as Members
  const join = (name: string) => (path === '' ? name : `${path}.${name}`)
  const absent = (name: string) => members[name] === undefined || members[name] === ''
  const missing = (schema.required ?? []).filter(absent).map((name) => requiredCause(join(name)))
  const additional = typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined
  const inner = Object.keys(members).flatMap((name) => {
    // Metadata has its own rules, and a status is never complete.
    const child = path === '' && (name === 'metadata' || name === 'status') ? undefined : (schema.properties?.[name] ?? additional)
    return child === undefined || !requires(child) ? [] : missingFields(child, members[name], join(name))
  })
  return [...missing, ...inner]
}

const requiring = new WeakMap<StructuralSchema, boolean>()

/** Whether any field is required at or below a place of a schema. */
const requires = (schema: StructuralSchema): boolean => {
  const known = requiring.get(schema)
  if (known !== undefined) return known
  requiring.set(schema, true)
  const { required = [], properties = {}, items, additionalProperties } = schema
  const below = [...Object.values(properties), ...(items ? [items] : []), ...(typeof additionalProperties === 'object' ? [additionalProperties] : [])]
  const result = required.length > 0 || below.some(requires)
  requiring.set(schema, result)
  return result
}

const immutable = (object: AnyObject, old: AnyObject | undefined, ...fields: string[]): Cause[] =>
  fields
    .filter((field) => old !== undefined && !isDeepStrictEqual(object[field], old[field]))
    .map((field) => invalidCause(field, object[field], 'field is immutable'))

const dataKey = /^[-._a-zA-Z0-9]+$/
const dataKeyMessage = "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  "
  + "or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')"

const checkDataKeys = (object: AnyObject, field: string): Cause[] =>
  Object.keys((object[field] ?? {}) as Members)
    .filter((key) => !dataKey.test(key) || key.length > 253 || key === '.' || key.startsWith('..'))
    .map((key) =>
      invalidCause(`${field}[${key}]`, key, dataKeyMessage),
    )

/** A Secret or ConfigMap that was declared immutable stays as it is. */
const checkFrozen = (object: AnyObject, old: AnyObject | undefined, fields: string[]): Cause[] => {
  if (old?.['immutable'] !== true) return []
  const message = 'field is immutable when `immutable` is set'
  return [
    ...(object['immutable'] === true ? [] : [forbiddenCause('immutable', message)]),
    ...fields.filter((field) => !isDeepStrictEqual(object[field], old[field])).map((field) => forbiddenCause(field, message)),
  ]
}

const dataLimit = 1024 * 1024

const checkDataSize = (object: AnyObject, field: string, bytesOf: (value: string) => number): Cause[] => {
  const size = Object.values((object[field] ?? {}) as Record<string, string>).reduce((sum, value) => sum + bytesOf(value), 0)
  if (size <= dataLimit) return []
  return [{ field, reason: 'FieldValueTooLong', message: `Too long: may not be more than ${dataLimit} bytes` }]
}

const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

const checkBase64 = (object: AnyObject): Cause[] =>
  Object.entries((object['data'] ?? {}) as Record<string, string>)
    .filter(([, value]) => !base64.test(value))
    .map(([key]) => invalidCause(`data[${key}]`, '<omitted>', 'illegal base64 data'))

const checkSecret: Check = (object, old) => [
  ...checkBase64(object),
  ...checkDataKeys(object, 'data'),
  ...checkDataSize(object, 'data', (value) => Buffer.byteLength(value, 'base64')),
  ...immutable(object, old, 'type'),
  ...checkFrozen(object, old, ['data']),
]

const checkConfigMap: Check = (object, old) => [
  ...checkDataKeys(object, 'data'),
  ...checkDataKeys(object, 'binaryData'),
  ...checkDataSize(object, 'data', (value) => Buffer.byteLength(value)),
  ...checkFrozen(object, old, ['data', 'binaryData']),
]

const specOf = (object: AnyObject | undefined): Members => (object?.['spec'] ?? {}) as Members

const without = (members: Members, fields: string[]): Members =>
  Object.fromEntries(Object.entries(members).filter(([name]) => !fields.includes(name)))

const checkClaim: Check = (object, old) => {
  const spec = specOf(object)
  const modes = ((spec['accessModes'] ?? []) as string[]).length > 0 ? [] : [requiredCause('spec.accessModes', 'at least 1 access mode is required')]
  const requests = ((spec['resources'] ?? {}) as { requests?: Members }).requests
  const size = requests?.['storage'] === undefined ? [requiredCause('spec.resources[storage]')] : []
  if (modes.length + size.length > 0) return [...modes, ...size]
  if (old === undefined) return []
  // Binding names the volume, the admission of classes the class: both once, from nothing.
  const before = specOf(old)
  const isBound = (old['status'] as { phase?: string } | undefined)?.phase === 'Bound'
  const free = [...isBound ? ['resources', 'volumeAttributesClassName'] : [], ...['volumeName', 'storageClassName'].filter((field) => before[field] === undefined)]
  if (isDeepStrictEqual(without(spec, free), without(before, free))) return shrinkingOf(spec, old)
  return [forbiddenCause('spec', 'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims')]
}

/** What failed to grow may ask for less again, but never for less than there is. */
const shrinkingOf = (spec: Members, old: AnyObject): ReturnType<Check> => {
  const sizeIn = (amounts: unknown) => parseNanos(String((amounts as { storage?: unknown } | undefined)?.storage ?? 0)) ?? 0n
  const requested = (members: Members) => sizeIn((members['resources'] as { requests?: unknown } | undefined)?.requests)
  const capacity = sizeIn((old['status'] as { capacity?: unknown } | undefined)?.capacity)
  return requested(spec) < requested(specOf(old)) && requested(spec) <= capacity
    ? [forbiddenCause('spec.resources.requests.storage', 'field can not be less than status.capacity')] : []
}

const podMessage = 'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,'
  + '`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` '
  + '(allow it to be set to 1 if it was previously negative)'

const checkPod: Check = (object, old) => {
  if (old === undefined) return []
  const fixed = (spec: Members) => ({
    ...without(spec, ['activeDeadlineSeconds', 'tolerations', 'terminationGracePeriodSeconds', 'schedulingGates', 'ephemeralContainers', 'nodeName',
      'containers', 'initContainers']),
    containers: ((spec['containers'] ?? []) as Members[]).map((container) => without(container, ['image', 'resources'])),
    initContainers: ((spec['initContainers'] ?? []) as Members[]).map((container) => without(container, ['image'])),
  })
  const bound = specOf(old)['nodeName']
  const moved = bound !== undefined && specOf(object)['nodeName'] !== bound
  return moved || !isDeepStrictEqual(fixed(specOf(object)), fixed(specOf(old))) ? [forbiddenCause('spec', podMessage)] : []
}

const checkRoleRef: Check = (object, old) =>
  old === undefined || isDeepStrictEqual(object['roleRef'], old['roleRef'])
    ? []
    : [invalidCause('roleRef', object['roleRef'], 'cannot change roleRef')]

const checkSelector: Check = (object, old) => {
  const [selector, before] = [specOf(object)['selector'], specOf(old)['selector']]
  return old === undefined || isDeepStrictEqual(selector, before) ? [] : [invalidCause('spec.selector', selector, 'field is immutable')]
}

const checkAttributesClass: Check = (object, old) => Object.keys(object['parameters'] ?? {}).length > 0
  ? immutable(object, old, 'driverName', 'parameters') : [requiredCause('parameters', 'must contain at least one key/value pair')]

const checks: Record<string, Check> = {
  '/secrets': checkSecret,
  '/configmaps': checkConfigMap,
  '/persistentvolumeclaims': checkClaim,
  '/pods': checkPod,
  '/services': (object) => {
    const spec = specOf(object)
    const named = spec['type'] === 'ExternalName' || spec['clusterIP'] === 'None' || ((spec['ports'] ?? []) as unknown[]).length > 0
    return named ? [] : [requiredCause('spec.ports')]
  },
  'apiextensions.k8s.io/customresourcedefinitions': validateCrd,
  'apps/deployments': checkSelector,
  'apps/replicasets': checkSelector,
  'apps/daemonsets': checkSelector,
  'storage.k8s.io/storageclasses': (object, old) => immutable(object, old, 'provisioner', 'parameters', 'reclaimPolicy', 'volumeBindingMode'),
  'storage.k8s.io/volumeattributesclasses': checkAttributesClass,
  'rbac.authorization.k8s.io/rolebindings': checkRoleRef,
  'rbac.authorization.k8s.io/clusterrolebindings': checkRoleRef,
}
