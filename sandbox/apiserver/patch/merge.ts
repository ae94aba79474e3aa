import { jsonCopy, ownMember, setMember } from '../json-copy.ts'

/**
 * JSON merge patch (RFC 7386). Nothing given is changed.
 *
 * @returns the target with the patch applied: null removes, an object merges, everything else replaces.
 */
export const mergePatch = (target: unknown, patch: unknown): unknown => {
  if (!isObject(patch)) return jsonCopy(patch)
  const result: Record<string, unknown> = isObject(target) ? { ...target } : {}
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete result[name]
    else setMember(result, name, mergePatch(ownMember(result, name), value))
  }
  return result
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)
