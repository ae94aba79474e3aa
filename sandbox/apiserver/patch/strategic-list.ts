type Members = Record<string, unknown>

export type ListMerge = {
  /** The merge key of a list of objects; undefined for a list of scalars. */
  key: string | undefined
  mergeItem: (live: Members, patch: Members) => unknown
  freshItem: (patch: unknown) => unknown
  fail: (message: string) => Error
}

/** Merges a patch's list into a live one: items that are there keep their places, new ones come last. */
export const mergeList = (live: unknown[], patch: unknown[], merge: ListMerge): unknown[] => {
  if (patch.every((item) => !isMembers(item)) && live.every((item) => !isMembers(item))) return [...new Set([...live, ...patch])]
  if (merge.key === undefined) throw merge.fail('cannot merge lists without merge key')
  const { key } = merge
  if (patch.some((item) => isMembers(item) && item.$patch === 'replace')) {
    return patch.filter((item) => !(isMembers(item) && '$patch' in item)).map(merge.freshItem)
  }
  let result = live
  for (const item of patch) result = mergeOne(result, item, key, merge)
  return result
}

const mergeOne = (list: unknown[], item: unknown, key: string, merge: ListMerge): unknown[] => {
  if (!isMembers(item)) throw merge.fail(`expected a map with merge key "${key}", got ${JSON.stringify(item)}`)
  const name = item[key]
  if (name === undefined) throw merge.fail(`map: ${JSON.stringify(item)} does not contain declared merge key: ${key}`)
  if (item.$patch === 'delete') return list.filter((other) => !isMembers(other) || other[key] !== name)
  if ('$patch' in item && item.$patch !== 'merge') throw merge.fail(`Unknown patch type found: ${String(item.$patch)}`)
  const at = list.findIndex((other) => isMembers(other) && other[key] === name)
  if (at < 0) return [...list, merge.freshItem(item)]
  return list.with(at, merge.mergeItem(list[at] as Members, item))
}

/** A list of scalars without some of its values. */
export const withoutValues = (list: unknown[], values: unknown[]): unknown[] => {
  const gone = new Set(values)
  return list.filter((value) => !gone.has(value))
}

/**
 * Puts a merged list into the order that a client asked for. Items that the client did not know of stay where they were among the others.
 *
 * @param order - scalars, or objects with just the merge key. @param live - the list before the patch.
 */
export const orderLike = (list: unknown[], order: unknown[], live: unknown[], key: string | undefined): unknown[] => {
  const nameOf = (item: unknown): unknown => (key === undefined || !isMembers(item) ? item : item[key])
  const wanted = new Map(order.map((item, index) => [nameOf(item), index]))
  const liveOrder = new Map(live.map((item, index) => [nameOf(item), index]))
  const rank = (item: unknown): number => wanted.get(nameOf(item)) ?? 0
  const known = list.filter((item) => wanted.has(nameOf(item))).sort((a, b) => rank(a) - rank(b))
  const others = list.filter((item) => !wanted.has(nameOf(item)))
  const result: unknown[] = []
  let [left, right] = [0, 0]
  while (left < known.length && right < others.length) {
    const mine = liveOrder.get(nameOf(known[left])) ?? -1
    const theirs = liveOrder.get(nameOf(others[right])) ?? Number.POSITIVE_INFINITY
    if (mine <= theirs) result.push(known[left++])
    else result.push(others[right++])
  }
  return [...result, ...known.slice(left), ...others.slice(right)]
}

const isMembers = (value: unknown): value is Members => typeof value === 'object' && value !== null && !Array.isArray(value)
