import { Agent } from 'undici'
import type { Dispatcher } from 'undici'
import type { Clock } from './clock.ts'
import type { Connection, Credentials } from './credentials.ts'
import type { ApiRequest, ApiResponse, ApiStream, Transport } from './transport.ts'

/** Milliseconds. A request that hears nothing for so long is given up; a watch's own silence is the reflector's business. */
const REQUEST_TIMEOUT = 30_000
const CONNECT_TIMEOUT = 10_000
/** Credentials are read anew this often, as client-go does with token files. */
const CREDENTIALS_LIFE = 60_000

/**
 * HTTPS to one API server over two pools of HTTP/1.1 connections: watches hold theirs for minutes, and must never keep a request waiting.
 * Credentials that expired are loaded again on a 401, once, and a new client certificate gets new connections.
 */
export const createHttpsTransport = (options: { credentials: Credentials; clock: Clock }): Transport => {
  const pools = new Pools(options.credentials, options.clock)
  const send = async (kind: 'requests' | 'watches', request: ApiRequest): Promise<Dispatcher.ResponseData> => {
    const pool = await pools.current(false)
    const answer = await dispatch(pool, kind, request)
    if (answer.statusCode !== 401) return answer
    await answer.body.dump()
    return dispatch(await pools.current(true, pool), kind, request)
  }
  return {
    request: async (request) => responseOf(await send('requests', request)),
    stream: async (request) => streamOf(await send('watches', request)),
    close: () => pools.close(),
  }
}

type Pool = { connection: Connection; requests: Agent; watches: Agent; loadedAt: number }

class Pools {
  readonly #credentials: Credentials
  readonly #clock: Clock
  #pool: Pool | undefined
  #loading: Promise<Pool> | undefined

  constructor(credentials: Credentials, clock: Clock) {
    this.#credentials = credentials
    this.#clock = clock
  }

  /** @param refused - the pool whose credentials the server would not take; whoever comes second finds them renewed already. */
  async current(renew: boolean, refused?: Pool): Promise<Pool> {
    const pool = this.#pool
    const fresh = pool !== undefined && this.#clock.now() - pool.loadedAt < CREDENTIALS_LIFE
    if (pool !== undefined && fresh && (!renew || pool !== refused)) return pool
    this.#loading ??= this.#load(renew).finally(() => {
      this.#loading = undefined
    })
    return this.#loading
  }

  async close(): Promise<void> {
    const pool = this.#pool
    this.#pool = undefined
    if (pool !== undefined) await Promise.all([pool.requests.destroy(), pool.watches.destroy()])
  }

  async #load(renew: boolean): Promise<Pool> {
    const connection = await this.#credentials.load(renew)
    const old = this.#pool
    const agents = old !== undefined && sameTLS(old.connection, connection) ? old : agentsOf(connection)
    const pool = { connection, requests: agents.requests, watches: agents.watches, loadedAt: this.#clock.now() }
    this.#pool = pool
    // Lets what runs on the old connections end by itself.
    if (old !== undefined && old.requests !== pool.requests) void Promise.allSettled([old.requests.close(), old.watches.close()])
    return pool
  }
}

const agentsOf = (connection: Connection): { requests: Agent; watches: Agent } => {
  const { ca, cert, key, servername, rejectUnauthorized } = connection
  const connect = { ca, cert, key, servername, rejectUnauthorized, timeout: CONNECT_TIMEOUT, keepAlive: true, keepAliveInitialDelay: 30_000 }
  const defined = Object.fromEntries(Object.entries(connect).filter(([, value]) => value !== undefined))
  const common = { allowH2: false, pipelining: 1, connect: defined, headersTimeout: REQUEST_TIMEOUT }
  return {
    requests: new Agent({ ...common, connections: 32, bodyTimeout: REQUEST_TIMEOUT }),
    watches: new Agent({ ...common, bodyTimeout: 0 }),
  }
}

const sameTLS = (a: Connection, b: Connection): boolean =>
  a.server === b.server && a.servername === b.servername && a.rejectUnauthorized === b.rejectUnauthorized &&
  String(a.ca) === String(b.ca) && String(a.cert) === String(b.cert) && String(a.key) === String(b.key)

const dispatch = (pool: Pool, kind: 'requests' | 'watches', request: ApiRequest): Promise<Dispatcher.ResponseData> => {
  const base = new URL(pool.connection.server)
  const query = new URLSearchParams(request.query ?? {}).toString()
  const headers: Record<string, string> = { accept: 'application/json', 'user-agent': 'kumulus', ...pool.connection.headers, ...request.headers }
  if (request.body !== undefined) headers['content-type'] = request.contentType ?? 'application/json'
  return pool[kind].request({
    origin: base.origin,
    path: `${base.pathname.replace(/\/$/, '')}${request.path}${query === '' ? '' : `?${query}`}`,
    method: request.method,
    headers,
    body: request.body === undefined ? null : JSON.stringify(request.body),
    signal: request.signal ?? null,
  })
}

const responseOf = async (answer: Dispatcher.ResponseData): Promise<ApiResponse> => {
  const text = await answer.body.text()
  return { status: answer.statusCode, headers: headersOf(answer), body: text === '' ? undefined : parsed(text) }
}

const streamOf = (answer: Dispatcher.ResponseData): ApiStream => {
  answer.body.setEncoding('utf8')
  return { status: answer.statusCode, headers: headersOf(answer), chunks: answer.body as AsyncIterable<string> }
}

const headersOf = (answer: Dispatcher.ResponseData): Record<string, string> =>
  Object.fromEntries(Object.entries(answer.headers).map(([name, value]) => [name.toLowerCase(), Array.isArray(value) ? value.join(', ') : (value ?? '')]))

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
