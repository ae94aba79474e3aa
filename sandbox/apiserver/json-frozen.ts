/**
 * Freezes plain JSON through and through, so that whoever is handed it can't change it. What is frozen already is so in all its parts, which is where
 * most of an object's next version comes from. Throws on what no JSON text could say.
 */
export const frozen = <T>(value: T): T => {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) {
    if (value === undefined || typeof value === 'function') throw new Error('undefined is no JSON')
    return value
  }
  for (const part of Object.values(value)) frozen(part)
  return Object.freeze(value)
}
