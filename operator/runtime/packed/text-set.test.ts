import test from 'ava'
import fc from 'fast-check'
import { TextSet } from './text-set.ts'

test('what was put in is found, and nothing else', t => {
  fc.assert(fc.property(fc.array(fc.uuid()), fc.array(fc.uuid()), (held, asked) => {
    const set = new TextSet()
    for (const text of [...held, ...held]) set.add(text)
    t.is(set.size, new Set(held).size)
    for (const text of held) t.true(set.has(text))
    for (const text of asked) t.is(set.has(text), held.includes(text))
  }))
})

test('100,000 UIDs are told from 100,000 others', t => {
  const set = new TextSet()
  for (let index = 0; index < 100_000; index++) set.add(`0a0b0c0d-0000-4000-8000-${index.toString(16).padStart(12, '0')}`)
  t.is(set.size, 100_000)
  const others = Array.from({ length: 100_000 }, (_, index) => `0a0b0c0d-0001-4000-8000-${index.toString(16).padStart(12, '0')}`)
  t.is(others.filter(uid => set.has(uid)).length, 0)
})
