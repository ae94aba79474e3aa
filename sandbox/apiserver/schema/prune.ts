import type { StructuralSchema } from '../../../crds/structural-schema.ts'
import { baseAt } from '../json-share.ts'
import { effectiveSchema, withObjectMeta } from './metadata-schema.ts'

type Pruner = (value: unknown, path: string, removed: string[], base: unknown) => void

const pruners = new WeakMap<StructuralSchema, Pruner>()

/**
 * Removes in place every field that the schema of a whole object does not name.
 *
 * @param base - what went through this before: parts that are shared with it are passed by.
 * @returns the paths of what was removed (`spec.foo`, `spec.list[0].bar`), sorted.
 */
export const pruneObject = (schema: StructuralSchema, object: Record<string, unknown>, base?: unknown): string[] => {
  const removed: string[] = []
  prunerOf(withObjectMeta(schema))(object, '', removed, base)
  return removed.sort()
}

/** The same for a value somewhere inside an object; paths are relative to it. */
export const pruneValue = (schema: StructuralSchema, value: unknown): string[] => {
  const removed: string[] = []
  prunerOf(schema)(value, '', removed, undefined)
  return removed.sort()
}

const prunerOf = (schema: StructuralSchema): Pruner => {
  const known = pruners.get(schema)
  if (known !== undefined) return known
  // Registered before it is built: a schema object may be shared by several places of one tree.
  let built: Pruner | undefined
  const lazy: Pruner = (value, path, removed, base) => {
    built ??= buildPruner(effectiveSchema(schema))
    built(value, path, removed, base)
  }
  pruners.set(schema, lazy)
  return lazy
}

const keepEverything: Pruner = () => undefined

const buildPruner = (schema: StructuralSchema): Pruner => {
  const properties = new Map(Object.entries(schema.properties ?? {}).map(([name, child]) => [name, prunerOf(child)]))
  const additional = additionalPruner(schema)
  const items = schema.items === undefined ? undefined : prunerOf(schema.items)
  if (properties.size === 0 && items === undefined && additional === keepEverything) return keepEverything
  return (value, path, removed, base) => {
    if (value === base) return
    if (Array.isArray(value)) {
      if (items !== undefined) value.forEach((item, index) => items(item, `${path}[${index}]`, removed, baseAt(base, index)))
    } else if (typeof value === 'object' && value !== null) {
      pruneMembers(value as Record<string, unknown>, properties, additional, path, removed, base)
    }
  }
}

const pruneMembers = (
  value: Record<string, unknown>,
  properties: Map<string, Pruner>,
  additional: Pruner | undefined,
  path: string,
  removed: string[],
  base: unknown,
): void => {
  for (const name of Object.keys(value)) {
    const child = properties.get(name) ?? additional
    const childPath = path === '' ? name : `${path}.${name}`
    if (child === undefined) {
      delete value[name]
      removed.push(childPath)
    } else if (typeof value[name] === 'object') {
      child(value[name], childPath, removed, baseAt(base, name))
    }
  }
}

const additionalPruner = (schema: StructuralSchema): Pruner | undefined => {
  if (typeof schema.additionalProperties === 'object') return prunerOf(schema.additionalProperties)
  if (schema.additionalProperties === true || schema['x-kubernetes-preserve-unknown-fields'] === true) return keepEverything
  return undefined
}
