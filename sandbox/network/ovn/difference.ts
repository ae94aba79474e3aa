import type { Operation, WireRow } from './ovsdb/client.ts'
import { canonical, members, toWire, type Reference, type Value, type Wire } from './ovsdb/values.ts'
import { KEY, type Row } from './rows.ts'

/** A row as it is in the database. */
export type PresentRow = { uuid: string; columns: WireRow }

/** What is in the database: table → key → row. */
export type Present = ReadonlyMap<string, ReadonlyMap<string, PresentRow>>

/**
 * The operations that make the owned rows what they shall be, to be run as one transaction; none when they are that already.
 *
 * Columns that a row doesn't name are left as they are. Sets that change by a few members are changed by these alone, since a port group can
 * have thousands. Rows that only others' references keep alive are deleted like all others: in one transaction the order doesn't matter.
 *
 * @throws Error when two wanted rows of a table have one key, or a reference leads nowhere.
 */
export const difference = (wanted: readonly Row[], present: Present): Operation[] => {
  const index = indexed(wanted)
  const resolve = (reference: Reference): Wire => {
    const row = index.get(reference.table)?.get(reference.key)
    if (row === undefined) throw new Error(`no ${reference.table} ${reference.key} among the wanted rows`)
    const uuid = present.get(reference.table)?.get(reference.key)?.uuid
    return uuid === undefined ? ['named-uuid', row.name] : ['uuid', uuid]
  }
  return [...index].flatMap(([table, rows]) => [...rows.values()].flatMap(({ row, name }) => {
    const known = present.get(table)?.get(row.key)
    return known === undefined ? [inserted(row, name, resolve)] : changed(row, known, resolve)
  })).concat(deletions(index, present))
}

type Index = Map<string, Map<string, { row: Row; name: string }>>

const indexed = (wanted: readonly Row[]): Index => {
  const index: Index = new Map()
  for (const [position, row] of wanted.entries()) {
    const rows = index.get(row.table) ?? new Map<string, { row: Row; name: string }>()
    if (rows.has(row.key)) throw new Error(`two ${row.table} rows have the key ${row.key}`)
    index.set(row.table, rows.set(row.key, { row, name: `row${position}` }))
  }
  return index
}

const inserted = (row: Row, name: string, resolve: (reference: Reference) => Wire): Operation =>
  ({ op: 'insert', table: row.table, 'uuid-name': name, row: Object.fromEntries(columnsOf(row).map(([column, value]) => [column, toWire(value, resolve)])) })

/** With the key, which is one of the row's external_ids. */
const columnsOf = (row: Row): [string, Value][] => {
  const { external_ids: own, ...columns } = row.columns
  return [...Object.entries(columns), ['external_ids', { entries: { ...own?.entries, [KEY]: row.key } }]]
}

const changed = (row: Row, known: PresentRow, resolve: (reference: Reference) => Wire): Operation[] => {
  const where: [string, '==', Wire][] = [['_uuid', '==', ['uuid', known.uuid]]]
  const update: WireRow = {}
  const mutations: [string, 'insert' | 'delete', Wire][] = []
  for (const [column, value] of columnsOf(row)) {
    const [next, before] = [toWire(value, resolve), known.columns[column]]
    if (before !== undefined && canonical(next) === canonical(before)) continue
    const few = before === undefined || !Array.isArray(value) ? undefined : fewChanges(column, next, before)
    if (few === undefined) update[column] = next
    else mutations.push(...few)
  }
  return [
    ...(Object.keys(update).length === 0 ? [] : [{ op: 'update' as const, table: row.table, where, row: update }]),
    ...(mutations.length === 0 ? [] : [{ op: 'mutate' as const, table: row.table, where, mutations }]),
  ]
}

/** Members to add and to take away, where that is less to say than the whole set. */
const fewChanges = (column: string, next: Wire, before: Wire): [string, 'insert' | 'delete', Wire][] | undefined => {
  const [after, old] = [byText(next), byText(before)]
  const added = [...after].filter(([text]) => !old.has(text)).map(([, member]) => member)
  const gone = [...old].filter(([text]) => !after.has(text)).map(([, member]) => member)
  if (added.length + gone.length >= after.size) return undefined
  return [
    ...(gone.length === 0 ? [] : [[column, 'delete', ['set', gone]] as [string, 'delete', Wire]]),
    ...(added.length === 0 ? [] : [[column, 'insert', ['set', added]] as [string, 'insert', Wire]]),
  ]
}

const byText = (wire: Wire): Map<string, Wire> => new Map(members(wire).map((member) => [canonical(member), member]))

const deletions = (index: Index, present: Present): Operation[] =>
  [...present].flatMap(([table, rows]) => [...rows].filter(([key]) => index.get(table)?.has(key) !== true).map(([, { uuid }]): Operation =>
    ({ op: 'delete', table, where: [['_uuid', '==', ['uuid', uuid]]] })))
