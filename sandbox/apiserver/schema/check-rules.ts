import { compileRule, evaluate, type CompiledRule } from '../../../crds/cel/index.ts'
import type { StructuralSchema, ValidationRule } from '../../../crds/structural-schema.ts'
import type { Cause } from '../resource.ts'
import { duplicateCause, forbiddenCause, invalidCause, requiredCause } from './causes.ts'
import { type Old, oldItems, oldMember, uncorrelated, unchanged } from './correlate.ts'
import { effectiveSchema, withObjectMeta } from './metadata-schema.ts'

type Members = Record<string, unknown>
/** `settled` tells whether nothing changed at the nearest place that an old value is known for. */
type Check = (value: unknown, path: string, out: Cause[], old: Old, settled: () => boolean) => void

/** `always`: some rule at or below looks at how things were, and must be asked even where nothing changed. */
type Place = { check: Check; always: boolean }

const compiled = new WeakMap<StructuralSchema, { place: Place | undefined }>()

/**
 * The `x-kubernetes-validations` that a whole object breaks. A rule that does not look at `oldSelf` is not held against a value that did not
 * change; one that does is asked only where there is an old value, which is found through maps and lists of type map.
 *
 * @param old - the stored object, or {@link uncorrelated} on create.
 */
export const checkRules = (schema: StructuralSchema, object: unknown, old: Old): Cause[] => {
  const out: Cause[] = []
  compile(schema, true)?.check(object, '', out, old, () => unchanged(object, old))
  return out
}

/** Whether there is any rule in the schema of a whole object. */
export const hasRules = (schema: StructuralSchema): boolean => compile(schema, true) !== undefined

/** Undefined where there is no rule at or below a schema node. */
const compile = (schema: StructuralSchema, root = false): Place | undefined => {
  const known = compiled.get(schema)
  if (known !== undefined) return known.place
  const entry: { place: Place | undefined } = { place: undefined }
  compiled.set(schema, entry)
  entry.place = build(schema, root)
  return entry.place
}

const build = (schema: StructuralSchema, root: boolean): Place | undefined => {
  const seen = root ? withObjectMeta(schema) : effectiveSchema(schema)
  // A rule in `allOf` sees the same value, typed by the schema around it.
  const declared = [schema, ...(schema.allOf ?? [])].flatMap((each) => each['x-kubernetes-validations'] ?? [])
  const rules = declared.map((rule) => ruleCheck(rule, seen))
  const below = [membersCheck(schema), itemsCheck(schema)].filter((place) => place !== undefined)
  if (rules.length === 0 && below.length === 0) return undefined
  const always = declared.some(({ rule }) => rule.includes('oldSelf')) || below.some((place) => place.always)
  const check: Check = (value, path, out, old, settled) => {
    if (value === null || value === undefined || (value === old && !always)) return
    for (const rule of rules) rule(value, path, out, old, settled)
    for (const place of below) place.check(value, path, out, old, settled)
  }
  return { check, always }
}

const membersCheck = (schema: StructuralSchema): Place | undefined => {
  const properties = Object.entries(schema.properties ?? {}).flatMap(([name, child]) => {
    const place = compile(child)
    return place === undefined ? [] : [[name, place] as const]
  })
  const additional = typeof schema.additionalProperties === 'object' ? compile(schema.additionalProperties) : undefined
  if (properties.length === 0 && additional === undefined) return undefined
  const check: Check = (value, path, out, old, settled) => {
    if (typeof value !== 'object' || Array.isArray(value)) return
    const members = value as Members
    const visit = ({ check }: Place, name: string, at: string): void => {
      const before = oldMember(old, name)
      check(members[name], at, out, before, settledAt(members[name], before, settled))
    }
    for (const [name, place] of properties) if (members[name] !== undefined) visit(place, name, path === '' ? name : `${path}.${name}`)
    if (additional !== undefined) for (const name of Object.keys(members)) visit(additional, name, `${path}[${name}]`)
  }
  return { check, always: additional?.always === true || properties.some(([, place]) => place.always) }
}

const itemsCheck = (schema: StructuralSchema): Place | undefined => {
  const place = schema.items === undefined ? undefined : compile(schema.items)
  if (place === undefined) return undefined
  const check: Check = (value, path, out, old, settled) => {
    if (!Array.isArray(value)) return
    const oldOf = oldItems(schema, old)
    value.forEach((item: unknown, index) => {
      const before = oldOf(item)
      place.check(item, `${path}[${index}]`, out, before, settledAt(item, before, settled))
    })
  }
  return { check, always: place.always }
}

const settledAt = (value: unknown, old: Old, above: () => boolean): (() => boolean) => (old === uncorrelated ? above : () => unchanged(value, old))

const ruleCheck = (rule: ValidationRule, schema: StructuralSchema): Check => {
  let program: CompiledRule | Error | undefined
  return (value, path, out, old, settled) => {
    program ??= tryCompile(rule)
    if (program instanceof Error) {
      out.push(invalidCause(path, schema.type ?? '', `rule compile error: ${program.message}`))
      return
    }
    const known = old !== uncorrelated && old !== null && old !== undefined
    if (program.isTransition && !known && rule.optionalOldSelf !== true) return
    // What did not change may stay as it is, whatever a rule says of it.
    if (!program.isTransition && settled()) return
    const result = evaluate(program, known ? { self: value, oldSelf: old } : { self: value }, schema)
    if ('error' in result) out.push(invalidCause(path, schema.type ?? '', `${inGoWords(result.error)} evaluating rule: ${titleOf(rule)}`))
    else if (!result.ok) out.push(brokenRule(rule, schema, value, path, result.message.trim()))
  }
}

const tryCompile = (rule: ValidationRule): CompiledRule | Error => {
  try {
    return compileRule(rule)
  } catch (error) {
    return error as Error
  }
}

/** The evaluator's words for what the API server's says otherwise. */
const inGoWords = (error: string): string => error.replace(/^field not found: /, 'no such key: ')

const titleOf = ({ rule, message }: ValidationRule): string => (message ?? rule).trim()

const brokenRule = (rule: ValidationRule, schema: StructuralSchema, value: unknown, path: string, message: string): Cause => {
  const field = `${path}${rule.fieldPath ?? ''}`.replace(/^\./, '') || '<nil>'
  const shown = schema.type === 'object' || schema.type === 'array' ? undefined : value
  switch (rule.reason) {
    case 'FieldValueForbidden':
      return forbiddenCause(field, message)
    case 'FieldValueRequired':
      return requiredCause(field, message)
    case 'FieldValueDuplicate':
      return duplicateCause(field, shown)
    default:
      return invalidCause(field, shown, message)
  }
}
