/**
 * A set of fields as server-side apply counts them. Names are path elements as in FieldsV1: `f:name`, `k:{"name":"a"}`, `v:"a"`, `i:0`.
 * `members` belong to the set themselves; `children` hold members further down. A name may be in both.
 */
export type FieldSet = { members: Set<string>; children: Map<string, FieldSet> }

export const emptySet = (): FieldSet => ({ members: new Set(), children: new Map() })

export const isEmpty = (set: FieldSet): boolean => {
  if (set.members.size > 0) return false
  for (const child of set.children.values()) if (!isEmpty(child)) return false
  return true
}

/** The subset below `element`, made if it is not there. */
export const descend = (set: FieldSet, element: string): FieldSet => {
  let child = set.children.get(element)
  if (child === undefined) {
    child = emptySet()
    set.children.set(element, child)
  }
  return child
}

/** Adds the field at `path`; the root itself is never counted. In place. */
export const insert = (set: FieldSet, path: string[]): void => {
  const last = path.length - 1
  if (last < 0) return
  let at = set
  for (let i = 0; i < last; i += 1) at = descend(at, path[i] as string)
  at.members.add(path[last] as string)
}

export const union = (a: FieldSet, b: FieldSet): FieldSet => {
  if (contains(b, a)) return b
  const result: FieldSet = { members: new Set([...a.members, ...b.members]), children: new Map(a.children) }
  for (const [name, child] of b.children) {
    const mine = result.children.get(name)
    result.children.set(name, mine === undefined ? child : union(mine, child))
  }
  return result
}

/** Whether all of `b` is in `a`. */
export const contains = (a: FieldSet, b: FieldSet): boolean => {
  for (const name of b.members) if (!a.members.has(name)) return false
  for (const [name, child] of b.children) {
    const mine = a.children.get(name)
    if (mine === undefined ? !isEmpty(child) : !contains(mine, child)) return false
  }
  return true
}

export const intersection = (a: FieldSet, b: FieldSet): FieldSet => {
  const children = new Map<string, FieldSet>()
  for (const [name, child] of a.children) {
    const other = b.children.get(name)
    const shared = other === undefined ? undefined : intersection(child, other)
    if (shared !== undefined && !isEmpty(shared)) children.set(name, shared)
  }
  return { members: both(a.members, b.members), children }
}

/** What is in `a` and not in `b`; a field in `b` does not take what is below it in `a`. `a` itself where they have nothing in common. */
export const difference = (a: FieldSet, b: FieldSet): FieldSet => {
  if (disjoint(a, b)) return a
  const children = new Map<string, FieldSet>()
  for (const [name, child] of a.children) {
    const other = b.children.get(name)
    const rest = other === undefined ? child : difference(child, other)
    if (!isEmpty(rest)) children.set(name, rest)
  }
  return { members: without(a.members, b.members), children }
}

/** What is in `a` and neither in `b` nor below anything in `b`. */
export const differenceBelow = (a: FieldSet, b: FieldSet): FieldSet => {
  const children = new Map<string, FieldSet>()
  for (const [name, child] of a.children) {
    if (b.members.has(name)) continue
    const other = b.children.get(name)
    const rest = other === undefined ? child : differenceBelow(child, other)
    if (!isEmpty(rest)) children.set(name, rest)
  }
  return { members: without(a.members, b.members), children }
}

const disjoint = (a: FieldSet, b: FieldSet): boolean => {
  for (const name of b.members) if (a.members.has(name)) return false
  for (const [name, child] of b.children) {
    const mine = a.children.get(name)
    if (mine !== undefined && !disjoint(mine, child)) return false
  }
  return true
}

const both = (a: Set<string>, b: Set<string>): Set<string> => new Set([...a].filter((name) => b.has(name)))
const without = (a: Set<string>, b: Set<string>): Set<string> => new Set([...a].filter((name) => !b.has(name)))

/** Every field in the set, outermost first. */
export const pathsOf = (set: FieldSet, prefix: string[] = []): string[][] => [
  ...[...set.members].map((name) => [...prefix, name]),
  ...[...set.children].flatMap(([name, child]) => pathsOf(child, [...prefix, name])),
]

type FieldsV1 = Record<string, unknown>

// Most writes leave most managers' fields as they are: neither form is ever changed in place, so each is made of the other once.
const jsonOf = new WeakMap<FieldSet, FieldsV1>()
const setOf = new WeakMap<FieldsV1, FieldSet>()

/** The JSON of `fieldsV1`. Not to be changed. */
export const toFieldsV1 = (set: FieldSet): FieldsV1 => {
  const known = jsonOf.get(set)
  if (known !== undefined) return known
  const json = writeFields(set)
  jsonOf.set(set, json)
  setOf.set(json, set)
  return json
}

/** Reads `fieldsV1`. Neither it nor the set is to be changed. */
export const fromFieldsV1 = (json: FieldsV1): FieldSet => {
  const known = setOf.get(json)
  if (known !== undefined) return known
  const set = readFields(json)
  setOf.set(json, set)
  return set
}

const writeFields = (set: FieldSet): FieldsV1 => {
  const names = new Set([...set.members, ...set.children.keys()])
  const json: FieldsV1 = {}
  for (const name of [...names].sort()) {
    const child = set.children.get(name)
    if (child === undefined || isEmpty(child)) {
      if (set.members.has(name)) json[name] = {}
    } else {
      json[name] = { ...(set.members.has(name) ? { '.': {} } : {}), ...writeFields(child) }
    }
  }
  return json
}

const readFields = (json: FieldsV1): FieldSet => {
  const set = emptySet()
  for (const [name, value] of Object.entries(json)) {
    if (name === '.') continue
    const below = (value ?? {}) as FieldsV1
    const names = Object.keys(below)
    if (names.length === 0 || '.' in below) set.members.add(name)
    if (names.some((child) => child !== '.')) set.children.set(name, readFields(below))
  }
  return set
}

/** A path as conflicts name it: `.spec.ports[port=80,protocol="TCP"].name`. */
export const formatPath = (path: string[]): string => path.map(formatElement).join('')

const formatElement = (element: string): string => {
  const rest = element.slice(2)
  switch (element[0]) {
    case 'k': {
      const keys = Object.entries(JSON.parse(rest) as Record<string, unknown>)
      return `[${keys.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(',')}]`
    }
    case 'v':
      return `[=${rest}]`
    case 'i':
      return `[${rest}]`
    default:
      return `.${rest}`
  }
}
