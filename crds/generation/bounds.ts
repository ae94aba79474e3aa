import type { StructuralSchema } from '../structural-schema.ts'

/** What one field lacks that an API server, its CEL cost budget or a reader of `kubectl explain` needs. */
export const missingFrom = (schema: StructuralSchema): string[] => [
  ...schema.description === undefined || schema.description === '' ? ['description is missing'] : [],
  ...checks[schema.type ?? 'none'](schema),
]

const checks: Record<NonNullable<StructuralSchema['type']> | 'none', (schema: StructuralSchema) => string[]> = {
  none: () => ['type is missing'],
  boolean: () => [],
  string: schema => [
    ...schema.enum === undefined && schema.maxLength === undefined ? ['maxLength is missing'] : [],
    ...schema.format !== undefined && schema.format !== 'date-time' ? [`format ${schema.format} is not checked alike everywhere: write a CEL rule`] : [],
    ...schema.pattern !== undefined && beyondRE2.test(schema.pattern) ? [`pattern ${schema.pattern} is not RE2: no look-around, no back-references`] : [],
  ],
  integer: schema => numberBounds(schema),
  number: schema => numberBounds(schema),
  array: schema => [
    ...schema.maxItems === undefined ? ['maxItems is missing'] : [],
    ...schema.items === undefined ? ['items is missing'] : [],
    ...schema['x-kubernetes-list-type'] === undefined ? ['x-kubernetes-list-type is missing'] : [],
    ...(schema['x-kubernetes-list-map-keys'] ?? []).flatMap(key => keyProblem(schema.items, key)),
  ],
  object: schema => [
    ...schema.properties === undefined && typeof schema.additionalProperties !== 'object' ? ['properties are missing'] : [],
    ...typeof schema.additionalProperties === 'object' && schema.maxProperties === undefined ? ['maxProperties is missing'] : [],
  ],
}

const beyondRE2 = /\(\?<?[=!]|\\[1-9]|\\k</

const numberBounds = ({ minimum, maximum }: StructuralSchema): string[] => [
  ...minimum === undefined || minimum <= Number.MIN_SAFE_INTEGER ? ['minimum is missing'] : [],
  ...maximum === undefined || maximum >= Number.MAX_SAFE_INTEGER ? ['maximum is missing'] : [],
]

const keyProblem = (items: StructuralSchema | undefined, key: string): string[] => {
  const field = items?.properties?.[key]
  if (field === undefined) return [`x-kubernetes-list-map-keys: items have no field ${key}`]
  return items?.required?.includes(key) === true || field.default !== undefined ? [] : [`x-kubernetes-list-map-keys: ${key} must be required or have a default`]
}
