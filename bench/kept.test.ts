import test from 'ava'
import fc from 'fast-check'
import { median, TOLERANCE, verdictOn, type Kept } from './kept.ts'

const kept: Kept = { ratio: 20, rounds: [20], date: '2026-11-22', node: '26', cpu: 'any' }

test('a launch that has become more than a fifth dearer fails, and the words say by how much and what to do', (t) => {
  const { passes, text } = verdictOn(25, kept)
  t.false(passes)
  t.regex(text, /25 % more, and 20 % are allowed: .*--profiles.*--keep/)
})

test('whatever is within a fifth passes, on either side', (t) => {
  fc.assert(fc.property(fc.double({ min: 1 - TOLERANCE, max: 1 + TOLERANCE, noNaN: true }), (times) => {
    t.true(verdictOn(kept.ratio * times, kept).passes)
  }))
})

test('a launch that has become much cheaper passes and asks to be kept', (t) => {
  const { passes, text } = verdictOn(10, kept)
  t.true(passes)
  t.regex(text, /50 % cheaper.*--keep/)
})

test('without a kept figure the check fails', (t) => {
  t.false(verdictOn(10, undefined).passes)
})

test('the median has as many values at or above it as at or below it', (t) => {
  fc.assert(fc.property(fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 1 }), (values) => {
    const middle = median(values)
    t.true(values.filter((value) => value <= middle).length * 2 >= values.length)
    t.true(values.filter((value) => value >= middle).length * 2 >= values.length)
  }))
  t.is(median([3, 1, 2]), 2)
  t.is(median([4, 1, 2, 3]), 2.5)
  t.is(median([]), NaN)
})
