import test from 'ava'
import { frozen } from './json-frozen.ts'

test('nothing in it can be changed any more', (t) => {
  const value = frozen({ a: [{ b: 1 }], c: null, d: 'text' })
  t.throws(() => (value.a[0]!.b = 2), { instanceOf: TypeError })
  t.throws(() => value.a.push({ b: 2 }), { instanceOf: TypeError })
  t.deepEqual(value, { a: [{ b: 1 }], c: null, d: 'text' })
})

test('a new version around frozen parts is frozen where it is new', (t) => {
  const old = frozen({ spec: { a: 1 }, status: {} })
  const next = frozen({ ...old, status: { b: { c: 2 } } })
  t.is(next.spec, old.spec)
  t.true(Object.isFrozen(next.status.b))
})

test('what no JSON could say is refused: over a wire it would be missing', (t) => {
  t.throws(() => frozen({ a: { b: undefined } }), { message: /JSON/ })
  t.throws(() => frozen([() => 1]), { message: /JSON/ })
})
