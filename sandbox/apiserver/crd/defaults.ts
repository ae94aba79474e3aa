import type { StructuralSchema } from '../../../crds/structural-schema.ts'
import type { Cause } from '../resource.ts'
import { invalidCause } from '../schema/causes.ts'
import { checkTree } from '../schema/check-tree.ts'
import { uncorrelated } from '../schema/correlate.ts'
import { fillDefaultsAt } from '../schema/default.ts'
import { pruneValue } from '../schema/prune.ts'

/** Defaults that their own schema would refuse or prune. */
export const checkDefaults = (schema: StructuralSchema, path: string): Cause[] => [
  ...(schema.default === undefined ? [] : checkDefault(schema, path)),
  ...Object.entries(schema.properties ?? {}).flatMap(([name, child]) => checkDefaults(child, `${path}.properties[${name}]`)),
  ...(schema.items === undefined ? [] : checkDefaults(schema.items, `${path}.items`)),
  ...(typeof schema.additionalProperties === 'object' ? checkDefaults(schema.additionalProperties, `${path}.additionalProperties`) : []),
]

const checkDefault = (schema: StructuralSchema, path: string): Cause[] => {
  const at = `${path}.default`
  const value: unknown = structuredClone(schema.default)
  const unknown = pruneValue(schema, value)
  if (unknown.length > 0) return [invalidCause(at, schema.default, `must not have unknown fields: ${unknown.join(', ')}`)]
  fillDefaultsAt(schema, value)
  return checkTree(schema, value, at, uncorrelated)
}
