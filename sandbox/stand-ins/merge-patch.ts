type Json = Record<string, unknown>

/**
 * The JSON merge patch (RFC 7386) that turns `from` into `to`; undefined when they are equal. Arrays are replaced whole.
 * `undefined` in `to` means "remove".
 */
export const mergePatchOf = (from: unknown, to: unknown): Json | undefined => {
  if (!isMap(to)) return undefined
  const base = isMap(from) ? from : {}
  const patch: Json = {}
  for (const key of new Set([...Object.keys(base), ...Object.keys(to)])) {
    const before = base[key]
    const after = to[key]
    if (after === undefined || after === null) {
      if (before !== undefined && before !== null) patch[key] = null
    } else if (isMap(after) && isMap(before)) {
      const inner = mergePatchOf(before, after)
      if (inner !== undefined) patch[key] = inner
    } else if (!deepEqual(before, after)) {
      patch[key] = after
    }
  }
  return Object.keys(patch).length === 0 ? undefined : patch
}

/** Equality of plain JSON; an absent key and `undefined` are the same. */
export const deepEqual = (a: unknown, b: unknown): boolean => {
  if (a === b) return true
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((value, index) => deepEqual(value, b[index]))
  if (!isMap(a) || !isMap(b)) return false
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].every((key) => deepEqual(a[key], b[key]))
}

const isMap = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)
