import { isDeepStrictEqual } from 'node:util'
import test from 'ava'
import fc from 'fast-check'
import { jsonEqual } from './json-equal.ts'

const json = fc.jsonValue({ maxDepth: 3 }).map((value) => JSON.parse(JSON.stringify(value)) as unknown)

test('JSON values are equal exactly when they are deeply equal', (t) => {
  fc.assert(fc.property(json, json, (a, b) => {
    t.is(jsonEqual(a, b), isDeepStrictEqual(a, b))
    t.true(jsonEqual(a, structuredClone(a)))
  }))
})

test('a member that is missing, undefined or of another kind makes a difference, and order makes none', (t) => {
  t.false(jsonEqual({ a: 1 }, { b: 1 }))
  t.false(jsonEqual({ a: undefined }, { b: 1 }))
  t.false(jsonEqual({ a: undefined }, {}))
  t.false(jsonEqual([], {}))
  t.false(jsonEqual({}, null))
  t.false(jsonEqual({ length: 0 }, []))
  t.false(jsonEqual({ toString: 1 }, { a: 1 }))
  t.true(jsonEqual({ a: 1, b: [{ c: null }] }, { b: [{ c: null }], a: 1 }))
})
