import test from 'ava'
import fc from 'fast-check'
import { jsonCopy } from './json-copy.ts'
import { sharedCopy } from './json-share.ts'

/** Freezes all of a value, so that a change of it throws. */
const frozen = <T>(value: T): T => {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(frozen)
  return value
}

/** Adds a member to every part of a copy that is not the base's at the same place. */
const changeOwn = (copy: unknown, base: unknown): void => {
  if (copy === base || typeof copy !== 'object' || copy === null) return
  for (const [name, member] of Object.entries(copy)) changeOwn(member, (base as Record<string, unknown> | null | undefined)?.[name])
  Object.defineProperty(copy, 'added', { value: true })
}

test('a shared copy equals what it was made of, and a change of its own parts reaches neither that nor the base', (t) => {
  fc.assert(fc.property(fc.jsonValue(), fc.jsonValue(), fc.jsonValue(), (a, b, c) => {
    const base = frozen({ a, b, list: [a, { b }], c: null })
    const value = frozen({ a: jsonCopy(a), b: base.a, list: [a, { b: c }], c })
    const copy = sharedCopy(value, base)
    t.deepEqual(copy, value)
    t.notThrows(() => changeOwn(copy, base))
  }))
})

test('what is the same at the same place is shared, and all of an equal value is', (t) => {
  const base = { spec: { a: { x: 1 }, b: [{ y: 2 }] }, status: { z: 3 } }
  t.is(sharedCopy(jsonCopy(base), base), base)
  const copy = sharedCopy({ ...jsonCopy(base), status: base.spec.a }, base) as { spec: unknown; status: unknown }
  t.is(copy.spec, base.spec)
  t.not(copy.status, base.spec.a, 'the same part at another place is copied')
})

test('a member that the base has by its prototype only is no member of it', (t) => {
  const value = JSON.parse('{"__proto__":{"admin":true},"constructor":{"name":"x"}}') as object
  t.is(JSON.stringify(sharedCopy(value, {})), JSON.stringify(value))
})
