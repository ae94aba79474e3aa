import test from 'ava'
import fc from 'fast-check'
import { memoized } from './memo.ts'

test('what is remembered is what would be computed, and no more of it than was allowed', t => {
  fc.assert(fc.property(fc.array(fc.integer({ min: 0, max: 9 })), (asked) => {
    let computed = 0
    const square = memoized((text) => {
      computed++
      return Number(text) ** 2
    }, 2)
    t.true(asked.every(number => square(`${number}`) === number ** 2))
    const before = computed
    for (let number = 0; number < 10; number++) square(`${number}`)
    // Four of ten at most were remembered.
    t.true(computed - before >= 6)
  }))
})

test('what was asked just now is not computed again', t => {
  let computed = 0
  const length = memoized((text) => {
    computed++
    return text.length
  })
  t.deepEqual([length('abc'), length('abc')], [3, 3])
  t.is(computed, 1)
})
