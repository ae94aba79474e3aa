import type { StructuralSchema } from '../../../crds/structural-schema.ts'
import type { Cause } from '../resource.ts'
import { invalidCause, nowhere, requiredCause, tooManyCause } from './causes.ts'
import { typesOf, type ValueCheck, valueChecks } from './check-value.ts'
import { type Old, oldItems, oldMember, uncorrelated, unchanged } from './correlate.ts'

type Check = (value: unknown, path: string, out: Cause[], old: Old) => void
type Members = Record<string, unknown>

const compiled = new WeakMap<StructuralSchema, Check>()

/**
 * What breaks the schema in a value and everything below it. A place that did not change since `old` may go on breaking it.
 *
 * @param path - where the value is, '' for a whole object. @param old - the old value, or {@link uncorrelated}.
 */
export const checkTree = (schema: StructuralSchema, value: unknown, path: string, old: Old): Cause[] => {
  const out: Cause[] = []
  checkOf(schema)(value, path, out, old)
  return out
}

const checkOf = (schema: StructuralSchema): Check => {
  const known = compiled.get(schema)
  if (known !== undefined) return known
  let built: Check | undefined
  const lazy: Check = (value, path, out, old) => {
    built ??= build(schema)
    built(value, path, out, old)
  }
  compiled.set(schema, lazy)
  return lazy
}

const build = (schema: StructuralSchema): Check => {
  const own = [...combined(schema), ...valueChecks(schema), ...sizeChecks(schema)]
  const types = typesOf(schema)
  const items = itemsCheck(schema)
  const members = membersCheck(schema)
  return (value, path, out, old) => {
    // Nothing below has changed either: whatever were found would be dropped.
    if (value === old) return
    if (value === null && (schema.nullable === true || types.length === 0)) return
    const before = out.length
    for (const check of own) check(value, path, out)
    if (Array.isArray(value)) items?.(value, path, out, old)
    else if (typeof value === 'object' && value !== null) members?.(value as Members, path, out, old)
    if (out.length > before && unchanged(value, old)) out.length = before
  }
}

const sizeChecks = (schema: StructuralSchema): ValueCheck[] => {
  const { maxItems, minItems, maxProperties, minProperties } = schema
  const checks: ValueCheck[] = []
  const count = (value: unknown, lists: boolean): number | undefined => {
    if (Array.isArray(value)) return lists ? value.length : undefined
    return !lists && typeof value === 'object' && value !== null ? Object.keys(value).length : undefined
  }
  const atMost = (limit: number, lists: boolean) =>
    checks.push((value, path, out) => {
      const size = count(value, lists)
      if (size !== undefined && size > limit) out.push(tooManyCause(path, size, limit))
    })
  const atLeast = (limit: number, lists: boolean) =>
    checks.push((value, path, out) => {
      const size = count(value, lists)
      const words = lists ? 'items' : 'properties'
      if (size !== undefined && size < limit) out.push(invalidCause(path, size, `${path} in body should have at least ${limit} ${words}`))
    })
  if (minItems !== undefined) atLeast(minItems, true)
  if (maxItems !== undefined) atMost(maxItems, true)
  if (minProperties !== undefined) atLeast(minProperties, false)
  if (maxProperties !== undefined) atMost(maxProperties, false)
  return checks
}

const itemsCheck = (schema: StructuralSchema): ((list: unknown[], path: string, out: Cause[], old: Old) => void) | undefined => {
  if (schema.items === undefined) return undefined
  const check = checkOf(schema.items)
  return (list, path, out, old) => {
    const oldOf = oldItems(schema, old)
    for (let index = 0; index < list.length; index += 1) check(list[index], `${path}[${index}]`, out, oldOf(list[index]))
  }
}

const membersCheck = (schema: StructuralSchema): ((value: Members, path: string, out: Cause[], old: Old) => void) | undefined => {
  const properties = new Map(Object.entries(schema.properties ?? {}).map(([name, child]) => [name, checkOf(child)]))
  const additional = typeof schema.additionalProperties === 'object' ? checkOf(schema.additionalProperties) : undefined
  const required = embeddedRequired(schema).toSorted()
  if (properties.size === 0 && additional === undefined && required.length === 0) return undefined
  return (value, path, out, old) => {
    for (const name of Object.keys(value).sort()) {
      const check = properties.get(name) ?? additional
      check?.(value[name], path === '' ? name : `${path}.${name}`, out, oldMember(old, name))
    }
    for (const name of required) if (value[name] === undefined) out.push(requiredCause(path === '' ? name : `${path}.${name}`))
  }
}

/** An embedded resource must say what it is. */
const embeddedRequired = (schema: StructuralSchema): string[] =>
  schema['x-kubernetes-embedded-resource'] === true ? [...new Set([...(schema.required ?? []), 'apiVersion', 'kind'])] : (schema.required ?? [])

/** Complaints of a sub-schema, for the combinators: they are never ratcheted on their own. */
const failuresOf = (schema: StructuralSchema, value: unknown, path: string): Cause[] => checkTree(schema, value, path, uncorrelated)

const combined = (schema: StructuralSchema): ValueCheck[] => {
  const { allOf, anyOf, oneOf, not } = schema
  const say = (path: string, words: string): Cause => invalidCause(nowhere, '', `"${path}" must ${words}`)
  const checks: ValueCheck[] = []
  if (anyOf !== undefined && anyOf.length > 0) checks.push((value, path, out) => {
    const failures = anyOf.map((each) => failuresOf(each, value, path))
    if (failures.every((list) => list.length > 0)) out.push(say(path, 'validate at least one schema (anyOf)'), ...fewest(failures))
  })
  if (oneOf !== undefined && oneOf.length > 0) checks.push((value, path, out) => {
    const failures = oneOf.map((each) => failuresOf(each, value, path))
    const valid = failures.filter((list) => list.length === 0).length
    if (valid === 0) out.push(say(path, 'validate one and only one schema (oneOf). Found none valid'), ...fewest(failures))
    if (valid > 1) out.push(say(path, `validate one and only one schema (oneOf). Found ${valid} valid alternatives`))
  })
  if (allOf !== undefined && allOf.length > 0) checks.push((value, path, out) => {
    const failures = allOf.map((each) => failuresOf(each, value, path))
    const failed = failures.filter((list) => list.length > 0).length
    if (failed === 0) return
    out.push(...failures.flat(), say(path, `validate all the schemas (allOf)${failed === allOf.length ? '. None validated' : ''}`))
  })
  if (not !== undefined) checks.push((value, path, out) => {
    if (failuresOf(not, value, path).length === 0) out.push(say(path, 'not validate the schema (not)'))
  })
  return checks
}

const fewest = (failures: Cause[][]): Cause[] => failures.reduce((best, list) => (list.length < best.length ? list : best))
