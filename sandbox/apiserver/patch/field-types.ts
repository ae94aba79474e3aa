import type { StructuralSchema } from '../../../crds/structural-schema.ts'
import { effectiveSchema, withObjectMeta } from '../schema/metadata-schema.ts'

/** How server-side apply sees the values at one place of a schema. A value takes the part that fits it. */
export type FieldType = {
  scalar: ScalarType | undefined
  list: ListType | undefined
  map: MapType | undefined
}
export type ScalarType = 'string' | 'number' | 'boolean' | 'any'
export type ListType = { relation: 'atomic' | 'set' | 'map'; keys: string[]; keyDefaults: Map<string, unknown>; item: FieldType }
export type MapType = {
  atomic: boolean
  fields: Map<string, FieldType>
  /** The type of members without a name in the schema; undefined = there may be none. */
  element: FieldType | undefined
}

const atomicAnything: FieldType = { scalar: 'any', list: undefined, map: undefined }
atomicAnything.list = { relation: 'atomic', keys: [], keyDefaults: new Map(), item: atomicAnything }
atomicAnything.map = { atomic: true, fields: new Map(), element: atomicAnything }

/** Values without a schema: objects are merged member by member, lists are replaced. */
const deduced: FieldType = { scalar: 'any', list: atomicAnything.list, map: undefined }
deduced.map = { atomic: false, fields: new Map(), element: deduced }

const types = new WeakMap<StructuralSchema, FieldType>()
const preserving = new WeakMap<StructuralSchema, FieldType>()

/** The type of a whole object of a resource. Made once per schema. */
export const objectType = (schema: StructuralSchema): FieldType => typeOf(withObjectMeta(schema), false)

/** `preserve`: an ancestor keeps unknown fields, and so does everything below it. */
const typeOf = (schema: StructuralSchema, inherited: boolean): FieldType => {
  const preserve = inherited || schema['x-kubernetes-preserve-unknown-fields'] === true
  const cache = preserve ? preserving : types
  const known = cache.get(schema)
  if (known !== undefined) return known
  const result: FieldType = { scalar: undefined, list: undefined, map: undefined }
  cache.set(schema, result)
  Object.assign(result, build(effectiveSchema(schema), preserve))
  return result
}

const build = (schema: StructuralSchema, preserve: boolean): Partial<FieldType> => {
  // Without a type: whatever it is, it is for validation to refuse.
  if (schema['x-kubernetes-int-or-string'] === true) return deduced
  switch (schema.type) {
    case 'object':
      return { map: mapType(schema, preserve) }
    case 'array':
      return { list: listType(schema, preserve) }
    case undefined:
      return { scalar: 'any', list: listType(schema, preserve), map: mapType(schema, preserve) }
    case 'integer':
    case 'number':
      return { scalar: 'number' }
    default:
      // A formatted string (byte, date-time) is not looked into.
      return { scalar: schema.type === 'string' && schema.format !== undefined ? 'any' : schema.type }
  }
}

const mapType = (schema: StructuralSchema, preserve: boolean): MapType => ({
  atomic: schema['x-kubernetes-map-type'] === 'atomic',
  fields: new Map(Object.entries(schema.properties ?? {}).map(([name, child]) => [name, typeOf(child, preserve)])),
  element: elementType(schema, preserve),
})

const elementType = (schema: StructuralSchema, preserve: boolean): FieldType | undefined => {
  if (typeof schema.additionalProperties === 'object') return typeOf(schema.additionalProperties, preserve)
  const open = schema.additionalProperties === undefined && (preserve || Object.keys(schema.properties ?? {}).length === 0)
  return open || schema.additionalProperties === true ? deduced : undefined
}

const listType = (schema: StructuralSchema, preserve: boolean): ListType => {
  const relation = schema['x-kubernetes-list-type'] ?? mergeRelation(schema)
  const keys = schema['x-kubernetes-list-map-keys'] ?? mergeKeys(schema)
  const keyDefaults = new Map(keys.map((key) => [key, schema.items?.properties?.[key]?.default]))
  return { relation, keys, keyDefaults, item: schema.items === undefined ? atomicAnything : typeOf(schema.items, preserve) }
}

/** Built-in kinds of old say how they merge by strategic merge's words alone. */
const mergeRelation = (schema: StructuralSchema): ListType['relation'] => {
  if (schema['x-kubernetes-patch-strategy']?.split(',').includes('merge') !== true) return 'atomic'
  return schema['x-kubernetes-patch-merge-key'] === undefined ? 'set' : 'map'
}

const mergeKeys = (schema: StructuralSchema): string[] =>
  schema['x-kubernetes-patch-merge-key'] === undefined ? [] : [schema['x-kubernetes-patch-merge-key']]

/** The part of a type that fits a value; null and absent fit every part. */
export const partFor = (type: FieldType, value: unknown): FieldType => {
  if (value === undefined || value === null) return type
  const [scalar, list, map] = [type.scalar, type.list, type.map]
  if (Array.isArray(value)) return list === undefined ? type : { scalar: undefined, list, map: undefined }
  if (typeof value === 'object') return map === undefined ? type : { scalar: undefined, list: undefined, map }
  return scalar === undefined ? type : { scalar, list: undefined, map: undefined }
}

/** Why a value cannot be told apart from its neighbours in a list. */
export class FieldTypeError extends Error {}

/** The name of a list's item as a path element. */
export const elementOf = (type: ListType, item: unknown): string => {
  if (type.relation === 'set') {
    if (typeof item === 'object') throw new FieldTypeError('associative list without keys has an element that is no scalar')
    return `v:${JSON.stringify(item)}`
  }
  if (typeof item !== 'object' || item === null || Array.isArray(item)) {
    throw new FieldTypeError(`associative list with keys may not have ${item === null ? 'a null element' : 'non-map elements'}`)
  }
  const members = item as Record<string, unknown>
  const named: Record<string, unknown> = {}
  for (const key of type.keys.toSorted()) {
    const value = members[key] ?? type.keyDefaults.get(key)
    if (value !== undefined) named[key] = value
  }
  if (Object.keys(named).length === 0) {
    throw new FieldTypeError(
      `associative list with keys has an element that omits all key fields [${type.keys.map((key) => `"${key}"`).join(' ')}] ` +
      "(and doesn't have default values for any key fields)",
    )
  }
  return `k:${JSON.stringify(named)}`
}

/** The type of a map's member. */
export const memberType = (type: MapType, name: string): FieldType | undefined => type.fields.get(name) ?? type.element
