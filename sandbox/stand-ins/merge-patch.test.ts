import test from 'ava'
import fc from 'fast-check'
import { deepEqual, mergePatchOf } from './merge-patch.ts'

const apply = (target: unknown, patch: Record<string, unknown>): Record<string, unknown> => {
  const result: Record<string, unknown> = typeof target === 'object' && target !== null && !Array.isArray(target) ? { ...target } : {}
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key]
    else if (typeof value === 'object' && !Array.isArray(value)) result[key] = apply(result[key], value as Record<string, unknown>)
    else result[key] = value
  }
  return result
}

const plain = fc.dictionary(
  fc.constantFrom('a', 'b', 'c', 'd'),
  fc.oneof(
    fc.integer(),
    fc.string(),
    fc.array(fc.integer(), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('x', 'y'), fc.oneof(fc.integer(), fc.boolean()), { maxKeys: 2, noNullPrototype: true }),
  ),
  { maxKeys: 4, noNullPrototype: true },
)

test('a merge patch turns one object into the other', (t) => {
  t.notThrows(() =>
    fc.assert(fc.property(plain, plain, (from, to) => deepEqual(apply(from, mergePatchOf(from, to) ?? {}), to))),
  )
})

test('equal objects need no patch, so that a converged stand-in writes nothing', (t) => {
  t.notThrows(() => fc.assert(fc.property(plain, (value) => mergePatchOf(value, structuredClone(value)) === undefined)))
})

test('a removed key is patched to null', (t) => {
  t.deepEqual(mergePatchOf({ a: 1, b: { c: 1 } }, { a: undefined, b: {} }), { a: null, b: { c: null } })
})
