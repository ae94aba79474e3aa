import test from 'ava'
import { readFileSync, writeFileSync } from 'node:fs'
import { everyDefinition } from '../v1alpha1/index.ts'
import { reasonsOf } from './reasons.ts'

const file = new URL('../../docs/operations.md', import.meta.url)

// `UPDATE_GOLDEN=1` writes the table instead: read the difference before you commit it.
test('the handbook has every condition reason of every kind, with what to do', t => {
  const text = readFileSync(file, 'utf8')
  const begin = text.indexOf('| Reason | Kinds |')
  const end = begin === -1 ? text.length : /\n(?!\|)/.exec(text.slice(begin))?.index ?? -1
  const table = reasonsOf(everyDefinition)
  if (process.env['UPDATE_GOLDEN'] === '1') {
    writeFileSync(file, begin === -1 ? text + table : text.slice(0, begin) + table + text.slice(begin + end + 1))
    return t.pass()
  }
  t.is(begin === -1 ? '' : text.slice(begin, begin + end + 1), table)
})

test('a reason that two kinds mean differently has a line of each', t => {
  const [first, second] = everyDefinition
  if (first === undefined || second === undefined) throw new Error('there are no kinds')
  const lines = (one: string, other: string) =>
    reasonsOf([{ ...first, reasons: { Waiting: one } }, { ...second, reasons: { Waiting: other } }]).split('\n').slice(2, -1)
  t.deepEqual(lines('same', 'same'), ['| `Waiting` | all | same |'])
  t.deepEqual(lines('a|b', 'other'), [`| \`Waiting\` | ${first.kind} | a\\|b |`, `| \`Waiting\` | ${second.kind} | other |`])
})
