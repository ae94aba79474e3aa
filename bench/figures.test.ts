import test from 'ava'
import fc from 'fast-check'
import { percentile } from './figures.ts'

test('a percentile is one of the values, with at least its share of them at or below it', (t) => {
  fc.assert(fc.property(fc.array(fc.integer(), { minLength: 1 }), fc.double({ min: 0.01, max: 1, noNaN: true }), (values, share) => {
    const found = percentile(values, share)
    const below = values.filter((value) => value <= found).length
    return values.includes(found) && below >= values.length * share && values.filter((value) => value < found).length < values.length * share
  }))
  t.is(percentile([5, 1, 4, 2, 3], 0.5), 3)
  t.is(percentile([], 0.5), NaN)
})
