import type { StructuralSchema } from '../../../crds/structural-schema.ts'
import type { Cause } from '../resource.ts'
import { duplicateCause, invalidCause, requiredCause, tooManyCause } from '../schema/causes.ts'

const maxSelectableFields = 8

/** What is wrong with the fields that a version lets clients select by. */
export const checkSelectableFields = (fields: { jsonPath: string }[], schema: StructuralSchema, path: string): Cause[] => {
  const seen = new Set<string>()
  const tooMany = fields.length > maxSelectableFields ? [tooManyCause(path, fields.length, maxSelectableFields)] : []
  const causes = fields.flatMap(({ jsonPath }, index) => {
    const at = `${path}[${index}].jsonPath`
    if (!jsonPath) return [requiredCause(at)]
    if (seen.has(jsonPath)) return [duplicateCause(at, jsonPath)]
    seen.add(jsonPath)
    return checkPath(jsonPath, schema, at)
  })
  return [...tooMany, ...causes]
}

const checkPath = (jsonPath: string, schema: StructuralSchema, at: string): Cause[] => {
  if (jsonPath.startsWith('.metadata')) return [invalidCause(at, jsonPath, 'must not point to fields in metadata')]
  const found = jsonPath.split('.').slice(1).reduce<StructuralSchema | undefined>((node, name) => node?.properties?.[name], schema)
  if (!jsonPath.startsWith('.') || found === undefined) return [invalidCause(at, jsonPath, 'is an invalid path: does not refer to a valid field')]
  if (['string', 'boolean', 'integer'].includes(found.type ?? '')) return []
  return [invalidCause(at, jsonPath, 'must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.')]
}
