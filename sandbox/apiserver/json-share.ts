import { jsonCopy, ownMember, setMember } from './json-copy.ts'

/**
 * A copy that may be changed, but for the parts that equal `base` at the same place: those are `base`'s own, and must stay as they are. Most writes
 * change little, and what is `base`'s by reference needs no second look from whoever comes next. `base` itself where nothing differs.
 */
export const sharedCopy = (value: unknown, base: unknown): unknown => {
  if (value === base || typeof value !== 'object' || value === null) return value
  if (typeof base !== 'object' || base === null || Array.isArray(value) !== Array.isArray(base)) return jsonCopy(value)
  return Array.isArray(value) ? sharedItems(value, base as unknown[]) : sharedMembers(value as Members, base as Members)
}

type Members = Record<string, unknown>

const sharedItems = (value: unknown[], base: unknown[]): unknown[] => {
  let same = value.length === base.length
  const copy = value.map((item, index) => {
    const shared = sharedCopy(item, base[index])
    same &&= shared === base[index]
    return shared
  })
  return same ? base : copy
}

const sharedMembers = (value: Members, base: Members): Members => {
  const names = Object.keys(value)
  const copy: Members = {}
  let same = names.length === Object.keys(base).length
  for (const name of names) {
    const before = ownMember(base, name)
    const shared = sharedCopy(value[name], before)
    same &&= shared === before && Object.hasOwn(base, name)
    setMember(copy, name, shared)
  }
  return same ? base : copy
}

/** What is at the place of a member or an item in another value; undefined where there is no such place. */
export const baseAt = (base: unknown, name: string | number): unknown =>
  typeof base === 'object' && base !== null ? (base as Record<string | number, unknown>)[name] : undefined
