/**
 * A copy of plain JSON that may be changed. About three times as fast as `structuredClone`, which has to be ready for cycles, maps and buffers, and
 * took a seventh of the server's time, since every write makes a few copies.
 */
export const jsonCopy = <T>(value: T): T => copyOf(value) as T

const copyOf = (value: unknown): unknown => {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(copyOf)
  const copy: Record<string, unknown> = {}
  for (const name of Object.keys(value)) {
    const member = copyOf((value as Record<string, unknown>)[name])
    // A member of this name is data here, as JSON.parse has it; assigned it would become the copy's prototype.
    if (name === '__proto__') Object.defineProperty(copy, name, { value: member, enumerable: true, configurable: true, writable: true })
    else copy[name] = member
  }
  return copy
}
