import test from 'ava'
import fc from 'fast-check'
import { formatBytes, quantity } from './quantity.ts'

test('quantities are read as Kubernetes reads them', (t) => {
  const table: [string, number][] = [
    ['512Mi', 512 * 2 ** 20],
    ['1Gi', 2 ** 30],
    ['2G', 2e9],
    ['500m', 0.5],
    ['4', 4],
    ['1e3', 1000],
  ]
  for (const [text, number] of table) t.is(quantity(text), number, text)
  t.throws(() => quantity('ten'), { message: /not a quantity/ })
})

test('a byte count survives being written and read', (t) => {
  t.notThrows(() => fc.assert(fc.property(fc.integer({ min: 1, max: 2 ** 45 }), (bytes) => quantity(formatBytes(bytes)) === bytes)))
})
