import { Pool } from 'undici'
import type { Dispatcher } from 'undici'
import type { Clock } from './clock.ts'
import type { Connection, Credentials } from './credentials.ts'
import { usualAccept, type ApiRequest, type ApiResponse, type ApiStream, type Transport } from './transport.ts'
import { createTwins } from './twins.ts'
import type { Twins } from './twins.ts'

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
  const connected = new Connected(options.credentials, options.clock)
  const twins = createTwins()
  return {
    twins,
    request: async (request) => {
      const pools = await connected.current(false)
      const answer = await answerOf(pools.requests, dispatchOf(pools, request), request.signal, twins)
      if (answer.status !== 401) return answer
      const renewed = await connected.current(true, pools)
      return answerOf(renewed.requests, dispatchOf(renewed, request), request.signal, twins)
    },
    stream: async (request) => {
      const pools = await connected.current(false)
      const answer = await pools.watches.request({ ...dispatchOf(pools, request), signal: request.signal ?? null })
      if (answer.statusCode !== 401) return streamOf(answer)
      await answer.body.dump()
      const renewed = await connected.current(true, pools)
      return streamOf(await renewed.watches.request({ ...dispatchOf(renewed, request), signal: request.signal ?? null }))
    },
    close: () => connected.close(),
  }
}

/** @property path - of the server's URL, which comes before that of every request. */
type Pools = { connection: Connection; path: string; requests: Pool; watches: Pool; loadedAt: number }

class Connected {
  readonly #credentials: Credentials
  readonly #clock: Clock
  #pools: Pools | undefined
  #loading: Promise<Pools> | undefined

  constructor(credentials: Credentials, clock: Clock) {
    this.#credentials = credentials
    this.#clock = clock
  }

  /** @param refused - those whose credentials the server would not take; whoever comes second finds them renewed already. */
  async current(renew: boolean, refused?: Pools): Promise<Pools> {
    const pools = this.#pools
    const fresh = pools !== undefined && this.#clock.now() - pools.loadedAt < CREDENTIALS_LIFE
    if (pools !== undefined && fresh && (!renew || pools !== refused)) return pools
    this.#loading ??= this.#load(renew).finally(() => {
      this.#loading = undefined
    })
    return this.#loading
  }

  async close(): Promise<void> {
    const pools = this.#pools
    this.#pools = undefined
    if (pools !== undefined) await Promise.all([pools.requests.destroy(), pools.watches.destroy()])
  }

  async #load(renew: boolean): Promise<Pools> {
    const connection = await this.#credentials.load(renew)
    const old = this.#pools
    const { requests, watches } = old !== undefined && sameTLS(old.connection, connection) ? old : poolsOf(connection)
    const path = new URL(connection.server).pathname.replace(/\/$/, '')
    const pools = { connection, path, requests, watches, loadedAt: this.#clock.now() }
    this.#pools = pools
    // Lets what runs on the old connections end by itself.
    if (old !== undefined && old.requests !== requests) void Promise.allSettled([old.requests.close(), old.watches.close()])
    return pools
  }
}

const poolsOf = (connection: Connection): Pick<Pools, 'requests' | 'watches'> => {
  const { ca, cert, key, servername, rejectUnauthorized } = connection
  const connect = { ca, cert, key, servername, rejectUnauthorized, timeout: CONNECT_TIMEOUT, keepAlive: true, keepAliveInitialDelay: 30_000 }
  const defined = Object.fromEntries(Object.entries(connect).filter(([, value]) => value !== undefined))
  const common = { allowH2: false, pipelining: 1, connect: defined, headersTimeout: REQUEST_TIMEOUT }
  const { origin } = new URL(connection.server)
  return {
    requests: new Pool(origin, { ...common, connections: 32, bodyTimeout: REQUEST_TIMEOUT }),
    watches: new Pool(origin, { ...common, bodyTimeout: 0 }),
  }
}

const sameTLS = (a: Connection, b: Connection): boolean =>
  a.server === b.server && a.servername === b.servername && a.rejectUnauthorized === b.rejectUnauthorized &&
  String(a.ca) === String(b.ca) && String(a.cert) === String(b.cert) && String(a.key) === String(b.key)

const dispatchOf = ({ connection, path }: Pools, request: ApiRequest): Dispatcher.DispatchOptions => {
  const headers: Record<string, string> = { accept: usualAccept, 'user-agent': 'kumulus', ...connection.headers, ...request.headers }
  if (request.body !== undefined) headers['content-type'] = request.contentType ?? 'application/json'
  return {
    path: `${path}${request.path}${queryOf(request.query)}`,
    method: request.method,
    headers,
    body: request.body === undefined ? null : JSON.stringify(request.body),
  }
}

/** URLSearchParams would take as long for it as all the rest of a request's head. */
const queryOf = (query: ApiRequest['query']): string => {
  let text = ''
  for (const name in query) text += `${text === '' ? '?' : '&'}${encodeURIComponent(name)}=${encodeURIComponent(query[name] as string)}`
  return text
}

/** Takes a whole answer as it comes off the connection: a stream of each, which would be read at once, costs a third of all that a request costs. */
const answerOf = (pool: Pool, options: Dispatcher.DispatchOptions, signal: AbortSignal | undefined, twins: Twins): Promise<ApiResponse> =>
  new Promise((resolve, reject) => {
    if (signal?.aborted === true) return reject(signal.reason as Error)
    const chunks: Buffer[] = []
    let answer: Pick<ApiResponse, 'status' | 'headers'> = { status: 0, headers: {} }
    let abort: (() => void) | undefined
    const unheard = () => void (abort !== undefined && signal?.removeEventListener('abort', abort))
    pool.dispatch(options, {
      onRequestStart: (controller) => {
        unheard()
        abort = () => controller.abort(signal?.reason as Error)
        signal?.addEventListener('abort', abort, { once: true })
        if (signal?.aborted === true) abort()
      },
      onResponseStart: (_controller, status, headers) => {
        answer = { status, headers: headersOf(headers) }
      },
      onResponseData: (_controller, chunk) => void chunks.push(chunk),
      onResponseEnd: () => {
        unheard()
        const text = (chunks.length === 1 ? chunks[0] as Buffer : Buffer.concat(chunks)).toString('utf8')
        resolve({ ...answer, body: text === '' ? undefined : options.method === 'GET' ? parsed(text) : written(text, twins) })
      },
      onResponseError: (_controller, error) => {
        unheard()
        reject(error)
      },
    })
  })

const streamOf = (answer: Dispatcher.ResponseData): ApiStream => {
  answer.body.setEncoding('utf8')
  return { status: answer.statusCode, headers: headersOf(answer.headers), chunks: answer.body as AsyncIterable<string> }
}

const headersOf = (headers: Dispatcher.ResponseData['headers']): Record<string, string> => {
  const joined: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) joined[name.toLowerCase()] = Array.isArray(value) ? value.join(', ') : (value ?? '')
  return joined
}

/** The answer to a write, which a watch tells of too. */
const written = (text: string, twins: Twins): unknown => {
  // Real servers end an answer with a line end, and the object of an event without.
  const object = text.endsWith('\n') ? text.slice(0, -1) : text
  const known = twins.take(object)
  if (known !== undefined) return known
  const value = parsed(object)
  twins.put(object, value)
  return value
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
