import { isDeepStrictEqual } from 'node:util'
import { descend, emptySet, type FieldSet, isEmpty } from './field-set.ts'
import { elementOf, type FieldType, FieldTypeError, type ListType, type MapType, memberType, partFor } from './field-types.ts'

type Members = Record<string, unknown>

/**
 * Complaints about a value that its type cannot hold, as server-side apply says them: `.spec.foo: field not declared in schema`.
 *
 * @param allowDuplicates - true for stored objects: a list that should be a map may hold a key twice there.
 */
export const typeErrors = (type: FieldType, value: unknown, allowDuplicates: boolean, path = ''): string[] => {
  if (value === null || value === undefined) return []
  const part = partFor(type, value)
  if (Array.isArray(value) && part.list !== undefined) return listErrors(part.list, value, allowDuplicates, path)
  if (typeof value === 'object' && !Array.isArray(value) && part.map !== undefined) {
    const map = part.map
    return Object.keys(value).flatMap((name) => {
      const child = memberType(map, name)
      return child === undefined
        ? [`${path}.${name}: field not declared in schema`]
        : typeErrors(child, (value as Members)[name], allowDuplicates, `${path}.${name}`)
    })
  }
  if (typeof value !== 'object' && part.scalar !== undefined && (part.scalar === 'any' || typeof value === part.scalar)) return []
  return [`${path}: expected ${expectation(part)}, got ${JSON.stringify(value)}`]
}

const expectation = (type: FieldType): string => {
  if (type.map !== undefined) return 'map'
  if (type.scalar === undefined) return 'list'
  return type.scalar === 'number' ? 'numeric (int or float)' : type.scalar
}

const listErrors = (type: ListType, list: unknown[], allowDuplicates: boolean, path: string): string[] => {
  const seen = new Set<string>()
  return list.flatMap((item, index) => {
    if (type.relation === 'atomic') return typeErrors(type.item, item, allowDuplicates, `${path}[${index}]`)
    try {
      const element = elementOf(type, item)
      if (seen.has(element) && !allowDuplicates) return [`${path}: duplicate entries for key ${elementText(element)}`]
      seen.add(element)
      return typeErrors(type.item, item, allowDuplicates, `${path}${elementText(element)}`)
    } catch (error) {
      if (error instanceof FieldTypeError) return [`${path}: element ${index}: ${error.message}`]
      throw error
    }
  })
}

const elementText = (element: string): string => {
  const rest = element.slice(2)
  if (element.startsWith('v:')) return `[=${rest}]`
  return `[${Object.entries(JSON.parse(rest) as Members).map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(',')}]`
}

/** Every leaf and list item that a value mentions. */
export const fieldSetOf = (type: FieldType, value: unknown): FieldSet => {
  const set = emptySet()
  collect(type, value, set, undefined)
  return set
}

/** Adds what is below a value to `set`; `self` adds the place of the value itself. */
const collect = (type: FieldType, value: unknown, set: FieldSet, self: (() => void) | undefined): void => {
  const { map, list, scalar } = partFor(type, value)
  if (map !== undefined) {
    if (map.atomic) self?.()
    else if (isMembers(value)) collectMembers(map, value, set)
  } else if (scalar !== undefined) {
    self?.()
  } else if (list !== undefined) {
    if (list.relation === 'atomic') self?.()
    else if (Array.isArray(value)) collectItems(list, value, set)
  }
}

const collectMembers = (type: MapType, value: Members, set: FieldSet): void => {
  for (const name of Object.keys(value)) {
    const child = memberType(type, name)
    if (child === undefined) continue
    const member = value[name]
    const element = `f:${name}`
    const add = () => set.members.add(element)
    const below = emptySet()
    collect(child, member, below, add)
    if (!isEmpty(below)) set.children.set(element, below)
    if (member === null || !type.fields.has(name) || (isMembers(member) && Object.keys(member).length === 0)) add()
  }
}

const collectItems = (type: ListType, list: unknown[], set: FieldSet): void => {
  const groups = groupItems(type, list)
  for (const [element, items] of groups) {
    set.members.add(element)
    if (items.length === 1) {
      const below = emptySet()
      collect(type.item, items[0], below, undefined)
      if (!isEmpty(below)) set.children.set(element, below)
    }
  }
}

/** Items by their path element, in the order of first appearance. */
const groupItems = (type: ListType, list: unknown): Map<string, unknown[]> => {
  const groups = new Map<string, unknown[]>()
  for (const item of Array.isArray(list) ? (list as unknown[]) : []) {
    const element = elementOf(type, item)
    const group = groups.get(element)
    if (group === undefined) groups.set(element, [item])
    else group.push(item)
  }
  return groups
}

/** What changed between two values of one type. No field is in more than one of the sets. */
export type Comparison = { added: FieldSet; modified: FieldSet; removed: FieldSet }

export const compare = (type: FieldType, before: unknown, after: unknown): Comparison => {
  const comparison: Comparison = { added: emptySet(), modified: emptySet(), removed: emptySet() }
  compareAt(type, before, after, [], comparison)
  return comparison
}

const compareAt = (type: FieldType, before: unknown, after: unknown, path: string[], out: Comparison): void => {
  const sides = after === undefined ? [partFor(type, before)] : partsOf(type, before, after)
  let leaf = false
  for (const part of sides) leaf = comparePart(part, before, after, path, out)
  if (leaf) return
  if (before === undefined) insertAt(out.added, path)
  else if (after === undefined) insertAt(out.removed, path)
}

/** Where a value changed its kind (a map became a string) both kinds are looked at. */
const partsOf = (type: FieldType, before: unknown, after: unknown): FieldType[] => {
  const [old, now] = [partFor(type, before), partFor(type, after)]
  const same = before === undefined || (old.map === now.map && old.list === now.list && old.scalar === now.scalar)
  return same ? [now] : [old, now]
}

const comparePart = ({ map, scalar, list }: FieldType, before: unknown, after: unknown, path: string[], out: Comparison): boolean => {
  if (map !== undefined) {
    if (map.atomic || (isEmptyMap(before) && isEmptyMap(after))) return compareLeaf(before, after, path, out)
    compareMembers(map, isMembers(before) ? before : {}, isMembers(after) ? after : {}, path, out)
    return false
  }
  if (scalar !== undefined || list === undefined) return compareLeaf(before, after, path, out)
  if (list.relation === 'atomic' || (isEmptyList(before) && isEmptyList(after))) return compareLeaf(before, after, path, out)
  compareItems(list, before, after, path, out)
  return false
}

const compareLeaf = (before: unknown, after: unknown, path: string[], out: Comparison): boolean => {
  if (before === undefined) insertAt(out.added, path)
  else if (after === undefined) insertAt(out.removed, path)
  else if (!isDeepStrictEqual(before, after)) insertAt(out.modified, path)
  return true
}

const compareMembers = (type: MapType, before: Members, after: Members, path: string[], out: Comparison): void => {
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const child = memberType(type, name)
    if (child !== undefined && before[name] !== after[name]) compareAt(child, before[name], after[name], [...path, `f:${name}`], out)
  }
}

const compareItems = (type: ListType, before: unknown, after: unknown, path: string[], out: Comparison): void => {
  const [old, now] = [groupItems(type, before), groupItems(type, after)]
  for (const element of new Set([...old.keys(), ...now.keys()])) {
    const [left, right] = [old.get(element) ?? [], now.get(element) ?? []]
    const at = [...path, element]
    if (left.length <= 1 && right.length <= 1) compareAt(type.item, left[0], right[0], at, out)
    else if (left.length >= 2 && right.length >= 2) {
      if (!isDeepStrictEqual(left, right)) insertAt(out.modified, at)
    } else if (left.length >= 2) {
      if (right.length > 0) compareAt(type.item, undefined, right[0], at, out)
      insertAt(out.removed, at)
    } else {
      if (left.length > 0) compareAt(type.item, left[0], undefined, at, out)
      insertAt(out.added, at)
    }
  }
}

const insertAt = (set: FieldSet, path: string[]): void => {
  const last = path.at(-1)
  if (last === undefined) return
  let at = set
  for (const element of path.slice(0, -1)) at = descend(at, element)
  at.members.add(last)
}

/** `set` with every field that the schema names and that has members below it (structs are fields of their own when items are removed). */
export const withNamedFields = (set: FieldSet, type: FieldType | undefined): FieldSet => {
  const members = new Set(set.members)
  const children = new Map<string, FieldSet>()
  for (const [element, child] of set.children) {
    const name = element.startsWith('f:') ? element.slice(2) : undefined
    if (name !== undefined && type?.map?.fields.has(name) === true) members.add(element)
    const below = name === undefined ? type?.list?.item : type?.map === undefined ? undefined : memberType(type.map, name)
    children.set(element, withNamedFields(child, below))
  }
  return { members, children }
}

/** A value without the members and items in `set`; undefined where nothing is left of it. Atomic values that are reached into go whole. */
export const removeItems = (type: FieldType, value: unknown, set: FieldSet): unknown => {
  const { map, list } = partFor(type, value)
  if (map !== undefined && isMembers(value)) {
    if (map.atomic) return undefined
    const result: Members = {}
    for (const name of Object.keys(value)) {
      const element = `f:${name}`
      if (set.members.has(element)) continue
      const below = set.children.get(element)
      const child = memberType(map, name)
      const rest = below === undefined || isEmpty(below) || child === undefined ? value[name] : (removeItems(child, value[name], below) ?? null)
      result[name] = rest
    }
    return Object.keys(result).length === 0 ? undefined : result
  }
  if (list !== undefined && Array.isArray(value)) {
    if (list.relation === 'atomic') return undefined
    const rest = value.flatMap((item: unknown) => {
      const element = elementOf(list, item)
      if (set.members.has(element)) return []
      const below = set.children.get(element)
      return [below === undefined || isEmpty(below) ? item : removeItems(list.item, item, below)]
    })
    return rest.length === 0 ? undefined : rest
  }
  return value
}

/** The leaves of `set` with the values they have in `value`; list keys come with the items they name. */
export const extractItems = (type: FieldType, value: unknown, set: FieldSet): unknown => {
  const { map, list } = partFor(type, value)
  if (map !== undefined && isMembers(value) && !map.atomic) {
    const result: Members = {}
    for (const name of Object.keys(value)) {
      const below = set.children.get(`f:${name}`)
      const child = memberType(map, name)
      if (below !== undefined && child !== undefined) result[name] = extractItems(child, value[name], below)
      else if (set.members.has(`f:${name}`)) result[name] = value[name]
    }
    return result
  }
  if (list !== undefined && Array.isArray(value) && list.relation !== 'atomic') {
    return value.flatMap((item: unknown) => {
      const element = elementOf(list, item)
      const below = set.children.get(element)
      if (below === undefined) return set.members.has(element) ? [item] : []
      return [{ ...keysOf(list, item), ...(extractItems(list.item, item, below) as Members) }]
    })
  }
  return value
}

const keysOf = (type: ListType, item: unknown): Members =>
  Object.fromEntries(type.keys.filter((key) => (item as Members)[key] !== undefined).map((key) => [key, (item as Members)[key]]))

const isMembers = (value: unknown): value is Members => typeof value === 'object' && value !== null && !Array.isArray(value)
const isEmptyMap = (value: unknown): boolean => !isMembers(value) || Object.keys(value).length === 0
const isEmptyList = (value: unknown): boolean => !Array.isArray(value) || value.length === 0
