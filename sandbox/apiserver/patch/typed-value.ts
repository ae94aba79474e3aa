import { descend, emptySet, type FieldSet, isEmpty } from './field-set.ts'
import { elementOf, type FieldType, type ListType, type MapType, memberType, partFor } from './field-types.ts'
import { jsonEqual } from '../json-equal.ts'

type Members = Record<string, unknown>

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
  else if (!jsonEqual(before, after)) insertAt(out.modified, path)
  return true
}

const compareMembers = (type: MapType, before: Members, after: Members, path: string[], out: Comparison): void => {
  const visit = (name: string): void => {
    if (before[name] === after[name]) return
    const child = memberType(type, name)
    if (child !== undefined) compareAt(child, before[name], after[name], [...path, `f:${name}`], out)
  }
  for (const name of Object.keys(before)) visit(name)
  for (const name of Object.keys(after)) if (!Object.hasOwn(before, name)) visit(name)
}

const compareItems = (type: ListType, before: unknown, after: unknown, path: string[], out: Comparison): void => {
  const [old, now] = [groupItems(type, before), groupItems(type, after)]
  for (const element of new Set([...old.keys(), ...now.keys()])) {
    const [left, right] = [old.get(element) ?? [], now.get(element) ?? []]
    const at = [...path, element]
    if (left.length <= 1 && right.length <= 1) compareAt(type.item, left[0], right[0], at, out)
    else if (left.length >= 2 && right.length >= 2) {
      if (!jsonEqual(left, right)) insertAt(out.modified, at)
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

const isMembers = (value: unknown): value is Members => typeof value === 'object' && value !== null && !Array.isArray(value)
const isEmptyMap = (value: unknown): boolean => !isMembers(value) || Object.keys(value).length === 0
const isEmptyList = (value: unknown): boolean => !Array.isArray(value) || value.length === 0
