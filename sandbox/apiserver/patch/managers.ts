import type { ManagedFieldsEntry } from '../../../crds/kubernetes.ts'
import { type FieldSet, fromFieldsV1, isEmpty, toFieldsV1, union } from './field-set.ts'

/** One field manager and what it owns. */
export type Manager = {
  manager: string
  operation: 'Apply' | 'Update'
  apiVersion: string
  subresource: string
  /** RFC 3339; undefined where an entry never had one. */
  time: string | undefined
  fields: FieldSet
}

/** By {@link identityOf}. */
export type Managers = Map<string, Manager>

/** Entries of Update beyond this many are merged into one, oldest first. */
const maxUpdateManagers = 10

/** Two entries are of one manager if these are equal; an applier keeps its identity when it applies another version. */
export const identityOf = ({ manager, operation, apiVersion, subresource }: Omit<Manager, 'fields' | 'time'>): string =>
  JSON.stringify([manager, operation, operation === 'Apply' ? '' : apiVersion, subresource])

/** Reads `metadata.managedFields`; undefined where that is no list of proper entries. */
export const readManagers = (entries: unknown): Managers | undefined => {
  if (entries === undefined || entries === null) return new Map()
  if (!Array.isArray(entries)) return undefined
  const managers: Managers = new Map()
  for (const entry of entries as Partial<ManagedFieldsEntry>[]) {
    if ((entry.operation !== 'Apply' && entry.operation !== 'Update') || !entry.apiVersion || entry.fieldsType !== 'FieldsV1') return undefined
    const manager: Manager = {
      manager: entry.manager ?? '',
      operation: entry.operation,
      apiVersion: entry.apiVersion,
      subresource: entry.subresource ?? '',
      time: entry.time,
      fields: fromFieldsV1(entry.fieldsV1 ?? {}),
    }
    managers.set(identityOf(manager), manager)
  }
  return managers
}

/** `metadata.managedFields` of managers; undefined where nobody owns anything. */
export const writeManagers = (managers: Managers): ManagedFieldsEntry[] | undefined => {
  const entries = [...managers.values()].filter(({ fields }) => !isEmpty(fields)).sort(inOrder)
  if (entries.length === 0) return undefined
  return entries.map(({ manager, operation, apiVersion, subresource, time, fields }) => ({
    apiVersion,
    fieldsType: 'FieldsV1',
    fieldsV1: toFieldsV1(fields),
    manager,
    operation,
    ...(subresource === '' ? {} : { subresource }),
    ...(time === undefined ? {} : { time }),
  }))
}

const inOrder = (a: Manager, b: Manager): number =>
  compareText(a.operation, b.operation) ||
  compareText(a.time ?? '', b.time ?? '') ||
  compareText(a.manager, b.manager) ||
  compareText(a.apiVersion, b.apiVersion) ||
  compareText(a.subresource, b.subresource)

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** Merges the oldest Update entries of each version into one of `ancient-changes`, so that an object written by many does not grow for ever. */
export const capUpdateManagers = (managers: Managers): void => {
  const updaters = [...managers].filter(([, { operation }]) => operation === 'Update')
  let excess = updaters.length - maxUpdateManagers
  if (excess <= 0) return
  updaters.sort(([a, left], [b, right]) => compareText(left.time ?? '', right.time ?? '') || compareText(a, b))
  const firstOfVersion = new Map<string, string>()
  for (const [identity, updater] of updaters) {
    if (excess <= 0) return
    const first = firstOfVersion.get(updater.apiVersion)
    if (first === undefined) {
      firstOfVersion.set(updater.apiVersion, identity)
      continue
    }
    const bucket: Manager = { ...updater, manager: 'ancient-changes', subresource: '' }
    const into = identityOf(bucket)
    const held = managers.get(into) ?? managers.get(first)
    managers.delete(first)
    managers.delete(identity)
    managers.set(into, { ...bucket, fields: held === undefined ? updater.fields : union(held.fields, updater.fields) })
    excess -= 1
  }
}
