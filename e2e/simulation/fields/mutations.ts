import type { StructuralSchema } from '../../../crds/structural-schema.ts'
import { absent, type Path, pathText, schemaPathText, valueAt, withValueAt } from './json-path.ts'
import { candidatesFor } from './values.ts'

/** One change of a valid object. */
export type Mutation = {
  /** Where, as API servers write it: `spec.blockDevices[0].size`. */
  path: string
  /** What, in a few words. */
  name: string
  /** What is there then; `absent` where nothing is. */
  value: unknown
  /** The whole changed object but for its metadata. */
  body: Record<string, unknown>
  /** The schema alone rules it out: whoever admits it is wrong. */
  refused: boolean
  /** It brings in a field that the schema does not have. */
  unknown: boolean
  /** Which of the valid specs it changes. */
  specIndex: number
}

/** Names that a reference is tried with beside those of its schema, by the kind that it refers to and by the field. */
export type Names = { kinds: Readonly<Record<string, readonly string[]>>; namespaces: readonly string[] }

/**
 * Every change of every property of `spec` that the schema suggests, in valid objects that together have all properties. A property that several
 * of the objects have is changed in the first.
 */
export const mutationsOf = (schema: StructuralSchema, specs: readonly unknown[], known: Names): Mutation[] => {
  const done = new Set<string>()
  const ofSpec = schema.properties?.['spec'] ?? {}
  return specs.flatMap((spec, specIndex) => {
    const walk: Walk = { specIndex, body: { spec }, names: known, isNew: (path) => !done.has(path) && Boolean(done.add(path)) }
    return mutationsAt(ofSpec, ['spec'], true, walk)
  })
}

/** Schema paths of all properties of `spec`, to be compared with those that the mutations reach. */
export const propertiesOf = (schema: StructuralSchema, path = 'spec'): string[] => [
  path,
  ...Object.entries(schema.properties ?? {}).flatMap(([name, child]) => propertiesOf(child, `${path}.${name}`)),
  ...schema.items === undefined ? [] : propertiesOf(schema.items, `${path}[]`),
]

type Walk = { specIndex: number; body: { spec: unknown }; names: Names; isNew: (path: string) => boolean }

const mutationsAt = (schema: StructuralSchema, path: Path, required: boolean, walk: Walk): Mutation[] => {
  const present = valueAt(walk.body, path)
  if (present === undefined) return []
  const own = walk.isNew(schemaPathText(path)) ? mutationsHere(schema, path, required, present, walk) : []
  const members = Object.entries(schema.properties ?? {})
    .flatMap(([name, child]) => mutationsAt(child, [...path, name], schema.required?.includes(name) === true, walk))
  const { items } = schema
  const entries = items === undefined || !Array.isArray(present) ? []
    : present.flatMap((_, index) => mutationsAt(items, [...path, index], false, walk))
  return [...own, ...members, ...entries]
}

const mutationsHere = (schema: StructuralSchema, path: Path, required: boolean, present: unknown, { specIndex, body, names }: Walk): Mutation[] => {
  const make = (name: string, value: unknown, more: { refused?: boolean; unknown?: boolean } = {}): Mutation => ({
    path: pathText(path), name, value, body: withValueAt(body, path, value) as Record<string, unknown>, specIndex,
    refused: false, unknown: false, ...more,
  })
  const isMember = typeof path.at(-1) === 'string'
  return [
    ...isMember ? [make('absent', absent, { refused: required })] : [],
    ...candidatesFor(schema, present)
      .map(({ name, value, refused = false }) => make(name, value, { refused: refused || (required && value === null) })),
    ...referencesFrom(schema, path, names).filter((name) => name !== present).map((name) => make(`refers to ${name}`, name)),
    ...schema.properties === undefined ? [] : [make('a field of no meaning', { ...present as object, notAField: 1 }, { unknown: true })],
  ]
}

/** Descriptions of references say what they name. */
const referencesFrom = ({ type, description = '' }: StructuralSchema, path: Path, { kinds, namespaces }: Names): readonly string[] => {
  const [, kind] = /^Name of the (\w+)/.exec(description) ?? []
  if (type !== 'string') return []
  if (path.at(-1) === 'namespace') return namespaces
  return kind === undefined ? [] : ['nowhere', 'other/elsewhere', ...kinds[kind] ?? []]
}
