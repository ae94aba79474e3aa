import test from 'ava'
import fc from 'fast-check'
import type { ServedResource } from '../resource.ts'
import { decode } from './decode.ts'
import { duplicateFields, parseDocument } from './document.ts'
import { toRegExp } from './formats.ts'
import { validateObject } from './validate.ts'

const resource: ServedResource = {
  group: 't.example.com', version: 'v1', kind: 'Thing', plural: 'things', singular: 'thing', namespaced: true, shortNames: [], categories: [],
  listKind: 'ThingList', verbs: [], hasStatus: true, columns: [], custom: true,
  schema: {
    type: 'object',
    properties: {
      spec: {
        type: 'object',
        properties: {
          short: { type: 'string', maxLength: 3 },
          limited: { type: 'array', 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'],
            items: { type: 'object', properties: { name: { type: 'string' }, n: { type: 'integer', maximum: 5 } } } },
          ruled: { type: 'object', properties: { a: { type: 'integer' }, b: { type: 'integer' } }, 'x-kubernetes-validations': [{ rule: 'self.a < 5', message: 'too big' }] },
          grows: { type: 'object', additionalProperties: { type: 'integer', 'x-kubernetes-validations': [{ rule: 'self >= oldSelf', message: 'only grows' }] } },
        },
      },
    },
  },
}

const thing = (spec: object) => ({ apiVersion: 't.example.com/v1', kind: 'Thing', metadata: { name: 'n' }, spec })
const problems = (spec: object, old?: object) =>
  validateObject(resource, thing(spec), old === undefined ? undefined : thing(old)).map(({ field, message }) => `${field}: ${message}`)

test('fields that are said twice are found wherever they are, and only those', (t) => {
  t.deepEqual(duplicateFields('{"a":1,"b":[{"c":1,"c":2},{"c":3}],"a":{"x":"a","y":{"x":1}}}'), ['b[0].c', 'a'])
  t.deepEqual(duplicateFields('{"a\\u0062":1,"ab":"}{\\"ab\\":"}'), ['ab'])
  fc.assert(fc.property(fc.json({ maxDepth: 4 }), (text) => t.deepEqual(duplicateFields(JSON.stringify(JSON.parse(text))), [])))
})

test('empty maps and lists of metadata are not kept, as Go leaves them out', (t) => {
  const metadata = { name: 'n', labels: {}, annotations: {}, finalizers: [], ownerReferences: [] }
  const { object } = decode(resource, { ...thing({}), metadata }, { fieldValidation: 'Strict' })
  t.deepEqual(object, { ...thing({}), metadata: { name: 'n' } })
})

test('YAML is read as a real API server reads it', (t) => {
  t.deepEqual(parseDocument('a: "1"\nb: [x, y, 1:30, 2026-01-01]\nc: {d: null}\n', 'yaml').value, {
    a: '1', b: ['x', true, '1:30', '2026-01-01'], c: { d: null },
  })
  t.deepEqual(parseDocument('{"a": 1}', 'yaml').value, { a: 1 })
  t.throws(() => parseDocument('a: [', 'yaml'), { instanceOf: SyntaxError })
})

test('decoding twice is decoding once', (t) => {
  const { object } = decode(resource, thing({ short: 'abc', unknown: 1, limited: [{ name: 'a', x: 1 }] }), { fieldValidation: 'Ignore' })
  t.deepEqual(decode(resource, structuredClone(object), { fieldValidation: 'Strict' }).object, object)
})

test('what was wrong before and did not change is not held against an update', (t) => {
  const old = { short: 'abcd', limited: [{ name: 'a', n: 9 }], ruled: { a: 9 } }
  t.deepEqual(problems(old, old), [])
  t.deepEqual(problems({ ...old, limited: [{ name: 'b' }, { name: 'a', n: 9 }] }, old), [], 'items of a map list are known by their key')
  t.is(problems({ ...old, short: 'abcde' }, old)[0], 'spec.short: Too long: may not be more than 3 bytes')
  t.is(problems({ ...old, limited: [{ name: 'c', n: 9 }] }, old)[0], 'spec.limited[0].n: Invalid value: 9: spec.limited[0].n in body should be less than or equal to 5')
})

test('a rule is asked again as soon as anything it stands on changed', (t) => {
  t.deepEqual(problems({ ruled: { a: 9, b: 1 } }, { ruled: { a: 9, b: 1 } }), [])
  t.deepEqual(problems({ ruled: { a: 9, b: 2 } }, { ruled: { a: 9, b: 1 } }), ['spec.ruled: Invalid value: too big'])
})

test('a rule about change compares the members of a map by their names, and new members with nothing', (t) => {
  t.deepEqual(problems({ grows: { x: 2, y: 0 } }, { grows: { x: 1 } }), [])
  t.deepEqual(problems({ grows: { x: 0 } }, { grows: { x: 1 } }), ['spec.grows[x]: Invalid value: 0: only grows'])
})

test('patterns of RE2 work as they are written', (t) => {
  t.true(toRegExp('^[[:alpha:]]+$').test('abc'))
  t.true(toRegExp('(?i)^ABC\\z').test('abc'))
  t.true(toRegExp('^(?P<year>\\d{4})$').test('2026'))
  t.false(toRegExp('^.$').test('ab'))
  t.true(toRegExp('^.$').test('😀'), 'a character is a character, not a UTF-16 unit')
})
