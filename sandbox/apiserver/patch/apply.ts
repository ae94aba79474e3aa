import { apiVersionOf } from '../../../crds/kubernetes.ts'
import { applyConflict, badRequest, conflict, invalid, StatusError } from '../errors.ts'
import type { AnyObject, ServedResource } from '../resource.ts'
import { nullCauses } from '../schema/null-values.ts'
import { withNotChecked } from '../schema/validate.ts'
import { difference, differenceBelow, emptySet, type FieldSet, formatPath, insert, isEmpty, union } from './field-set.ts'
import { type FieldType, objectType } from './field-types.ts'
import { emptyObject, recordChange, setManagedFields, withoutManagedFields } from './managed-fields.ts'
import { identityOf, type Manager, type Managers, readManagers } from './managers.ts'
import { mergeTyped } from './merge-typed.ts'
import { conflictsOf, type OwnershipConflict, pruneAbandoned, resetFields, takeFields, withoutServerFields } from './ownership.ts'
import { typeErrors } from './type-errors.ts'
import { compare, fieldSetOf } from './typed-value.ts'
import { jsonCopy } from '../json-copy.ts'
import { jsonEqual } from '../json-equal.ts'

export type Apply = {
  resource: ServedResource
  /** The stored object; undefined where there is none and the apply creates it. */
  live: AnyObject | undefined
  /** The applied configuration: only what its manager has an opinion about. */
  patch: AnyObject
  manager: string
  /** Take fields from other managers instead of refusing. */
  force: boolean
  /** `status`, … or ''. */
  subresource: string
  /** RFC 3339, whole seconds. */
  now: string
  /** The name in the URL; it and the namespace are filled in where the configuration leaves them out. */
  name: string
  namespace?: string
}

const lastAppliedAnnotation = 'kubectl.kubernetes.io/last-applied-configuration'

/**
 * Server-side apply. Nothing given is changed, and the answer may share parts with it.
 * `metadata.resourceVersion` and `uid` of the configuration come through to the answer, for the
 * caller's preconditions: on an object that exists a wrong one is a conflict, where none exists a resourceVersion is ignored.
 *
 * @returns the object to be defaulted, validated and stored, managedFields recorded.
 * @throws StatusError 400 for the wrong version or managedFields in the configuration, 409 for conflicts with other managers, 500 for a
 * configuration that the schema cannot hold (the server's own choice of code).
 */
export const applyPatch = (apply: Apply): AnyObject => {
  const { resource, live, patch, force } = apply
  checkPatch(apply)
  const type = objectType(resource.schema)
  checkTypes(type, apply)
  const { metadata } = patch
  const config = { ...patch, metadata: { ...metadata, name: apply.name, ...(apply.namespace === undefined ? {} : { namespace: apply.namespace }) } }
  const managers = readManagers(live?.metadata.managedFields) ?? new Map<string, Manager>()
  const before = withoutManagedFields(live ?? emptyObject(patch))
  if (managers.size === 0 && live !== undefined) {
    recordChange({ ...apply, live: undefined, next: live, manager: 'before-first-apply', subresource: '' }, managers)
  }
  const applier = newEntry(apply, type, config)
  const last = managers.get(identityOf(applier))
  managers.set(identityOf(applier), applier)
  const merged = mergeTyped(type, before, config)
  const next = pruneAbandoned(type, merged, last?.fields ?? emptySet(), applier.fields, managers) as AnyObject
  const ignored = resetFields(resource, apply.subresource)
  settle(apply, type, compareForOwnership(type, before, next, ignored), managers, applier, force)
  if (!jsonEqual(before, next)) applier.time = apply.now
  else applier.time = last?.time
  applier.fields = withoutServerFields(applier.fields)
  refuseNulls(resource, next)
  const result = { ...next, metadata: { ...next.metadata } }
  keepLastApplied(apply, result)
  setManagedFields(result, live, managers)
  return result
}

type Change = { taken: FieldSet; removed: FieldSet }

const compareForOwnership = (type: FieldType, before: unknown, next: unknown, ignored: FieldSet): Change => {
  const { added, modified, removed } = compare(type, before, next)
  return { taken: differenceBelow(union(modified, added), ignored), removed: differenceBelow(removed, ignored) }
}

const newEntry = ({ resource, manager, subresource }: Apply, type: FieldType, config: AnyObject): Manager => ({
  manager,
  operation: 'Apply',
  apiVersion: apiVersionOf(resource),
  subresource,
  time: undefined,
  fields: differenceBelow(fieldSetOf(type, config), resetFields(resource, subresource)),
})

const checkPatch = ({ resource, live, patch, name }: Apply): void => {
  const { managedFields, uid } = patch.metadata
  if (managedFields !== undefined && managedFields !== null) throw badRequest('metadata.managedFields must be nil')
  if (live === undefined && typeof uid === 'string' && uid !== '') {
    throw conflict(resource, name, `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`)
  }
}

const checkTypes = (type: FieldType, { resource, patch }: Apply): void => {
  const errors = typeErrors(type, patch, false)
  if (errors.length === 0) return
  const { namespace = '', name = '' } = patch.metadata
  const object = `${namespace}/${name}; ${resource.group}/${resource.version}, Kind=${resource.kind}`
  const list = errors.length === 1 ? errors[0] : `errors:\n${errors.map((error) => `  ${error}`).join('\n')}`
  throw new StatusError(500, '', `failed to create typed patch object (${object}): ${list}`)
}

/** Nulls of a custom resource's configuration are not taken for "absent", as they are everywhere else: they are values of the wrong type. */
const refuseNulls = (resource: ServedResource, object: AnyObject): void => {
  if (!resource.custom) return
  const causes = nullCauses(resource.schema, object)
  if (causes.length > 0) throw invalid(resource, object.metadata.name ?? '', withNotChecked(resource, causes))
}

/** Refuses conflicts, or takes the fields by force. */
const settle = (apply: Apply, type: FieldType, change: Change, managers: Managers, applier: Manager, force: boolean): void => {
  const identity = identityOf(applier)
  const conflicts = conflictsOf(change.taken, managers, identity)
  const standing = force ? [] : withoutLastApplied(apply, type, conflicts)
  if (standing.length > 0) {
    throw applyConflict(standing.map(({ manager, path }) => ({ manager: describe(manager), field: formatPath(path) })))
  }
  takeFields(union(change.taken, change.removed), managers, identity)
}

/** `kubectl apply --server-side` takes over what `kubectl apply` said before, without a conflict with its own past. */
const withoutLastApplied = ({ live, manager }: Apply, type: FieldType, conflicts: OwnershipConflict[]): OwnershipConflict[] => {
  const annotation = (live?.metadata.annotations as Record<string, string> | undefined)?.[lastAppliedAnnotation]
  if (manager !== 'kubectl' || annotation === undefined || conflicts.length === 0) return conflicts
  const ours = lastAppliedFields(type, annotation)
  return conflicts.filter(({ path }) => {
    const one = emptySet()
    insert(one, path)
    return !isEmpty(difference(one, ours))
  })
}

const lastAppliedFields = (type: FieldType, annotation: string): FieldSet => {
  try {
    return fieldSetOf(type, JSON.parse(annotation))
  } catch {
    return emptySet()
  }
}

/** The annotation goes on telling the truth while client-side and server-side apply take turns. */
const keepLastApplied = ({ patch, manager }: Apply, result: AnyObject): void => {
  const annotations = result.metadata.annotations as Record<string, string> | undefined
  if (manager !== 'kubectl' || annotations?.[lastAppliedAnnotation] === undefined) return
  const stated = jsonCopy(patch)
  const said = stated.metadata.annotations as Record<string, string> | undefined
  if (said !== undefined) delete said[lastAppliedAnnotation]
  result.metadata.annotations = { ...annotations, [lastAppliedAnnotation]: `${JSON.stringify(stated)}\n` }
}

const describe = ({ manager, operation, apiVersion, subresource }: Manager): string => {
  const who = subresource === '' ? JSON.stringify(manager) : `${JSON.stringify(manager)} with subresource "${subresource}"`
  return operation === 'Apply' ? who : `${who} using ${apiVersion}`
}
