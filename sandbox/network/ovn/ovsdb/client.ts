import { createConnection, type Socket } from 'node:net'
import type { Wire } from './values.ts'

export type WireRow = { [column: string]: Wire }
export type Condition = [column: string, test: '==' | '!=' | 'includes', value: Wire]

/** Operations of RFC 7047, section 5.2, as far as they are used. */
export type Operation =
  | { op: 'insert'; table: string; row: WireRow; 'uuid-name'?: string }
  | { op: 'select'; table: string; where: Condition[]; columns?: string[] }
  | { op: 'update'; table: string; where: Condition[]; row: WireRow }
  | { op: 'mutate'; table: string; where: Condition[]; mutations: [string, 'insert' | 'delete' | '+=', Wire][] }
  | { op: 'delete'; table: string; where: Condition[] }

export type OperationResult = { rows?: WireRow[]; uuid?: ['uuid', string]; count?: number; error?: string; details?: string }

/** What became of one row: `new` is missing where it was deleted. */
export type RowUpdate = { old?: WireRow; new?: WireRow }
export type TableUpdates = Record<string, Record<string, RowUpdate>>

/** One connection to an OVSDB server, for all its databases. */
export type OvsdbClient = {
  /** Runs operations as one transaction. Throws an OvsdbError, with nothing done, where one of them or the whole is refused. */
  transact: (database: string, operations: readonly Operation[]) => Promise<OperationResult[]>
  /** Calls the listener with the rows of these tables' columns as they are, and then, in order, with each change. Resolves after the first call. */
  monitor: (database: string, tables: Record<string, string[]>, listener: (updates: TableUpdates) => void) => Promise<void>
  /** The names of each table's columns: which ones there are depends on the version. */
  columns: (database: string) => Promise<ReadonlyMap<string, ReadonlySet<string>>>
  /** Resolves when the connection is gone, whoever ended it. */
  closed: Promise<void>
  close: () => void
}

export class OvsdbError extends Error {
  override name = 'OvsdbError'
}

type Answer = { resolve: (result: unknown) => void; reject: (error: Error) => void }
type Message = { id: unknown; method?: string; params?: unknown[]; result?: unknown; error?: unknown }
type Send = (method: string, params: unknown[]) => Promise<unknown>

/** Connects to a server by the path of its socket, or by `tcp:ADDRESS:PORT`. Rejects where nobody listens. */
export const connectOvsdb = async (server: string): Promise<OvsdbClient> => {
  const socket = await connectStream(server)
  const answers = new Map<number, Answer>()
  const listeners = new Map<string, (updates: TableUpdates) => void>()
  let lastID = 0
  const send: Send = (method, params) =>
    new Promise((resolve, reject) => {
      if (socket.destroyed) return reject(new OvsdbError('the connection to the OVSDB server is gone'))
      lastID += 1
      answers.set(lastID, { resolve, reject })
      socket.write(JSON.stringify({ method, params, id: lastID }))
    })
  const closed = new Promise<void>((resolve) => {
    socket.once('close', () => {
      for (const { reject } of answers.values()) reject(new OvsdbError('the OVSDB server ended the connection'))
      answers.clear()
      resolve()
    })
  })
  readMessages(socket, (message) => {
    // The server asks whether anybody is there, and ends the connection of who stays silent.
    if (message.method === 'echo') return void socket.write(JSON.stringify({ id: message.id, result: message.params, error: null }))
    if (message.method === 'update') return listeners.get(String(message.params?.[0]))?.(message.params?.[1] as TableUpdates)
    const answer = answers.get(message.id as number)
    answers.delete(message.id as number)
    if (message.error === null || message.error === undefined) answer?.resolve(message.result)
    else answer?.reject(new OvsdbError(JSON.stringify(message.error)))
  })
  return { transact: transactBy(send), monitor: monitorBy(send, listeners), columns: columnsBy(send), closed, close: () => socket.destroy() }
}

const transactBy = (send: Send): OvsdbClient['transact'] => async (database, operations) => {
  const results = (await send('transact', [database, ...operations])) as (OperationResult | null)[]
  // One more result than operations is what the whole failed by, at its end.
  const failed = results.findIndex((result) => result?.error !== undefined)
  if (failed === -1) return results as OperationResult[]
  const operation = operations[failed]
  const where = operation === undefined ? 'the transaction' : `${operation.op} in ${operation.table}`
  throw new OvsdbError(`${database} refused ${where}: ${results[failed]?.error}: ${results[failed]?.details ?? ''}`)
}

/**
 * A change may be told in the very piece of the stream that has the answer in it, and is then read before anybody who awaits the answer goes on. It
 * waits for what it is a change of: else the rows as they were would be taken for the last news.
 */
const monitorBy = (send: Send, listeners: Map<string, (updates: TableUpdates) => void>): OvsdbClient['monitor'] => async (database, tables, listener) => {
  const name = `${database} ${listeners.size}`
  const early: TableUpdates[] = []
  listeners.set(name, (updates) => void early.push(updates))
  const wanted = Object.fromEntries(Object.entries(tables).map(([table, columns]) => [table, { columns }]))
  const rows = (await send('monitor', [database, name, wanted])) as TableUpdates
  listeners.set(name, listener)
  for (const updates of [rows, ...early]) listener(updates)
}

const columnsBy = (send: Send): OvsdbClient['columns'] => async (database) => {
  const schema = (await send('get_schema', [database])) as { tables: Record<string, { columns: object }> }
  return new Map(Object.entries(schema.tables).map(([table, { columns }]) => [table, new Set(Object.keys(columns))]))
}

/** As `connectOvsdb`, without a word said yet. @throws Error where the address is none. */
export const connectStream = (server: string): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const [, host = '', port = ''] = /^tcp:\[?(.+?)\]?:(\d+)$/.exec(server) ?? []
    if (server.includes(':') && port === '') throw new OvsdbError(`${server}: write tcp:ADDRESS:PORT`)
    const socket = port === '' ? createConnection(server) : createConnection(Number(port), host)
    socket.once('error', reject)
    socket.once('connect', () => {
      socket.off('error', reject)
      // What matters of an error is the close that follows it.
      socket.on('error', () => {})
      resolve(socket)
    })
  })

/** Messages follow each other with nothing in between: each ends where its first brace closes. */
const readMessages = (socket: Socket, onMessage: (message: Message) => void): void => {
  const next = messageSplitter()
  socket.setEncoding('utf8')
  socket.on('data', (chunk: string) => {
    for (const text of next(chunk)) onMessage(JSON.parse(text) as Message)
  })
}

/** Cuts a stream of JSON objects with nothing between them into their texts. */
export const messageSplitter = (): ((chunk: string) => string[]) => {
  let [rest, depth, quoted, escaped] = ['', 0, false, false]
  return (chunk) => {
    const found: string[] = []
    let start = 0
    for (let at = 0; at < chunk.length; at++) {
      const letter = chunk[at]
      if (escaped) escaped = false
      else if (quoted && letter === '\\') escaped = true
      else if (letter === '"') quoted = !quoted
      else if (!quoted && letter === '{') depth += 1
      else if (!quoted && letter === '}' && --depth === 0) {
        found.push(rest + chunk.slice(start, at + 1))
        rest = ''
        start = at + 1
      }
    }
    rest += chunk.slice(start)
    return found
  }
}
