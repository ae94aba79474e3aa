/**
 * Equality of plain JSON, as `isDeepStrictEqual` has it, without that one's care for cycles, prototypes and collections: it is asked several times
 * in every write. What two values share by reference is not looked at.
 */
export const jsonEqual = (a: unknown, b: unknown): boolean => {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((item, index) => jsonEqual(item, b[index]))
  return !Array.isArray(b) && sameMembers(a as Record<string, unknown>, b as Record<string, unknown>)
}

const sameMembers = (a: Record<string, unknown>, b: Record<string, unknown>): boolean => {
  const names = Object.keys(a)
  if (names.length !== Object.keys(b).length) return false
  for (const name of names) if (!Object.hasOwn(b, name) || !jsonEqual(a[name], b[name])) return false
  return true
}
