import { ownMember, setMember } from '../json-copy.ts'
import { elementOf, type FieldType, type ListType, type MapType, memberType, partFor } from './field-types.ts'

type Members = Record<string, unknown>

/** An applied configuration merged into an object by its types: nothing is removed, the configuration's leaves win. Nothing given is changed. */
export const mergeTyped = (type: FieldType, live: unknown, applied: unknown): unknown => {
  if (applied === undefined) return live
  if (live === undefined) return applied
  const [before, after] = [partFor(type, live), partFor(type, applied)]
  if (after.map !== undefined && before.map !== undefined && (isMembers(live) || isMembers(applied))) {
    return mergeMembers(after.map, isMembers(live) ? live : {}, isMembers(applied) ? applied : {}, applied)
  }
  if (after.list !== undefined && before.list !== undefined && Array.isArray(live) && Array.isArray(applied)) {
    return mergeItems(after.list, live, applied)
  }
  return applied
}

const mergeMembers = (type: MapType, live: Members, applied: Members, whole: unknown): unknown => {
  if (type.atomic) return whole
  if (Object.keys(live).length === 0) return whole
  const result: Members = { ...live }
  for (const name of Object.keys(applied)) {
    const child = memberType(type, name)
    setMember(result, name, child === undefined ? applied[name] : mergeTyped(child, ownMember(live, name), applied[name]))
  }
  return result
}

/** Items that both have take the order of the applied list; items that only the live list has stay behind the neighbours they had. */
const mergeItems = (type: ListType, live: unknown[], applied: unknown[]): unknown => {
  if (type.relation === 'atomic' || (live.length === 0 && applied.length === 0)) return applied
  const liveElements = live.map((item) => elementOf(type, item))
  const appliedElements = applied.map((item) => elementOf(type, item))
  const liveItems = uniqueItems(liveElements, live)
  const inApplied = new Set(appliedElements)
  const shared = appliedElements.filter((element) => liveItems.has(element))
  const merged = new Set<string>()
  const result: unknown[] = []
  let next = 0
  const take = (element: string): void => {
    merged.add(element)
    result.push(mergeTyped(type.item, liveItems.get(element), applied[appliedElements.indexOf(element)]))
    if (element === shared[next]) next += 1
  }
  let [left, right] = [0, 0]
  while (left < live.length || right < applied.length) {
    const element = liveElements[left]
    const wanted = appliedElements[right]
    if (element !== undefined && element === wanted) {
      take(element)
      left += 1
      right += 1
    } else if (element !== undefined && !inApplied.has(element)) {
      result.push(live[left])
      left += 1
    } else if (element !== undefined && (merged.has(element) || (wanted !== undefined && shared[next] !== element))) {
      left += 1
    } else if (wanted !== undefined) {
      take(wanted)
      right += 1
    }
  }
  return result
}

/** A live item by its name; undefined where several bear it, which then are not merged with what is applied. */
const uniqueItems = (elements: string[], items: unknown[]): Map<string, unknown> => {
  const unique = new Map<string, unknown>()
  elements.forEach((element, index) => unique.set(element, unique.has(element) ? undefined : items[index]))
  return unique
}

const isMembers = (value: unknown): value is Members => typeof value === 'object' && value !== null && !Array.isArray(value)
