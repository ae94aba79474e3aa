import type { StructuralSchema } from '../../../crds/structural-schema.ts'
import { effectiveSchema, withObjectMeta } from './metadata-schema.ts'
import { jsonCopy } from '../json-copy.ts'
import { baseAt } from '../json-share.ts'

type Members = Record<string, unknown>
/** Parts of a value that are shared with `base`, which went through the step before, are passed by. */
type Step = (value: unknown, base: unknown) => void
type Compiled = { dropNulls: Step | undefined; fill: Step | undefined }

const compiled = new WeakMap<StructuralSchema, Compiled>()

/** Removes nulls where the schema takes none and offers no default. In place, over a whole object. */
export const dropNulls = (schema: StructuralSchema, object: Members, base?: unknown): void =>
  compile(withObjectMeta(schema)).dropNulls?.(object, base)

/** Fills in the schema's defaults, also inside what a default brought in. In place, over a whole object. */
export const fillDefaults = (schema: StructuralSchema, object: Members, base?: unknown): void =>
  compile(withObjectMeta(schema)).fill?.(object, base)

/** The same for a value somewhere inside an object. */
export const fillDefaultsAt = (schema: StructuralSchema, value: unknown): void => compile(schema).fill?.(value, undefined)

/** Null stands for "absent" unless the schema says `nullable`. */
const refusesNull = (schema: StructuralSchema): boolean => schema.nullable !== true

const compile = (schema: StructuralSchema): Compiled => {
  const known = compiled.get(schema)
  if (known !== undefined) return known
  const full = effectiveSchema(schema)
  const result: Compiled = { dropNulls: undefined, fill: undefined }
  compiled.set(schema, result)
  const children = childrenOf(full)
  result.dropNulls = nullStep(children)
  result.fill = fillStep(children)
  return result
}

type Child = { schema: StructuralSchema; steps: Compiled }
type Children = { properties: Map<string, Child>; additional: Child | undefined; items: Child | undefined }

const childrenOf = (schema: StructuralSchema): Children => {
  const child = (of: StructuralSchema): Child => ({ schema: of, steps: compile(of) })
  return {
    properties: new Map(Object.entries(schema.properties ?? {}).map(([name, of]) => [name, child(of)])),
    additional: typeof schema.additionalProperties === 'object' ? child(schema.additionalProperties) : undefined,
    items: schema.items === undefined ? undefined : child(schema.items),
  }
}

const nullStep = ({ properties, additional, items }: Children): Step | undefined => {
  if (properties.size === 0 && additional === undefined && items?.steps.dropNulls === undefined) return undefined
  return (value, base) => {
    if (value === base) return
    if (Array.isArray(value)) {
      value.forEach((item, index) => items?.steps.dropNulls?.(item, baseAt(base, index)))
    } else if (isMembers(value)) {
      for (const name in value) {
        const child = properties.get(name) ?? additional
        if (child === undefined) continue
        if (value[name] !== null) child.steps.dropNulls?.(value[name], baseAt(base, name))
        else if (refusesNull(child.schema) && child.schema.default === undefined) delete value[name]
      }
    }
  }
}

const fillStep = ({ properties, additional, items }: Children): Step | undefined => {
  const defaults = [...properties].filter(([, { schema }]) => schema.default !== undefined)
  const fill = (holder: Members | unknown[], name: string | number, child: Child, base: unknown): void => {
    const members = holder as Record<string | number, unknown>
    const before = baseAt(base, name)
    if (members[name] === null && refusesNull(child.schema)) members[name] = jsonCopy(child.schema.default ?? null)
    child.steps.fill?.(members[name], before)
  }
  const inner = [...properties.values()].some(({ steps }) => steps.fill !== undefined)
  if (defaults.length === 0 && !inner && !takesPart(additional) && !takesPart(items)) return undefined
  return (value, base) => {
    if (value === base) return
    if (Array.isArray(value)) {
      if (items !== undefined) value.forEach((_, index) => fill(value, index, items, base))
    } else if (isMembers(value)) {
      for (const [name, child] of defaults) if (value[name] === undefined) value[name] = jsonCopy(child.schema.default)
      for (const name in value) {
        const child = properties.get(name) ?? additional
        if (child !== undefined) fill(value, name, child, base)
      }
    }
  }
}

const takesPart = (child: Child | undefined): boolean => child !== undefined && (child.steps.fill !== undefined || child.schema.default !== undefined)

const isMembers = (value: unknown): value is Members => typeof value === 'object' && value !== null && !Array.isArray(value)
