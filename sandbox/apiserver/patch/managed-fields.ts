import { apiVersionOf, type ManagedFieldsEntry } from '../../../crds/kubernetes.ts'
import type { AnyObject, ServedResource } from '../resource.ts'
import { union } from './field-set.ts'
import { FieldTypeError, objectType } from './field-types.ts'
import { capUpdateManagers, identityOf, type Manager, type Managers, readManagers, writeManagers } from './managers.ts'
import { resetFields, takeChanged, withoutServerFields } from './ownership.ts'
import { jsonEqual } from '../json-equal.ts'

export type RecordUpdate = {
  resource: ServedResource
  /** The stored object; undefined on create. */
  live: AnyObject | undefined
  /** The object to be stored, defaulted. `metadata.managedFields` is set in place. */
  next: AnyObject
  /** `fieldManager` of the request, or the first part of its User-Agent. */
  manager: string
  /** `status`, `scale`, … or '' for the object itself. */
  subresource: string
  /** The time of the request, RFC 3339 in whole seconds. */
  now: string
}

/**
 * Keeps `metadata.managedFields` over a create, update or patch that is no apply: whatever the write changed belongs to its manager now.
 * A write may set managedFields itself: `[]` or `[{}]` forgets all ownership; a proper list replaces it.
 */
export const recordUpdate = ({ resource, live, next, manager, subresource, now }: RecordUpdate): void => {
  const managers = startingPoint(live, next, subresource)
  delete next.metadata.managedFields
  // An object whose ownership was thrown away is tracked again only from its next apply on.
  if (managers.size === 0 && live !== undefined) return
  try {
    recordChange({ resource, live, next, manager, subresource, now }, managers)
  } catch (error) {
    // Ownership of an object that breaks its own list types cannot be told: the write goes on without, and validation has its say.
    if (!(error instanceof FieldTypeError)) throw error
    return
  }
  setManagedFields(next, live, managers)
}

/** Adds an Update of `manager` to `managers`, in place. */
export const recordChange = ({ resource, live, next, manager, subresource, now }: RecordUpdate, managers: Managers): void => {
  const type = objectType(resource.schema)
  const [before, after] = [withoutManagedFields(live ?? emptyObject(next)), withoutManagedFields(next)]
  const changed = withoutServerFields(takeChanged(type, before, after, managers, resetFields(resource, subresource)))
  const entry: Manager = { manager, operation: 'Update', apiVersion: apiVersionOf(resource), subresource, time: now, fields: changed }
  if (changed.members.size === 0 && changed.children.size === 0) return
  const previous = managers.get(identityOf(entry))
  managers.set(identityOf(entry), previous === undefined ? entry : { ...entry, fields: union(changed, previous.fields) })
  capUpdateManagers(managers)
}

/** Sets `metadata.managedFields`; where only times would change the old entries stay, so that a write of nothing is a write of nothing. */
export const setManagedFields = (next: AnyObject, live: AnyObject | undefined, managers: Managers): void => {
  const entries = writeManagers(managers)
  const before = live?.metadata.managedFields
  if (entries === undefined) delete next.metadata.managedFields
  else if (Array.isArray(before) && sameEntries(before as ManagedFieldsEntry[], entries) && sameBut(live, next)) next.metadata.managedFields = before
  else next.metadata.managedFields = entries
}

/** Whether two lists have the same entries but for their times, in whatever order. Those to be written are all different. */
const sameEntries = (before: readonly ManagedFieldsEntry[], entries: readonly ManagedFieldsEntry[]): boolean =>
  before.length === entries.length &&
  entries.every((entry) => before.some((other) => other.manager === entry.manager && jsonEqual(withoutTime(other), withoutTime(entry))))

const withoutTime = ({ time: _, ...entry }: ManagedFieldsEntry) => entry

const sameBut = (live: AnyObject | undefined, next: AnyObject): boolean =>
  live !== undefined && jsonEqual(withoutManagedFields(live), withoutManagedFields(next))

const startingPoint = (live: AnyObject | undefined, next: AnyObject, subresource: string): Managers => {
  const stored = () => readManagers(live?.metadata.managedFields) ?? new Map()
  if (subresource !== '') return stored()
  const given = next.metadata.managedFields
  if (Array.isArray(given) && (given.length === 0 || (given.length === 1 && jsonEqual(given[0], {})))) return new Map()
  const managers = readManagers(given)
  return managers === undefined || managers.size === 0 ? stored() : managers
}

/** What stands for "nothing there" on create: `apiVersion` and `kind` belong to nobody anyway. */
export const emptyObject = ({ apiVersion, kind }: AnyObject): AnyObject => ({ apiVersion, kind, metadata: {} })

export const withoutManagedFields = (object: AnyObject): AnyObject => {
  const { managedFields: _, ...metadata } = object.metadata
  return { ...object, metadata }
}
