/**
 * Plain JSON without its lists that have no items. Nobody owns such a list: server-side apply notes who owns an item, and where there is none there
 * is nothing to note (sigs.k8s.io/structured-merge-diff, typed/tofieldset.go). A process that was not there when it was written would write it again.
 */
export const withoutEmptyLists = <T extends Record<string, unknown>>(object: T): T => {
  let copy: Record<string, unknown> | undefined
  for (const [name, value] of Object.entries(object)) {
    if (typeof value !== 'object' || value === null) continue
    if (Array.isArray(value) && value.length === 0) {
      copy ??= { ...object }
      Reflect.deleteProperty(copy, name)
      continue
    }
    const rest = Array.isArray(value) ? itemsWithout(value as unknown[]) : withoutEmptyLists(value as Record<string, unknown>)
    if (rest !== value) (copy ??= { ...object })[name] = rest
  }
  return (copy ?? object) as T
}

const itemsWithout = (items: readonly unknown[]): readonly unknown[] => {
  const rest = items.map((item) => (typeof item === 'object' && item !== null && !Array.isArray(item) ? withoutEmptyLists(item as Record<string, unknown>) : item))
  return rest.some((item, index) => item !== items[index]) ? rest : items
}
