import { isDeepStrictEqual } from 'node:util'
import type { StructuralSchema, ValidationRule } from '../structural-schema.ts'
import { compileRule, evaluate, type CompiledRule, type RuleResult } from './rule.ts'

/** A rule that an object breaks. `path` is as the API server writes it, for example `spec.blockDevices[0].size`; '' is the whole object. */
export type BrokenRule = { path: string; message: string; reason: NonNullable<ValidationRule['reason']>; rule: ValidationRule }

const compiledRules = new WeakMap<ValidationRule, CompiledRule>()

const compiledOf = (rule: ValidationRule): CompiledRule => {
  const known = compiledRules.get(rule)
  if (known !== undefined) return known
  const compiled = compileRule(rule)
  compiledRules.set(rule, compiled)
  return compiled
}

/**
 * Every CEL rule of a schema that `object` breaks. `old` is the stored object on an update: a value that has not changed is not held against
 * rules that look at it alone (ratcheting), and rules with `oldSelf` see the value that was in the same place: the same key of a map or of a
 * list of type map.
 */
export const brokenRules = (schema: StructuralSchema, object: unknown, old?: unknown): BrokenRule[] =>
  evaluations(schema, object, old).flatMap(({ path, rule, result }) => {
    if ('ok' in result && result.ok) return []
    const message = 'error' in result ? `${rule.message ?? `failed rule: ${rule.rule}`} (the rule could not be evaluated: ${result.error})` : result.message
    return [{ path: `${path}${rule.fieldPath ?? ''}`.replace(/^\./, ''), message, reason: rule.reason ?? 'FieldValueInvalid', rule }]
  })

/** One rule on one value. */
export type Evaluation = { path: string; rule: ValidationRule; result: RuleResult }

/** Every rule that applies to an object, with its result; rules that `brokenRules` passes over are left out. */
export const evaluations = (schema: StructuralSchema, object: unknown, old?: unknown): Evaluation[] => walk(schema, object, old, '')

const walk = (schema: StructuralSchema, value: unknown, old: unknown, path: string): Evaluation[] => {
  if (value === undefined || value === null) return []
  return [
    ...(schema['x-kubernetes-validations'] ?? []).flatMap(rule => evaluation(schema, rule, value, old ?? undefined, path)),
    ...Array.isArray(value) ? walkList(schema, value, old, path) : typeof value === 'object' ? walkObject(schema, value, old, path) : [],
  ]
}

const evaluation = (schema: StructuralSchema, rule: ValidationRule, value: unknown, old: unknown, path: string): Evaluation[] => {
  const compiled = compiledOf(rule)
  if (compiled.isTransition && old === undefined && rule.optionalOldSelf !== true) return []
  if (!compiled.isTransition && old !== undefined && isDeepStrictEqual(value, old)) return []
  return [{ path, rule, result: evaluate(compiled, { self: value, oldSelf: old }, schema) }]
}

const walkObject = (schema: StructuralSchema, value: object, old: unknown, path: string): Evaluation[] =>
  Object.entries(value).flatMap(([name, child]) => {
    const property = schema.properties !== undefined && Object.hasOwn(schema.properties, name) ? schema.properties[name] : undefined
    const before = isRecord(old) && Object.hasOwn(old, name) ? old[name] : undefined
    if (property !== undefined) return walk(property, child, before, path === '' ? name : `${path}.${name}`)
    return typeof schema.additionalProperties === 'object' ? walk(schema.additionalProperties, child, before, `${path}[${name}]`) : []
  })

const walkList = (schema: StructuralSchema, value: unknown[], old: unknown, path: string): Evaluation[] => {
  const { items } = schema
  if (items === undefined) return []
  const keys = schema['x-kubernetes-list-type'] === 'map' ? schema['x-kubernetes-list-map-keys'] ?? [] : []
  const before = keys.length > 0 && Array.isArray(old) ? new Map(old.map(item => [identityOf(items, item, keys), item as unknown])) : undefined
  return value.flatMap((item, index) => walk(items, item, before?.get(identityOf(items, item, keys)), `${path}[${index}]`))
}

const identityOf = (items: StructuralSchema, item: unknown, keys: readonly string[]): string =>
  JSON.stringify(keys.map(key => isRecord(item) ? item[key] ?? items.properties?.[key]?.default : undefined))

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)
