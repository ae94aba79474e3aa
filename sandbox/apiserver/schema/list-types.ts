import type { StructuralSchema } from '../../../crds/structural-schema.ts'
import type { Cause } from '../resource.ts'
import { duplicateCause } from './causes.ts'
import { mapKeyOf } from './correlate.ts'

type Members = Record<string, unknown>
type Check = (value: unknown, path: string, out: Cause[]) => void

const compiled = new WeakMap<StructuralSchema, { check: Check | undefined }>()

/** Duplicates in lists that are sets or maps (`x-kubernetes-list-type`). */
export const checkListTypes = (schema: StructuralSchema, value: unknown, path = ''): Cause[] => {
  const out: Cause[] = []
  compile(schema)?.(value, path, out)
  return out
}

/** Undefined where no list below is a set or a map: nothing to walk for. */
const compile = (schema: StructuralSchema): Check | undefined => {
  const known = compiled.get(schema)
  if (known !== undefined) return known.check
  const entry: { check: Check | undefined } = { check: undefined }
  compiled.set(schema, entry)
  entry.check = build(schema)
  return entry.check
}

const build = (schema: StructuralSchema): Check | undefined => {
  const own = uniqueness(schema)
  const items = schema.items === undefined ? undefined : compile(schema.items)
  const additional = typeof schema.additionalProperties === 'object' ? compile(schema.additionalProperties) : undefined
  const properties = new Map(
    Object.entries(schema.properties ?? {}).flatMap(([name, child]) => {
      const check = compile(child)
      return check === undefined ? [] : [[name, check] as const]
    }),
  )
  if (own === undefined && items === undefined && additional === undefined && properties.size === 0) return undefined
  return (value, path, out) => {
    if (Array.isArray(value)) {
      own?.(value, path, out)
      if (items !== undefined) value.forEach((item, index) => items(item, `${path}[${index}]`, out))
    } else if (typeof value === 'object' && value !== null) {
      for (const name of additional === undefined ? properties.keys() : Object.keys(value)) {
        const check = properties.get(name) ?? additional
        const member = (value as Members)[name]
        if (member !== undefined) check?.(member, path === '' ? name : `${path}.${name}`, out)
      }
    }
  }
}

const uniqueness = (schema: StructuralSchema): ((list: unknown[], path: string, out: Cause[]) => void) | undefined => {
  const kind = schema['x-kubernetes-list-type']
  if (kind !== 'set' && kind !== 'map') return undefined
  const keys = schema['x-kubernetes-list-map-keys'] ?? []
  return (list, path, out) => {
    const seen = new Set<string>()
    list.forEach((item, index) => {
      const key = kind === 'set' ? JSON.stringify(item) : mapKeyOf(keys, item)
      if (seen.has(key)) out.push(duplicateCause(`${path}[${index}]`, kind === 'set' ? item : pick(keys, item)))
      seen.add(key)
    })
  }
}

const pick = (keys: string[], item: unknown): Members =>
  Object.fromEntries(keys.filter((key) => (item as Members)[key] !== undefined).map((key) => [key, (item as Members)[key]]))
