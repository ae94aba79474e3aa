import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createHttpsTransport } from '../https-transport.ts'
import type { Connection } from '../credentials.ts'
import type { Clock } from '../clock.ts'
import type { FakeClock } from '../fake-clock.ts'
import type { Transport } from '../transport.ts'

export type Request = { method: string; path: string; query: Record<string, string>; headers: IncomingMessage['headers']; watch: boolean }

/** Answers one request, in whatever broken way a case needs. */
export type Answer = (request: Request, response: ServerResponse) => void

export type ScriptedServer = {
  /** Every request so far. */
  requests: Request[]
  /** Answers for the next requests of a sort, before the default ones. */
  nextList: Answer[]
  nextWatch: Answer[]
  transport: Transport
  server: string
  close: () => Promise<void>
}

/** A real HTTP server on loopback whose every answer is scripted, and a transport to it. */
export const scriptedServer = async (
  clock: Clock,
  defaults: { list: Answer; watch: Answer },
  load?: (server: string, renew: boolean) => Connection,
): Promise<ScriptedServer> => {
  const requests: Request[] = []
  const nextList: Answer[] = []
  const nextWatch: Answer[] = []
  const server = createServer((incoming, response) => {
    const url = new URL(incoming.url ?? '/', 'http://loopback')
    const query = Object.fromEntries(url.searchParams)
    const request = { method: incoming.method ?? '', path: url.pathname, query, headers: incoming.headers, watch: query['watch'] === 'true' }
    requests.push(request)
    const answer = request.watch ? (nextWatch.shift() ?? defaults.watch) : (nextList.shift() ?? defaults.list)
    answer(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const credentials = { load: async (renew: boolean) => load?.(base, renew) ?? { server: base, headers: {} } }
  const transport = createHttpsTransport({ credentials, clock })
  const close = async () => {
    await transport.close()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  return { requests, nextList, nextWatch, transport, server: base, close }
}

export const json = (response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void => {
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(JSON.stringify(body))
}

export const status = (code: number, reason: string): Answer =>
  (_request, response) => json(response, code, { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message: `scripted ${reason}` })

/** A ConfigMap as the server would send it. */
export const configMap = (name: string, resourceVersion: number, more: { uid?: string; namespace?: string; value?: string } = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: more.namespace ?? 'a', uid: more.uid ?? `uid-${name}`, resourceVersion: String(resourceVersion) },
  data: { value: more.value ?? String(resourceVersion) },
})

export const listOf = (resourceVersion: number, items: unknown[] = [], next?: string) =>
  ({ apiVersion: 'v1', kind: 'ConfigMapList', metadata: { resourceVersion: String(resourceVersion), ...(next === undefined ? {} : { continue: next }) }, items })

/** Sends events and, unless told otherwise, leaves the watch open. */
export const events = (list: [string, unknown][], ending: 'open' | 'end' | 'cut' = 'open'): Answer =>
  (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    response.flushHeaders()
    for (const [type, object] of list) response.write(`${JSON.stringify({ type, object })}\n`)
    if (ending === 'end') response.end()
    if (ending === 'cut') response.end('{"type":"ADDED","object":{"metadata":{"na')
  }

/**
 * Waits for `done` while the clock runs: 100 of its milliseconds for every turn of the event loop that network needs. Throws after so
 * many turns that it can only have gone wrong.
 */
export const pump = async (clock: FakeClock, done: () => boolean, step = 100): Promise<void> => {
  for (let turn = 0; turn < 20_000; turn++) {
    if (done()) return
    await new Promise((resolve) => setImmediate(resolve))
    if (turn % 4 === 0) await clock.advance(step)
  }
  throw new Error('what was waited for did not happen')
}
