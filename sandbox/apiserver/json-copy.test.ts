import test from 'ava'
import fc from 'fast-check'
import { jsonCopy } from './json-copy.ts'

test('a copy is equal to what it was made of, order included, and shares nothing with it', (t) => {
  fc.assert(fc.property(fc.jsonValue(), (value) => {
    const copy = jsonCopy(value)
    t.deepEqual(copy, value)
    t.is(JSON.stringify(copy), JSON.stringify(value))
  }))
  const original = { spec: { list: [{ a: 1 }] } }
  const copy = jsonCopy(original)
  copy.spec.list[0]!.a = 2
  t.is(original.spec.list[0]?.a, 1)
})

test('a member named __proto__ stays a member', (t) => {
  const copy = jsonCopy(JSON.parse('{"__proto__":{"admin":true}}') as { admin?: boolean })
  t.is(copy.admin, undefined)
  t.is(JSON.stringify(copy), '{"__proto__":{"admin":true}}')
})
