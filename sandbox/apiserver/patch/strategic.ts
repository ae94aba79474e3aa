import type { StructuralSchema } from '../../../crds/structural-schema.ts'
import { ownMember, setMember } from '../json-copy.ts'
import { withObjectMeta } from '../schema/metadata-schema.ts'
import { type ListMerge, mergeList, orderLike, withoutValues } from './strategic-list.ts'

/** A strategic merge patch that contradicts itself or the kind's schema. */
export class StrategicPatchError extends Error {}

type Members = Record<string, unknown>

const deleteFromList = '$deleteFromPrimitiveList/'
const elementOrder = '$setElementOrder/'

/**
 * Strategic merge patch, for built-in kinds: objects merge, lists merge by `x-kubernetes-patch-merge-key` where the schema says so and are
 * replaced otherwise. Knows `$patch`, `$retainKeys`, `$deleteFromPrimitiveList` and `$setElementOrder`. Nothing given is changed.
 *
 * @throws StrategicPatchError
 */
export const strategicMergePatch = (schema: StructuralSchema, object: unknown, patch: unknown): unknown => {
  if (!isMembers(patch)) throw new StrategicPatchError('a strategic merge patch is an object')
  return mergeMembers(withObjectMeta(schema), isMembers(object) ? object : {}, patch)
}

const mergeMembers = (schema: StructuralSchema | undefined, original: Members, patch: Members): Members => {
  if ('$patch' in patch) return directed(patch, original, schema)
  const result = retain(original, patch.$retainKeys)
  for (const [name, values] of Object.entries(patch)) {
    if (!name.startsWith(deleteFromList)) continue
    const field = name.slice(deleteFromList.length)
    if (Array.isArray(result[field])) result[field] = withoutValues(result[field] as unknown[], asList(name, values))
  }
  for (const [name, value] of Object.entries(patch)) {
    if (name.startsWith('$')) continue
    if (value === null) delete result[name]
    else setMember(result, name, mergeField(childOf(schema, name), ownMember(result, name), value))
  }
  for (const [name, order] of Object.entries(patch)) {
    if (!name.startsWith(elementOrder)) continue
    const field = name.slice(elementOrder.length)
    if (!Array.isArray(result[field])) continue
    const live = Array.isArray(original[field]) ? (original[field] as unknown[]) : []
    result[field] = orderLike(result[field] as unknown[], asList(name, order), live, childOf(schema, field)?.['x-kubernetes-patch-merge-key'])
  }
  return result
}

/** `$patch: replace` puts the rest of the patch in the object's place; `$patch: delete` leaves nothing of it. */
const directed = (patch: Members, original: Members, schema: StructuralSchema | undefined): Members => {
  const { $patch: directive, ...rest } = patch
  switch (directive) {
    case 'replace':
      return withoutDirectives(rest) as Members
    case 'delete':
      return {}
    case 'merge':
      return mergeMembers(schema, original, rest)
    default:
      throw new StrategicPatchError(`Unknown patch type found: ${String(directive)}`)
  }
}

const retain = (original: Members, keys: unknown): Members => {
  if (keys === undefined) return { ...original }
  const kept = new Set(asList('$retainKeys', keys))
  return Object.fromEntries(Object.entries(original).filter(([name]) => kept.has(name)))
}

const mergeField = (schema: StructuralSchema | undefined, original: unknown, patch: unknown): unknown => {
  const strategies = schema?.['x-kubernetes-patch-strategy']?.split(',') ?? []
  if (isMembers(patch)) {
    if (strategies.includes('replace') || !isMembers(original)) return fresh(schema, patch)
    return mergeMembers(schema, original, patch)
  }
  if (!Array.isArray(patch)) return patch
  if (!strategies.includes('merge')) return withoutDirectives(patch)
  const merge: ListMerge = {
    key: schema?.['x-kubernetes-patch-merge-key'],
    mergeItem: (live, item) => mergeMembers(schema?.items, live, item),
    freshItem: (item) => withoutDirectives(item),
    fail: (message) => new StrategicPatchError(message),
  }
  return mergeList(Array.isArray(original) ? (original as unknown[]) : [], patch as unknown[], merge)
}

const fresh = (schema: StructuralSchema | undefined, patch: Members): unknown =>
  '$patch' in patch ? directed(patch, {}, schema) : withoutDirectives(patch)

/** Where there is nothing to merge with, a patch is its own result: directives and nulls fall away. */
const withoutDirectives = (value: unknown): unknown => {
  if (Array.isArray(value)) {
    return value.filter((item) => !(isMembers(item) && '$patch' in item)).map((item: unknown) => withoutDirectives(item))
  }
  if (!isMembers(value)) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name, member]) => !name.startsWith('$') && member !== null)
      .map(([name, member]) => [name, withoutDirectives(member)]),
  )
}

const childOf = (schema: StructuralSchema | undefined, name: string): StructuralSchema | undefined =>
  schema?.properties?.[name] ?? (typeof schema?.additionalProperties === 'object' ? schema.additionalProperties : undefined)

const asList = (name: string, value: unknown): unknown[] => {
  if (!Array.isArray(value)) throw new StrategicPatchError(`invalid value for special key: ${name}`)
  return value as unknown[]
}

const isMembers = (value: unknown): value is Members => typeof value === 'object' && value !== null && !Array.isArray(value)
