import type { StructuralSchema } from '../../../crds/structural-schema.ts'

/**
 * Built-in types are written in lines of `Type: field field …`; a line that begins with a space continues the one before.
 *
 * - `name` a string; `name!` required; `name:type` another type; `name:type=value` with a default;
 * - `name#3` its number in Protocol Buffers, `name#2.6` number 6 inside an embedded message 2, `name#3*` one whose zero is a value too;
 * - types: `string int int64 number bool bytes time microtime quantity intOrString any`, or another Type;
 * - `T[]` a list that changes as a whole, `T[a,b]` a list with keys (strategic merge uses the first, server-side apply all),
 *   `T[!a]` keys for server-side apply only, `T[?a]` for strategic merge only, `T[=]` a set, `T[!=]` a set for server-side apply only;
 * - `T{}` a map; `~` strategic merge keeps only the fields that the patch names; `Type*:` the type changes as a whole.
 */
export const createTypes = (...texts: string[]) => {
  const declarations = new Map(texts.flatMap(declarationsIn))
  const built = new Map<string, StructuralSchema>()

  const schemaOf = (type: string): StructuralSchema => {
    const known = primitives[type] ?? built.get(type)
    if (known !== undefined) return known
    const declaration = declarations.get(type)
    if (declaration === undefined) throw new Error(`the built-in type ${type} is not declared`)
    const fields = declaration.fields.map((text) => parseField(text, schemaOf))
    const required = fields.filter((field) => field.required).map(({ name }) => name)
    const schema: StructuralSchema = {
      type: 'object',
      properties: Object.fromEntries(fields.map((field) => [field.name, field.schema])),
      ...(required.length === 0 ? {} : { required }),
      ...(declaration.atomic ? { 'x-kubernetes-map-type': 'atomic' as const } : {}),
    }
    built.set(type, schema)
    return schema
  }

  /** The fields of a type as they are declared; undefined for primitives. */
  const fieldsOf = (type: string): Field[] | undefined =>
    type === 'ObjectMeta' ? objectMetaFields : declarations.get(type)?.fields.map(readField)

  return { schemaOf, fieldsOf }
}

/** A declared field. */
export type Field = {
  name: string
  required: boolean
  type: string
  /** The marker between the brackets; undefined for what is no list. */
  list: string | undefined
  map: boolean
  retainKeys: boolean
  fallback: string | undefined
  /** Field numbers in Protocol Buffers, from the outermost message in. */
  numbers: number[]
  /** Zero is a value, not the absence of one. */
  pointer: boolean
}

type Declaration = { atomic: boolean; fields: string[] }

const text: StructuralSchema = { type: 'string' }

const primitives: Record<string, StructuralSchema> = {
  string: text,
  int: { type: 'integer', format: 'int32' },
  int64: { type: 'integer', format: 'int64' },
  number: { type: 'number' },
  bool: { type: 'boolean' },
  bytes: { type: 'string', format: 'byte' },
  time: { type: 'string', format: 'date-time' },
  microtime: { type: 'string', format: 'date-time' },
  quantity: { 'x-kubernetes-int-or-string': true },
  intOrString: { 'x-kubernetes-int-or-string': true },
  any: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
  ObjectMeta: {
    type: 'object',
    properties: {
      name: text,
      generateName: text,
      namespace: text,
      labels: { type: 'object', additionalProperties: text },
      annotations: { type: 'object', additionalProperties: text },
      finalizers: { type: 'array', items: text, 'x-kubernetes-list-type': 'set', 'x-kubernetes-patch-strategy': 'merge' },
      ownerReferences: {
        type: 'array',
        items: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['uid'],
        'x-kubernetes-patch-merge-key': 'uid',
        'x-kubernetes-patch-strategy': 'merge',
      },
      creationTimestamp: { type: 'string', format: 'date-time', nullable: true },
    },
  },
}

const declarationsIn = (source: string): [string, Declaration][] =>
  source
    .replace(/\n +/g, ' ')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [head = '', ...fields] = line.trim().split(/\s+/)
      const name = head.replace(/\*?:$/, '')
      return [name, { atomic: head.endsWith('*:'), fields }]
    })

const fieldPattern = /^([\w-]+)(!)?(?:#([\d.]+)(\*)?)?(?::(\w+)(?:\[([^\]]*)\])?(\{\})?(~)?)?(?:=(.*))?$/

const readField = (source: string): Field => {
  const match = fieldPattern.exec(source)
  if (match === null) throw new Error(`can't read the field ${source}`)
  const [, name = '', required, numbers, pointer, type = 'string', list, map, retain, fallback] = match
  return {
    name,
    required: required === '!',
    type,
    list,
    map: map !== undefined,
    retainKeys: retain === '~',
    fallback,
    numbers: (numbers ?? '').split('.').map(Number),
    pointer: pointer === '*',
  }
}

const objectMetaFields = (
  'name#1 generateName#2 namespace#3 uid#5 resourceVersion#6 generation#7:int64 creationTimestamp#8:time deletionTimestamp#9:time '
  + 'deletionGracePeriodSeconds#10*:int64 labels#11:string{} annotations#12:string{} ownerReferences#13:OwnerReference[] finalizers#14:string[]'
).split(' ').map(readField)

const parseField = (source: string, schemaOf: (type: string) => StructuralSchema) => {
  const { name, required, type, list, map, retainKeys, fallback } = readField(source)
  const item = schemaOf(type)
  const listed = list === undefined ? item : listOf(item, list, retainKeys)
  const whole: StructuralSchema = map ? { type: 'object', additionalProperties: listed } : listed
  const kept: StructuralSchema = retainKeys && list === undefined ? { ...whole, 'x-kubernetes-patch-strategy': 'retainKeys' } : whole
  const schema = fallback === undefined ? kept : { ...kept, default: defaultOf(fallback, kept) }
  return { name, required, schema }
}

const listOf = (items: StructuralSchema, marker: string, retainKeys: boolean): StructuralSchema => {
  const list: StructuralSchema = { type: 'array', items }
  const keys = marker.replace(/^[!?=]+/, '').split(',').filter((key) => key !== '')
  if (marker === '') return { ...list, 'x-kubernetes-list-type': 'atomic' }
  if (marker === '!=') return { ...list, 'x-kubernetes-list-type': 'set' }
  if (marker === '=') return { ...list, 'x-kubernetes-list-type': 'set', 'x-kubernetes-patch-strategy': 'merge' }
  const forApply: StructuralSchema = { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': keys }
  const forMerge: StructuralSchema = {
    'x-kubernetes-patch-merge-key': keys[0] ?? '',
    'x-kubernetes-patch-strategy': retainKeys ? 'merge,retainKeys' : 'merge',
  }
  if (marker.startsWith('!')) return { ...list, ...forApply }
  if (marker.startsWith('?')) return { ...list, ...forMerge }
  return { ...list, ...forApply, ...forMerge }
}

const defaultOf = (value: string, { type }: StructuralSchema): unknown => (type === 'string' ? value : (JSON.parse(value) as unknown))
