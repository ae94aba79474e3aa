import { setMember } from '../json-copy.ts'
import { type FieldSet, isEmpty } from './field-set.ts'
import { elementOf, type FieldType, memberType, partFor } from './field-types.ts'

type Members = Record<string, unknown>

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
      setMember(result, name, rest)
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

const isMembers = (value: unknown): value is Members => typeof value === 'object' && value !== null && !Array.isArray(value)
