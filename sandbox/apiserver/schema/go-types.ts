import type { StructuralSchema } from '../../../crds/structural-schema.ts'
import { baseAt } from '../json-share.ts'

/**
 * The complaint of a typed decoder about the first value whose JSON type is not the schema's, or undefined.
 *
 * @param struct - the name that the message gives to the whole: `ObjectMeta`, `ConfigMap`.
 * @param base - a value that had none: parts that are shared with it are passed by.
 */
export const typeMismatch = (struct: string, schema: StructuralSchema, value: unknown, base?: unknown, path = ''): string | undefined => {
  if (value === null || value === undefined || value === base || schema['x-kubernetes-preserve-unknown-fields'] === true) return undefined
  const actual = jsonType(value)
  if (!accepts(schema, value, actual)) return complaint(struct, path, actual, goType(schema))
  if (actual === 'array' && schema.items !== undefined) {
    for (const [index, item] of (value as unknown[]).entries()) {
      const found = typeMismatch(struct, schema.items, item, baseAt(base, index), path)
      if (found !== undefined) return found
    }
  }
  return actual === 'object' ? membersMismatch(struct, schema, value as Record<string, unknown>, base, path) : undefined
}

const membersMismatch = (
  struct: string,
  schema: StructuralSchema,
  value: Record<string, unknown>,
  base: unknown,
  path: string,
): string | undefined => {
  const additional = typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined
  for (const name in value) {
    const named = schema.properties?.[name]
    const child = named ?? additional
    if (child === undefined) continue
    // The members of a map have no names of their own in a Go path.
    const found = typeMismatch(struct, child, value[name], baseAt(base, name), named === undefined ? path : `${path}.${name}`)
    if (found !== undefined) return found
  }
  return undefined
}

const complaint = (struct: string, path: string, actual: string, wanted: string): string =>
  `json: cannot unmarshal ${actual === 'boolean' ? 'bool' : actual} into Go struct field ${struct}${path} of type ${wanted}`

const jsonType = (value: unknown): string => (Array.isArray(value) ? 'array' : typeof value)

const accepts = (schema: StructuralSchema, value: unknown, actual: string): boolean => {
  if (schema['x-kubernetes-int-or-string'] === true) return actual === 'string' || actual === 'number'
  switch (schema.type) {
    case undefined:
      return true
    case 'integer':
      return actual === 'number' && Number.isInteger(value)
    case 'number':
      return actual === 'number'
    default:
      return actual === schema.type
  }
}

const goType = (schema: StructuralSchema): string => {
  switch (schema.type) {
    case 'array':
      return `[]${goType(schema.items ?? {})}`
    case 'object':
      return typeof schema.additionalProperties === 'object' ? `map[string]${goType(schema.additionalProperties)}` : 'struct'
    case 'boolean':
      return 'bool'
    case 'integer':
      return schema.format ?? 'int64'
    case 'number':
      return 'float64'
    default:
      return 'string'
  }
}
