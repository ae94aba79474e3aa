import type { StructuralSchema } from '../../../crds/structural-schema.ts'
import { jsonEqual } from '../json-equal.ts'

/** Stands for "there is no old value that this one could be compared with". */
export const uncorrelated: unique symbol = Symbol('uncorrelated')

/** The old value at the place of a new one, or {@link uncorrelated}. */
export type Old = unknown

/** The old value of a member of a map. */
export const oldMember = (old: Old, name: string): Old =>
  typeof old === 'object' && old !== null && !Array.isArray(old) && Object.hasOwn(old, name) ? (old as Record<string, unknown>)[name] : uncorrelated

/**
 * Finds the old value of each item of a list. Only items of lists of type `map` have one: by position nobody can say which item became which.
 */
export const oldItems = (schema: StructuralSchema, old: Old): ((item: unknown) => Old) => {
  const keys = schema['x-kubernetes-list-map-keys']
  if (schema['x-kubernetes-list-type'] !== 'map' || keys === undefined || !Array.isArray(old)) return () => uncorrelated
  let byKey: Map<string, unknown> | undefined
  return (item) => {
    byKey ??= new Map((old as unknown[]).map((each) => [mapKeyOf(keys, each), each]))
    const key = mapKeyOf(keys, item)
    return byKey.has(key) ? byKey.get(key) : uncorrelated
  }
}

/** What tells an item of a map-list apart from the others. */
export const mapKeyOf = (keys: string[], item: unknown): string =>
  typeof item === 'object' && item !== null ? JSON.stringify(keys.map((key) => (item as Record<string, unknown>)[key] ?? null)) : JSON.stringify(item)

/** Whether nothing changed at a place: what was wrong there before may stay wrong (the API server's ratcheting). */
export const unchanged = (value: unknown, old: Old): boolean => old !== uncorrelated && jsonEqual(value, old)
