/**
 * What can be put in the place of a value, by its schema alone: each bound from both sides, every name of an enumeration, what the CEL rules on
 * the field speak of, and what is of no type that the schema knows.
 */
import fc from 'fast-check'
import type { StructuralSchema } from '../../../crds/structural-schema.ts'

/** A value to try. `refused`: the schema leaves no doubt that an API server must not take it. */
export type Candidate = { name: string; value: unknown; refused?: true }

export const candidatesFor = (schema: StructuralSchema, present: unknown): Candidate[] => {
  const found = [...wrongTypes(schema), ...ofType(schema, present)]
  const seen = new Set([JSON.stringify(present)])
  return found.filter(({ value }) => {
    const text = JSON.stringify(value)
    return seen.has(text) ? false : seen.add(text)
  })
}

const samples: readonly [type: NonNullable<StructuralSchema['type']>, name: string, value: unknown][] = [
  ['string', 'a string', 'text'], ['integer', 'a number', 5], ['number', 'a fraction', 1.5], ['boolean', 'a boolean', true],
  ['object', 'an object', { unexpected: 1 }], ['array', 'a list', ['text']],
]

const wrongTypes = ({ type }: StructuralSchema): Candidate[] =>
  samples.filter(([each]) => each !== type && !(type === 'number' && each === 'integer')).map(([, name, value]) => ({ name, value, refused: true }))

const ofType = (schema: StructuralSchema, present: unknown): Candidate[] => {
  switch (schema.type) {
    case 'boolean': return [{ name: 'true', value: true }, { name: 'false', value: false }, refused('the word true', 'true')]
    case 'integer': return integers(schema)
    case 'string': return schema.enum === undefined ? strings(schema, String(present ?? '')) : names(schema.enum, String(present ?? ''))
    case 'array': return lists(schema, Array.isArray(present) ? present : [])
    case 'object': return schema.properties === undefined ? maps(schema) : [{ name: 'no members', value: {} }, { name: 'null', value: null }]
    default: return []
  }
}

const refused = (name: string, value: unknown): Candidate => ({ name, value, refused: true })

const nothing: Candidate = { name: 'null', value: null }

const integers = ({ minimum, maximum }: StructuralSchema): Candidate[] => {
  const isOutside = (value: number) => (minimum !== undefined && value < minimum) || (maximum !== undefined && value > maximum)
  const known = [...minimum === undefined ? [] : [['min-1', minimum - 1], ['min', minimum]], ...maximum === undefined ? [] : [['max', maximum], ['max+1', maximum + 1]]]
  const all = [...known, ['zero', 0], ['minus one', -1], ['a middling one', 443], ['huge', 1e18], ['hugely negative', -1e18]] as [string, number][]
  return [...all.map(([name, value]) => (isOutside(value) ? refused(name, value) : { name, value })), refused('digits in quotes', '5'), nothing]
}

const names = (values: readonly unknown[], present: string): Candidate[] => [
  ...values.map((value) => ({ name: String(value), value })),
  refused('a name of no meaning', 'Nonesuch'), refused('other capitals', swapCase(present)), refused('a blank after it', `${present} `), refused('empty', ''), nothing,
]

const swapCase = (text: string): string => (text === text.toUpperCase() ? text.toLowerCase() : text.toUpperCase())

/** By the schema's bounds, which count characters and not what they are stored as. */
const sizer = ({ minLength = 0, maxLength = Infinity }: StructuralSchema) => (name: string, value: string): Candidate => {
  const { length } = [...value]
  return length < minLength || length > maxLength ? refused(name, value) : { name, value }
}

const around = (bound: number | undefined): number[] => (bound === undefined ? [] : [bound, bound + 1])

const lengthsOf = (schema: StructuralSchema): Candidate[] => {
  const { minLength = 0, maxLength } = schema
  const sized = sizer(schema)
  const lengths = [...new Set([minLength - 1, minLength, ...around(maxLength)])].filter((length) => length > 0)
  return [
    sized('empty', ''),
    ...lengths.map((length) => sized(`${length} letters`, 'a'.repeat(length))),
    ...lengths.filter((length) => length > 1).map((length) => sized(`${length} letters outside Latin`, '😀'.repeat(length))),
  ]
}

const strings = (schema: StructuralSchema, present: string): Candidate[] => {
  const sized = sizer(schema)
  return [
    ...lengthsOf(schema),
    sized('huge', 'a'.repeat(100_000)),
    sized('one letter', 'a'), sized('a blank', ' '), sized('a blank before it', ` ${present}`), sized('a line after it', `${present}\nsecond: line`),
    sized('accents', 'ünï-ço-dé'), sized('right to left', '\u202Etxt\u200B'), sized('a NUL', 'a\u0000b'), sized('a template', '${HOME} {{ .x }} $(id)'),
    sized('a path upwards', '../../etc'), sized('a name that JavaScript has', 'constructor'), sized('other capitals', swapCase(present)),
    ...spokenOf(schema).map((value) => sized(shown(value), value)),
    nothing,
  ]
}

/** Short enough for a title, and always the same for the same value. */
const shown = (value: string): string => JSON.stringify(value.length <= 48 ? value : `${value.slice(0, 40)}…${value.length}`)

/** Values on both sides of what the CEL rules on the field ask for. */
const spokenOf = (schema: StructuralSchema): string[] => {
  const rules = (schema['x-kubernetes-validations'] ?? []).map(({ rule }) => rule).join('\n')
  return [
    ...rules.includes('quantity(') ? [...constants(rules), ...quantities] : [],
    ...rules.includes('isCIDR(') ? blocks : [],
    ...rules.includes('isIP(') ? addresses : [],
    ...rules.includes('isURL(') ? urls : [],
    ...isReference(schema) ? [] : [...rules.matchAll(/matches\(r'(.*?)'\)/g)].flatMap(([, pattern]) => matching(pattern ?? '', schema.maxLength ?? 253)),
  ]
}

/** Any name that nobody has is as good as another. */
const isReference = ({ description = '' }: StructuralSchema): boolean => description.startsWith('Name of the ')

const constants = (rules: string): string[] => [...rules.matchAll(/quantity\('(.*?)'\)/g)].map(([, text]) => text ?? '')

/** Always the same few: a run must be the same as the last. */
const matching = (pattern: string, maxLength: number): string[] =>
  fc.sample(fc.stringMatching(new RegExp(pattern)).filter((text) => text.length <= maxLength), { seed: 1, numRuns: 2 })

const quantities = ['0', '-1Gi', '1.5Gi', '2Gi', '1e9', '20gi', '1024Pi', '1048576', '1M', '0.5Mi', '20Gi ', '٣Gi', 'lots']

const blocks = ['10.0.0.0', '10.0.0.0/33', '0.0.0.0/0', '::/0', '10.0.0.1/16', '010.0.0.0/16', '10.0.3.0/24', '10.0.3.0/28', '172.16.0.0/16', '169.254.0.0/16',
  '127.0.0.0/16', 'fd00::/64', '::ffff:10.0.0.0/112', '255.255.255.255/32']

const addresses = ['10.0.1.0', '10.0.1.3', '10.0.1.4', '10.0.1.255', '10.0.1.005', '192.168.1.1', '0.0.0.0', '255.255.255.255', '167772421', 'fd00::1', '::ffff:10.0.1.9']

const urls = ['http://', 'http://127.0.0.1:18080/other.img', 'http://127.0.0.1:18080/../x', 'http://127.0.0.1:18081/linux.img', 'https://example.com/a.qcow2',
  'http://169.254.169.254/latest', 'http://[::1]/x', 'http://2130706433/x', 'file:///etc/passwd', 'https://user:word@example.com/x', 'https://example.com/a b']

/** Two keys that no other item has, where a list is told apart by keys. */
const lists = ({ items, minItems = 0, maxItems, 'x-kubernetes-list-map-keys': keys, 'x-kubernetes-list-type': kind }: StructuralSchema, present: unknown[]): Candidate[] => {
  const [first] = present
  const filled = (count: number) =>
    Array.from({ length: count }, (_, index) => (index < present.length ? present[index] : another(first, keys?.[0], index)))
  const sized = (name: string, value: unknown[]) =>
    (value.length < minItems || value.length > (maxItems ?? Infinity) ? refused(name, value) : { name, value })
  const isKeyed = kind === 'map' || kind === 'set'
  return [
    sized('no items', []), { name: 'null', value: null }, refused('an item that is null', [null, ...present]),
    ...items?.type === 'string' ? [] : [refused('an item that is a string', ['text', ...present])],
    refused('an item that is a list', [[], ...present]),
    ...first === undefined ? [] : [
      { name: 'the same item twice', value: [...present, first], ...isKeyed ? { refused: true as const } : {} },
      sized('one item more', filled(present.length + 1)),
      ...maxItems === undefined ? [] : [sized(`${maxItems} items`, filled(maxItems)), sized(`${maxItems + 1} items`, filled(maxItems + 1))],
      sized('other order', present.toReversed()), sized('one item less', present.slice(0, -1)),
    ],
  ]
}

/** The same item with another key; an item without keys is told apart by nothing. */
const another = (item: unknown, key: string | undefined, index: number): unknown => {
  if (typeof item === 'string') return numbered(item, index)
  if (item === null || typeof item !== 'object' || key === undefined) return item
  return { ...item, [key]: numbered(String((item as Record<string, unknown>)[key]), index) }
}

/** Device names and blocks have no room for any number. */
const numbered = (text: string, index: number): string => {
  if (text.startsWith('/dev/')) return index < 26 ? `/dev/sd${String.fromCharCode(97 + index)}` : `/dev/xvd${String.fromCharCode(97 + index - 26)}`
  if (text.includes('/')) return `10.${index + 10}.0.0/16`
  return `${text}-${index}`
}

const maps = ({ additionalProperties, maxProperties = 0 }: StructuralSchema): Candidate[] => {
  const filled = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`key-${index}`, 'value']))
  const value = typeof additionalProperties === 'object' ? additionalProperties : {}
  const keys = ['', ' ', 'a'.repeat(128), 'a'.repeat(129), 'ünï-ço-dé ☃', 'a.b/c[0]', 'constructor', 'kubernetes.io/x', '"quoted"\n', 'tag.kumulus.dev/x']
  return [
    { name: 'no entries', value: {} }, { name: 'null', value: null }, { name: `${maxProperties} entries`, value: filled(maxProperties) },
    refused(`${maxProperties + 1} entries`, filled(maxProperties + 1)),
    ...keys.map((key) => ({ name: `the key ${shown(key)}`, value: { [key]: 'value' } })),
    // In a literal it would set the prototype.
    { name: 'the key "__proto__"', value: JSON.parse('{"__proto__": "value"}') as unknown },
    ...[...wrongTypes(value), ...lengthsOf(value), nothing].map((each) => ({ ...each, name: `an entry with ${each.name}`, value: { key: each.value } })),
  ]
}
