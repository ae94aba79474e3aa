import type { ServedResource } from '../resource.ts'
import { contains, difference, differenceBelow, emptySet, type FieldSet, insert, intersection, isEmpty, pathsOf, union } from './field-set.ts'
import type { FieldType } from './field-types.ts'
import type { Manager, Managers } from './managers.ts'
import { removeItems, withNamedFields } from './items.ts'
import { compare, fieldSetOf } from './typed-value.ts'

/** A field that an apply would change and that somebody else owns. */
export type OwnershipConflict = { manager: Manager; path: string[] }

const setOf = (...paths: string[][]): FieldSet => {
  const set = emptySet()
  for (const path of paths) insert(set, path.map((name) => `f:${name}`))
  return set
}

const serverFields = ['name', 'namespace', 'creationTimestamp', 'selfLink', 'uid', 'clusterName', 'generation', 'managedFields', 'resourceVersion']

/** What nobody ever owns: the server's own fields. */
const strippedFields = setOf(['apiVersion'], ['kind'], ['metadata'], ...serverFields.map((name) => ['metadata', name]))

/** What a write cannot change through this door, so owns nothing of: status by the object itself; all else by `/status`. */
export const resetFields = (resource: ServedResource, subresource: string): FieldSet => {
  if (subresource === '') return resource.hasStatus ? setOf(['status']) : emptySet()
  if (subresource !== 'status') return emptySet()
  return resource.custom
    ? setOf(['metadata'], ['spec'])
    : setOf(['metadata', 'deletionTimestamp'], ['metadata', 'ownerReferences'], ['spec'])
}

export const withoutServerFields = (fields: FieldSet): FieldSet => difference(fields, strippedFields)

/** Ownership after a plain write: what it changed is its own now, and nobody else's. Managers are changed in place. @returns what changed. */
export const takeChanged = (type: FieldType, before: unknown, after: unknown, managers: Managers, ignored: FieldSet): FieldSet => {
  const changed = compare(type, before, after)
  const set = differenceBelow(union(changed.modified, changed.added), ignored)
  const removed = differenceBelow(changed.removed, ignored)
  for (const manager of managers.values()) manager.fields = difference(difference(manager.fields, set), removed)
  dropEmpty(managers)
  return set
}

/** The conflicts of a change with everyone but `applier`. */
export const conflictsOf = (changed: FieldSet, managers: Managers, applier: string): OwnershipConflict[] => {
  const conflicts: OwnershipConflict[] = []
  for (const [identity, manager] of managers) {
    if (identity === applier) continue
    for (const path of pathsOf(intersection(manager.fields, changed))) conflicts.push({ manager, path })
  }
  return conflicts
}

/** Takes fields from everyone but `applier`. In place. */
export const takeFields = (taken: FieldSet, managers: Managers, applier: string): void => {
  for (const [identity, manager] of managers) if (identity !== applier) manager.fields = difference(manager.fields, taken)
  dropEmpty(managers)
}

const dropEmpty = (managers: Managers): void => {
  for (const [identity, { fields }] of managers) if (isEmpty(fields)) managers.delete(identity)
}

/**
 * Removes what the applier owned the last time, does not say any more, and nobody else owns.
 *
 * @param last - what the applier owned before. @param said - what it says now.
 * @param managers - everyone's fields, the applier's new ones included.
 */
export const pruneAbandoned = (type: FieldType, merged: unknown, last: FieldSet, said: FieldSet, managers: Managers): unknown => {
  // What it owned it says again: nothing of the value can have been abandoned.
  if (isEmpty(last) || contains(said, last)) return merged
  const named = (set: FieldSet) => withNamedFields(set, type)
  const mergedSet = named(fieldSetOf(type, merged))
  const without = named(fieldSetOf(type, removeItems(type, merged, named(last))))
  const owned = named([...managers.values()].reduce((all, { fields }) => union(all, fields), emptySet()))
  const keepOwned = named(fieldSetOf(type, removeItems(type, merged, difference(mergedSet, union(without, owned)))))
  // Only what the applier itself held may go: items that nobody owns stay.
  return removeItems(type, merged, intersection(difference(mergedSet, keepOwned), named(last)))
}
