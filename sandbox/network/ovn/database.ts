import type { Clock } from '../../../operator/runtime/clock.ts'
import type { OvsdbClient, Operation, RowUpdate, TableUpdates, WireRow } from './ovsdb/client.ts'
import type { Wire } from './ovsdb/values.ts'
import { difference, type PresentRow } from './difference.ts'
import { KEY, OWNED_TABLES, type Row } from './rows.ts'
import { fitToColumns } from './versions.ts'

const NORTHBOUND = 'OVN_Northbound'

/** The Northbound database of a lab. */
export type Northbound = {
  /**
   * Makes the owned rows these, by one transaction with the differences alone, and waits until every flow that follows from them is in the
   * switch. Calls one after the other are done in turn. Answers how many operations there were and the milliseconds until enforced.
   * @throws OvsdbError with nothing changed when OVN refuses a row; Error when it isn't enforced in time.
   */
  apply: (rows: readonly Row[]) => Promise<Applied>
  /** Waits until what anybody has written so far is in the switch. */
  sync: () => Promise<void>
  /** Waits until those of these ports that are in the rows are plugged and their flows are in the switch, or are plugged out. */
  awaitPorts: (names: readonly string[], state: 'up' | 'down') => Promise<void>
}

export type Applied = { operations: number; ms: number }

/** How long OVN may take for a change, in milliseconds. It takes tens; a controller that died takes for ever. */
const ENFORCED_MS = 60_000
const ASK_AGAIN_MS = 5_000

const nextNumber: Operation = { op: 'mutate', table: 'NB_Global', where: [], mutations: [['nb_cfg', '+=', 1]] }

export type SwitchBehind = {
  /** Makes the switch act by what it has been told. */
  settle: () => Promise<void>
  /** How the programs are that should have come to a change. */
  report: () => Promise<string>
}

export const openNorthbound = async (client: OvsdbClient, clock: Clock, { settle, report }: SwitchBehind): Promise<Northbound> => {
  const mirror = createMirror()
  const columns = await client.columns(NORTHBOUND)
  const watched = Object.fromEntries(OWNED_TABLES.map((table) => [table, [...(columns.get(table) ?? [])]]))
  await client.monitor(NORTHBOUND, { ...watched, NB_Global: ['hv_cfg'] }, mirror.take)
  const until = (what: string, reached: () => boolean): Promise<void> =>
    untilReached({ what, reached, waiting: mirror.waiting, clock, closed: client.closed }).catch(async (error: Error) => {
      throw new Error(`${error.message}: ${await report().catch((none: Error) => none.message)}`, { cause: error })
    })
  const sync = async (operations: readonly Operation[]): Promise<void> => {
    const results = await client.transact(NORTHBOUND, [
      ...operations,
      nextNumber,
      { op: 'select', table: 'NB_Global', where: [], columns: ['nb_cfg'] },
    ])
    const target = Number(results.at(-1)?.rows?.[0]?.['nb_cfg'])
    const cancel = keepAsking(client, clock)
    await until(`change ${target}`, () => mirror.enforced >= target).finally(cancel)
    await settle()
  }
  // northd makes the row that has the numbers, and begins late where much else does.
  await until('a beginning', () => mirror.hasNumbers)
  const inTurn = turns()
  return {
    apply: (rows) => inTurn(async () => {
      const began = clock.now()
      const operations = difference(fitToColumns(rows, columns), mirror.present)
      await sync(operations)
      return { operations: operations.length, ms: clock.now() - began }
    }),
    sync: () => sync([]),
    awaitPorts: async (names, state) => {
      await until(`ports that are ${state}`, () => names.every((name) => (mirror.ports.get(name) ?? state === 'up') === (state === 'up')))
      await sync([])
    },
  }
}

/**
 * Seldom, and on busy machines, a number was seen to be come to by nobody within a minute. A further one has every part of OVN look again.
 * Returns what ends it.
 */
const keepAsking = (client: OvsdbClient, clock: Clock): (() => void) => {
  let cancel = () => {}
  const later = () => {
    cancel = clock.after(ASK_AGAIN_MS, () => {
      client.transact(NORTHBOUND, [nextNumber]).catch(() => {})
      later()
    })
  }
  later()
  return () => cancel()
}

/** What the server has told: it does so of each transaction before it answers it. */
const createMirror = () => {
  const present = new Map<string, Map<string, PresentRow>>(OWNED_TABLES.map((table) => [table, new Map()]))
  const mirror = {
    present,
    /** Whether each port is plugged. */
    ports: new Map<string, boolean>(),
    /** Whether there is anything to count changes by. */
    hasNumbers: false,
    /** The last change that the switch has. */
    enforced: 0,
    /** Who looks again whenever something is told. */
    waiting: new Set<() => void>(),
    take: (updates: TableUpdates): void => {
      for (const [table, rows] of Object.entries(updates)) {
        if (table === 'NB_Global') takeNumber(mirror, Object.values(rows)[0]?.new?.['hv_cfg'])
        else for (const [uuid, update] of Object.entries(rows)) takeRow(present.get(table), uuid, update)
        if (table === 'Logical_Switch_Port') for (const update of Object.values(rows)) takePort(mirror.ports, update)
      }
      for (const look of [...mirror.waiting]) look()
    },
  }
  return mirror
}

const takeNumber = (mirror: { hasNumbers: boolean; enforced: number }, number: Wire | undefined): void => {
  if (number === undefined) return
  mirror.hasNumbers = true
  mirror.enforced = Number(number)
}

/** Work one after the other, whatever becomes of what was before. */
const turns = () => {
  let last: Promise<unknown> = Promise.resolve()
  return <T>(work: () => Promise<T>): Promise<T> => {
    const mine = last.then(work, work)
    last = mine
    return mine
  }
}

const takeRow = (rows: Map<string, PresentRow> | undefined, uuid: string, update: RowUpdate): void => {
  if (update.new !== undefined) rows?.set(keyOf(update.new, uuid), { uuid, columns: update.new })
  else for (const [key, row] of rows ?? []) if (row.uuid === uuid) rows?.delete(key)
}

const takePort = (ports: Map<string, boolean>, { old, new: now }: RowUpdate): void => {
  if (now === undefined) ports.delete(String(old?.['name']))
  else ports.set(String(now['name']), now['up'] === true)
}

/** A row without a key is nobody's: known by its UUID it is wanted by none, and goes. */
const keyOf = (row: WireRow, uuid: string): string => {
  const ids: Wire = row['external_ids'] ?? ['map', []]
  const pairs = Array.isArray(ids) && ids[0] === 'map' ? ids[1] : []
  return String(pairs.find(([name]) => name === KEY)?.[1] ?? uuid)
}

type Wait = { what: string; reached: () => boolean; waiting: Set<() => void>; clock: Clock; closed: Promise<void> }

const untilReached = ({ what, reached, waiting, clock, closed }: Wait): Promise<void> =>
  new Promise((resolve, reject) => {
    const end = (error?: Error) => {
      waiting.delete(look)
      cancel()
      if (error === undefined) resolve()
      else reject(error)
    }
    const look = () => {
      if (reached()) end()
    }
    const cancel = clock.after(ENFORCED_MS, () => end(new Error(`OVN has not come to ${what} within ${ENFORCED_MS / 1000} s`)))
    waiting.add(look)
    void closed.then(() => end(new Error(`OVN's database is gone before ${what}`)))
    look()
  })
