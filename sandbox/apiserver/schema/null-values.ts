import type { StructuralSchema } from '../../../crds/structural-schema.ts'
import type { Cause } from '../resource.ts'
import { typeCause } from './causes.ts'
import { typesOf } from './check-value.ts'

/** Nulls where the schema admits none and has no default to put in their place. */
export const nullCauses = (schema: StructuralSchema, value: unknown, path = ''): Cause[] => {
  if (value === null) {
    const types = typesOf(schema)
    const fine = schema.nullable === true || schema.default !== undefined || types.length === 0
    return fine ? [] : [typeCause(path, 'null', types.join(','))]
  }
  if (Array.isArray(value)) {
    const { items } = schema
    return items === undefined ? [] : value.flatMap((item: unknown, index) => nullCauses(items, item, `${path}[${index}]`))
  }
  if (typeof value !== 'object') return []
  const additional = typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined
  return Object.entries(value as Record<string, unknown>).flatMap(([name, member]) => {
    const child = schema.properties?.[name] ?? additional
    return child === undefined ? [] : nullCauses(child, member, path === '' ? name : `${path}.${name}`)
  })
}
