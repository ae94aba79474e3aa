import type { StructuralSchema } from '../../../crds/structural-schema.ts'
import type { Cause } from '../resource.ts'
import { forbiddenCause, invalidCause, notSupportedCause, requiredCause } from '../schema/causes.ts'
import { toRegExp } from '../schema/formats.ts'

type Place = 'root' | 'field' | 'item'

const emptyType: Record<Place, string> = {
  root: 'must not be empty at the root',
  field: 'must not be empty for specified object fields',
  item: 'must not be empty for specified array items',
}

/** Why a schema is not structural, place by place. A place is written as `properties[spec].items`. */
export const checkStructure = (schema: StructuralSchema, path: string, place: Place = 'root'): Cause[] => [
  ...checkType(schema, path, place),
  ...checkExtensions(schema, path),
  ...checkLists(schema, path),
  ...checkSubset(schema, path, place),
  ...nested(schema).flatMap(([at, value]) => checkNested(value, `${path}.${at}`, schema['x-kubernetes-int-or-string'] === true)),
  ...Object.entries(schema.properties ?? {}).flatMap(([name, child]) =>
    place === 'root' && name === 'metadata' ? checkMetadata(child, `${path}.properties[metadata]`) : checkStructure(child, `${path}.properties[${name}]`, 'field'),
  ),
  ...(schema.items === undefined ? [] : checkStructure(schema.items, `${path}.items`, 'item')),
  ...(typeof schema.additionalProperties === 'object' ? checkStructure(schema.additionalProperties, `${path}.additionalProperties`, 'field') : []),
]

const checkType = (schema: StructuralSchema, path: string, place: Place): Cause[] => {
  const untyped = schema['x-kubernetes-int-or-string'] === true || schema['x-kubernetes-preserve-unknown-fields'] === true
  if (!schema.type) return untyped && place !== 'root' ? [] : [requiredCause(`${path}.type`, emptyType[place])]
  const known = ['array', 'boolean', 'integer', 'number', 'object', 'string']
  if (!known.includes(schema.type)) return [notSupportedCause(`${path}.type`, schema.type, known)]
  if (place === 'root' && schema.type !== 'object') return [invalidCause(`${path}.type`, schema.type, 'must be object at the root')]
  if (schema.type === 'array' && schema.items === undefined) return [requiredCause(`${path}.items`, 'must be specified')]
  return []
}

const checkExtensions = (schema: StructuralSchema, path: string): Cause[] => {
  const preserve = schema['x-kubernetes-preserve-unknown-fields']
  const causes: Cause[] = []
  if (schema['x-kubernetes-embedded-resource'] === true) {
    if (schema.type !== 'object') causes.push(requiredCause(`${path}.type`, 'must be object if x-kubernetes-embedded-resource is true'))
    if (preserve !== true && Object.keys(schema.properties ?? {}).length === 0) {
      causes.push(requiredCause(`${path}.properties`, 'must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields'))
    }
  }
  if (preserve === false) causes.push(invalidCause(`${path}.x-kubernetes-preserve-unknown-fields`, false, 'must be true or undefined'))
  if (schema['x-kubernetes-int-or-string'] === true && preserve === true) {
    causes.push(invalidCause(`${path}.x-kubernetes-preserve-unknown-fields`, true, 'must be false if x-kubernetes-int-or-string is true'))
  }
  const mapType = schema['x-kubernetes-map-type']
  if (mapType !== undefined && schema.type !== 'object') causes.push(requiredCause(`${path}.type`, 'must be object if x-kubernetes-map-type is specified'))
  return causes
}

const checkLists = (schema: StructuralSchema, path: string): Cause[] => {
  const listType = schema['x-kubernetes-list-type']
  const keys = schema['x-kubernetes-list-map-keys'] ?? []
  if (listType === undefined) {
    return keys.length === 0 ? [] : [requiredCause(`${path}.x-kubernetes-list-type`, 'must be map if x-kubernetes-list-map-keys is non-empty')]
  }
  const known = ['atomic', 'set', 'map']
  if (schema.type !== 'array') return [requiredCause(`${path}.type`, 'must be array if x-kubernetes-list-type is specified')]
  if (!known.includes(listType)) return [notSupportedCause(`${path}.x-kubernetes-list-type`, listType, known)]
  if (listType === 'set') return checkSet(schema, path)
  if (listType !== 'map') return []
  if (keys.length === 0) return [requiredCause(`${path}.x-kubernetes-list-map-keys`, 'must not be empty if x-kubernetes-list-type is map')]
  if (schema.items?.type !== 'object') {
    return [invalidCause(`${path}.items.type`, schema.items?.type ?? '', "must be object if parent array's x-kubernetes-list-type is map")]
  }
  return keys.flatMap((key) => checkMapKey(schema, key, path))
}

const checkSet = (schema: StructuralSchema, path: string): Cause[] => {
  const { items } = schema
  if (items?.type === 'object' && items['x-kubernetes-map-type'] !== 'atomic') {
    return [invalidCause(`${path}.items.x-kubernetes-map-type`, null, 'must be atomic as item of a list with x-kubernetes-list-type=set')]
  }
  return items?.nullable === true ? [forbiddenCause(`${path}.items.nullable`, 'cannot be nullable when x-kubernetes-list-type is set')] : []
}

const checkMapKey = (schema: StructuralSchema, key: string, path: string): Cause[] => {
  const child = schema.items?.properties?.[key]
  if (child === undefined) {
    return [invalidCause(`${path}.x-kubernetes-list-map-keys`, schema['x-kubernetes-list-map-keys'], 'entries must all be names of item properties')]
  }
  const at = `${path}.items.properties[${key}]`
  if (child.type === 'object' || child.type === 'array') {
    return [invalidCause(`${at}.type`, child.type, "must be a scalar type if parent array's x-kubernetes-list-type is map")]
  }
  if (child.default !== undefined || schema.items?.required?.includes(key) === true) return []
  return [requiredCause(`${at}.default`, 'this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property')]
}

/** The parts of JSON Schema that the API server refuses or restricts. */
const checkSubset = (schema: StructuralSchema, path: string, place: Place): Cause[] => {
  const causes: Cause[] = []
  if (schema.uniqueItems === true) {
    causes.push(forbiddenCause(`${path}.uniqueItems`, 'uniqueItems cannot be set to true since the runtime complexity becomes quadratic'))
  }
  if (schema.additionalProperties !== undefined && Object.keys(schema.properties ?? {}).length > 0 && schema.additionalProperties !== false) {
    causes.push(forbiddenCause(`${path}.additionalProperties`, 'additionalProperties and properties are mutual exclusive'))
  }
  if (schema.additionalProperties === false) {
    causes.push(forbiddenCause(`${path}.additionalProperties`, 'additionalProperties cannot be set to false'))
  }
  if (place === 'root' && schema.additionalProperties !== undefined) causes.push(forbiddenCause(`${path}.additionalProperties`, 'must not be used at the root'))
  if (place === 'root' && schema.nullable === true) causes.push(forbiddenCause(`${path}.nullable`, 'nullable cannot be true at the root'))
  for (const name of ['$ref', 'definitions', 'dependencies', 'patternProperties', 'id']) {
    if (name in schema) causes.push(forbiddenCause(`${path}.${name}`, `${name} is not supported`))
  }
  if (schema.pattern !== undefined) causes.push(...checkPattern(schema.pattern, path))
  return causes
}

const checkPattern = (pattern: string, path: string): Cause[] => {
  try {
    toRegExp(pattern)
    return []
  } catch (error) {
    return [invalidCause(`${path}.pattern`, pattern, `must be a valid regular expression, but isn't: ${(error as Error).message}`)]
  }
}

const checkMetadata = (schema: StructuralSchema, path: string): Cause[] => {
  const names = Object.keys(schema.properties ?? {})
  const only = names.every((name) => name === 'name' || name === 'generateName')
  if (schema.type !== 'object') return [invalidCause(`${path}.type`, schema.type ?? '', 'must be object')]
  return only ? [] : [forbiddenCause(path, 'must not specify anything other than name and generateName, but metadata is implicitly specified')]
}

const nested = (schema: StructuralSchema): [string, StructuralSchema][] => [
  ...(['allOf', 'anyOf', 'oneOf'] as const).flatMap((name) => (schema[name] ?? []).map((each, index): [string, StructuralSchema] => [`${name}[${index}]`, each])),
  ...(schema.not === undefined ? [] : [['not', schema.not] as [string, StructuralSchema]]),
]

/** What a value-only sub-schema (allOf, anyOf, oneOf, not) may not say, and in which words it is refused. */
const structuralWords = {
  type: 'must be empty to be structural',
  additionalProperties: 'must be undefined to be structural',
  default: 'must be undefined to be structural',
  title: 'must be empty to be structural',
  description: 'must be empty to be structural',
  nullable: 'must be false to be structural',
  'x-kubernetes-preserve-unknown-fields': 'must be false to be structural',
  'x-kubernetes-embedded-resource': 'must be false to be structural',
  'x-kubernetes-int-or-string': 'must be false to be structural',
  'x-kubernetes-list-map-keys': 'must be empty to be structural',
  'x-kubernetes-list-type': 'must be undefined to be structural',
  'x-kubernetes-map-type': 'must be undefined to be structural',
} as const

const checkNested = (schema: StructuralSchema, path: string, intOrString: boolean): Cause[] => [
  ...Object.entries(structuralWords).flatMap(([name, words]) => {
    const value = schema[name as keyof StructuralSchema]
    // The one exception: `anyOf: [{type: integer}, {type: string}]` beside x-kubernetes-int-or-string.
    const excepted = intOrString && name === 'type' && (value === 'integer' || value === 'string')
    return value === undefined || value === false || value === '' || excepted ? [] : [forbiddenCause(`${path}.${name}`, words)]
  }),
  ...nested(schema).flatMap(([at, value]) => checkNested(value, `${path}.${at}`, intOrString)),
  ...Object.entries(schema.properties ?? {}).flatMap(([name, child]) => checkNested(child, `${path}.properties[${name}]`, false)),
  ...(schema.items === undefined ? [] : checkNested(schema.items, `${path}.items`, false)),
]
