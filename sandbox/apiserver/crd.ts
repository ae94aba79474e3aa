import type { CrdCondition, CrdNames, Crd, CrdVersion } from './crd/types.ts'
import type { AnyObject, PrinterColumn, ServedResource } from './resource.ts'

export { validateCrd } from './crd/validate.ts'
export type { Crd } from './crd/types.ts'

/** Names that other definitions of the same group hold. */
export type TakenNames = { resources: ReadonlySet<string>; kinds: ReadonlySet<string> }

const allVerbs = ['delete', 'deletecollection', 'get', 'list', 'patch', 'create', 'update', 'watch']

const ageColumn: PrinterColumn = {
  name: 'Age',
  type: 'date',
  description: 'When the object was created.',
  jsonPath: '.metadata.creationTimestamp',
}

/** Fills in what a CustomResourceDefinition leaves to the server: `singular`, `listKind`, conversion `None`. In place. */
export const prepareCrd = (object: AnyObject): void => {
  const { spec } = object as Partial<Crd>
  if (spec === undefined) return
  const { names } = spec
  if (typeof names?.kind === 'string' && names.kind !== '') {
    names.singular ||= names.kind.toLowerCase()
    names.listKind ||= `${names.kind}List`
  }
  spec.conversion ??= { strategy: 'None' }
}

/** Removes what only the server writes from a definition that is created, and names the version it stores. In place. */
export const storeVersions = (object: AnyObject, old?: AnyObject): void => {
  const crd = object as Crd
  const storage = crd.spec.versions.find((version) => version.storage)?.name
  const stored = (old as Crd | undefined)?.status?.storedVersions ?? crd.status?.storedVersions ?? []
  if (storage === undefined || (stored.includes(storage) && crd.status?.storedVersions !== undefined)) return
  crd.status = { ...crd.status, storedVersions: stored.includes(storage) ? stored : [...stored, storage] }
}

/** What a definition that is established brings: one resource for each served version. Empty while its names are not accepted. */
export const servedResources = (object: AnyObject): ServedResource[] => {
  const crd = object as Crd
  const names = crd.status?.acceptedNames
  if (names === undefined || !isTrue(crd, 'Established')) return []
  return crd.spec.versions.filter(({ served }) => served).map((version) => servedVersion(crd, names, version))
}

const servedVersion = (crd: Crd, names: CrdNames, version: CrdVersion): ServedResource => {
  const scale = version.subresources?.scale
  return {
    group: crd.spec.group,
    version: version.name,
    kind: names.kind,
    plural: names.plural,
    namespaced: crd.spec.scope === 'Namespaced',
    singular: names.singular ?? names.kind.toLowerCase(),
    shortNames: names.shortNames ?? [],
    categories: names.categories ?? [],
    listKind: names.listKind ?? `${names.kind}List`,
    verbs: allVerbs,
    schema: schemaOf(crd, version),
    hasStatus: version.subresources?.status !== undefined,
    ...(scale === undefined ? {} : { scale }),
    columns: version.additionalPrinterColumns ?? [ageColumn],
    custom: true,
    selectableFields: (version.selectableFields ?? []).map(({ jsonPath }) => jsonPath.replace(/^\./, '')),
  }
}

/** Without a schema a version keeps everything. */
const schemaOf = (crd: Crd, version: CrdVersion) =>
  version.schema?.openAPIV3Schema ??
  ({ type: 'object', 'x-kubernetes-preserve-unknown-fields': crd.spec.preserveUnknownFields !== false } as const)

/** Whether a definition has a condition of this type that is True. */
export const isTrue = (crd: Crd, type: string): boolean => crd.status?.conditions?.some((each) => each.type === type && each.status === 'True') === true

/**
 * The status that the server's own controllers give a definition: accepted names, `NamesAccepted` and `Established`.
 *
 * @param taken - names of other definitions in the group. @param now - RFC 3339.
 * @returns the whole status; deeply equal to the present one where nothing changes.
 */
export const crdStatus = (object: AnyObject, taken: TakenNames, now: string): NonNullable<Crd['status']> => {
  const crd = object as Crd
  const { accepted, problem } = acceptNames(crd.spec.names, crd.status?.acceptedNames, taken)
  const namesAccepted =
    problem === undefined
      ? { type: 'NamesAccepted', status: 'True' as const, reason: 'NoConflicts', message: 'no conflicts found' }
      : { type: 'NamesAccepted', status: 'False' as const, ...problem }
  // A definition that was established once stays so: its objects must remain reachable.
  const established =
    problem === undefined || isTrue(crd, 'Established')
      ? { type: 'Established', status: 'True' as const, reason: 'InitialNamesAccepted', message: 'the initial names have been accepted' }
      : { type: 'Established', status: 'False' as const, reason: 'NotAccepted', message: 'not all names are accepted' }
  const others = (crd.status?.conditions ?? []).filter(({ type }) => type !== 'NamesAccepted' && type !== 'Established')
  const conditions = [namesAccepted, established].map((condition) => withTime(condition, crd.status?.conditions, now))
  return { ...crd.status, conditions: [...conditions, ...others], acceptedNames: accepted }
}

const withTime = (condition: Omit<CrdCondition, 'lastTransitionTime'>, before: CrdCondition[] | undefined, now: string): CrdCondition => {
  const old = before?.find(({ type }) => type === condition.type)
  const lastTransitionTime = old?.status === condition.status ? old.lastTransitionTime : now
  return { lastTransitionTime, message: condition.message, reason: condition.reason, status: condition.status, type: condition.type }
}

type Problem = { reason: string; message: string }

/** Takes each name that is free or ours already. The last conflict is the one that is told. */
const acceptNames = (wanted: CrdNames, held: CrdNames | undefined, taken: TakenNames): { accepted: CrdNames; problem?: Problem } => {
  const accepted: CrdNames = { ...(held ?? { plural: '', kind: '' }) }
  let problem: Problem | undefined
  const accept = (name: 'plural' | 'singular' | 'kind' | 'listKind', used: ReadonlySet<string>, reason: string): void => {
    const value = wanted[name]
    if (value !== held?.[name] && value !== undefined && used.has(value)) problem = { reason, message: inUse(value) }
    else if (value !== undefined) accepted[name] = value
  }
  accept('plural', taken.resources, 'PluralConflict')
  accept('singular', taken.resources, 'SingularConflict')
  const conflicts = (wanted.shortNames ?? []).filter((name) => held?.shortNames?.includes(name) !== true && taken.resources.has(name))
  if (conflicts.length > 0) problem = { reason: 'ShortNamesConflict', message: aggregate(conflicts.map(inUse)) }
  else setOrDelete(accepted, 'shortNames', wanted.shortNames)
  accept('kind', taken.kinds, 'KindConflict')
  accept('listKind', taken.kinds, 'ListKindConflict')
  setOrDelete(accepted, 'categories', wanted.categories)
  return problem === undefined ? { accepted } : { accepted, problem }
}

const inUse = (name: string): string => `${JSON.stringify(name)} is already in use`
const aggregate = (messages: string[]): string => (messages.length === 1 ? (messages[0] ?? '') : `[${messages.join(', ')}]`)

const setOrDelete = (names: CrdNames, field: 'shortNames' | 'categories', value: string[] | undefined): void => {
  if (value === undefined) delete names[field]
  else names[field] = value
}

/** The names that accepted definitions of a group hold, but for `except`. */
export const takenNames = (definitions: readonly AnyObject[], group: string, except: string): TakenNames => {
  const held = (definitions as readonly Crd[])
    .filter(({ metadata, spec }) => spec.group === group && metadata.name !== except)
    .flatMap(({ status }) => (status?.acceptedNames === undefined ? [] : [status.acceptedNames]))
  return {
    resources: setOf(held.flatMap(({ plural, singular, shortNames = [] }) => [plural, singular, ...shortNames])),
    kinds: setOf(held.flatMap(({ kind, listKind }) => [kind, listKind])),
  }
}

const setOf = (names: (string | undefined)[]): Set<string> => new Set(names.filter((name) => name !== undefined))
