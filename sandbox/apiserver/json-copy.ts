/**
 * A copy of plain JSON that may be changed. More than twice as fast as `structuredClone`, which has to be ready for cycles, maps and buffers, and
 * took a seventh of the server's time, since every write makes a few copies.
 */
export const jsonCopy = <T>(value: T): T => copyOf(value) as T

/** Sets a member that may have any name. One named `__proto__` is data, as JSON.parse has it; assigned it would become the prototype. */
export const setMember = (members: Record<string, unknown>, name: string, value: unknown): void => {
  if (name === '__proto__') Object.defineProperty(members, name, { value, enumerable: true, configurable: true, writable: true })
  else members[name] = value
}

/** A member by any name; undefined for what an object has by its prototype only. */
export const ownMember = (members: Record<string, unknown>, name: string): unknown => (Object.hasOwn(members, name) ? members[name] : undefined)

const copyOf = (value: unknown): unknown => {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(copyOf)
  const copy: Record<string, unknown> = {}
  for (const name of Object.keys(value)) setMember(copy, name, copyOf((value as Record<string, unknown>)[name]))
  return copy
}
