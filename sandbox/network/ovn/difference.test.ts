import test from 'ava'
import fc from 'fast-check'
import { difference, type Present, type PresentRow } from './difference.ts'
import type { Operation, WireRow } from './ovsdb/client.ts'
import { canonical, members, referenceTo, type Value, type Wire } from './ovsdb/values.ts'
import { KEY, type Row } from './rows.ts'

type Database = Map<string, Map<string, PresentRow>>

/** What a server makes of the operations, as far as they use it. */
const run = (database: Database, operations: readonly Operation[]): Database => {
  const names = new Map(operations.flatMap((operation) => (operation.op === 'insert' ? [[operation['uuid-name'] ?? '', `uuid-${serial++}`] as const] : [])))
  const resolved = (wire: Wire): Wire => {
    if (!Array.isArray(wire)) return wire
    if (wire[0] === 'named-uuid') return ['uuid', names.get(wire[1]) ?? 'missing']
    return wire[0] === 'set' ? ['set', wire[1].map(resolved)] : wire
  }
  const next: Database = new Map([...database].map(([table, rows]) => [table, new Map(rows)]))
  const rowsOf = (table: string) => next.get(table) ?? next.set(table, new Map()).get(table)!
  const keyOf = (table: string, id: Wire) => [...rowsOf(table)].find(([, { uuid }]) => canonical(['uuid', uuid]) === canonical(id))?.[0] ?? ''
  for (const operation of operations) {
    const rows = rowsOf(operation.table)
    if (operation.op === 'insert') {
      const columns = Object.fromEntries(Object.entries(operation.row).map(([column, wire]) => [column, resolved(wire)]))
      const ids = columns['external_ids'] as ['map', [Wire, Wire][]]
      rows.set(String(ids[1].find(([name]) => name === KEY)?.[1]), { uuid: names.get(operation['uuid-name'] ?? '') ?? '', columns })
    } else if (operation.op !== 'select') {
      const key = keyOf(operation.table, operation.where[0]?.[2] ?? '')
      const { uuid, columns } = rows.get(key) ?? { uuid: '', columns: {} }
      if (operation.op === 'delete') rows.delete(key)
      else if (operation.op === 'update') {
        const update = Object.fromEntries(Object.entries(operation.row).map(([column, wire]) => [column, resolved(wire)]))
        rows.set(key, { uuid, columns: { ...columns, ...update } })
      } else {
        rows.set(key, { uuid, columns: mutated(columns, operation.mutations.map(([column, how, wire]) => [column, how, resolved(wire)])) })
      }
    }
  }
  return next
}
let serial = 1

const mutated = (columns: WireRow, mutations: [string, string, Wire][]): WireRow => mutations.reduce((row, [column, how, wire]) => {
  const texts = new Set(members(wire).map(canonical))
  const left = members(row[column] ?? ['set', []]).filter((member) => !texts.has(canonical(member)))
  return { ...row, [column]: ['set', how === 'insert' ? [...left, ...members(wire)] : left] }
}, columns)

const group = (key: string, ports: readonly string[], more: Record<string, Value> = {}): Row =>
  ({ table: 'Port_Group', key, columns: { name: key, ports: ports.map((port) => referenceTo('Port', port)), ...more } })
const ports = (names: readonly string[]): Row[] => names.map((key) => ({ table: 'Port', key, columns: { name: key, addresses: [`address of ${key}`] } }))

const world = fc.record({
  ports: fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'), { minLength: 1 }),
  groups: fc.uniqueArray(fc.constantFrom('one', 'two', 'three')),
  label: fc.constantFrom('x', 'y'),
  take: fc.nat(6),
}).map(({ ports: names, groups, label, take }) => [
  ...groups.map((key) => group(key, names.slice(0, take), { options: { entries: { label } } })), ...ports(names),
])

test('whatever is there, the operations make it what is wanted, and then there are none', (t) => {
  fc.assert(fc.property(fc.array(world, { minLength: 1, maxLength: 4 }), (worlds) => {
    let database: Database = new Map()
    for (const wanted of worlds) {
      database = run(database, difference(wanted, database))
      if (difference(wanted, database).length > 0) return false
      const fresh = run(new Map(), difference(wanted, new Map()))
      for (const [table, rows] of fresh) if ([...rows.keys()].sort().join() !== [...(database.get(table)?.keys() ?? [])].sort().join()) return false
    }
    return true
  }))
  t.pass()
})

test('a member more or less of a large group is one small change', (t) => {
  const names = Array.from({ length: 1000 }, (_, index) => `port-${index}`)
  const database = run(new Map(), difference([group('g', names), ...ports(names)], new Map()))
  const operations = difference([group('g', names.slice(1)), ...ports(names)], database)
  t.is(operations.length, 1)
  t.like(operations[0], { op: 'mutate', table: 'Port_Group' })
  t.true(JSON.stringify(operations).length < 300)
})

test('what is emptied is emptied, and a column that no row names is left alone', (t) => {
  const database = run(new Map(), difference([group('g', ['a', 'b']), ...ports(['a', 'b'])], new Map()))
  const known = database.get('Port_Group')?.get('g') ?? { uuid: '', columns: {} }
  database.get('Port_Group')?.set('g', { ...known, columns: { ...known.columns, up: true } })
  const next = run(database, difference([group('g', []), ...ports(['a', 'b'])], database))
  t.deepEqual(next.get('Port_Group')?.get('g')?.columns['ports'], ['set', []])
  t.true(next.get('Port_Group')?.get('g')?.columns['up'])
})

test('two rows with one key and a reference that leads nowhere are refused by name', (t) => {
  const none: Present = new Map()
  t.throws(() => difference([group('g', []), group('g', [])], none), { message: 'two Port_Group rows have the key g' })
  t.throws(() => difference([group('g', ['missing'])], none), { message: 'no Port missing among the wanted rows' })
})
