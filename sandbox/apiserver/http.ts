import { createServer } from 'node:https'
import type { IncomingMessage, ServerResponse as HttpResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { bodyLimit } from './body.ts'
import { makeCertificate } from './certificates.ts'
import { badRequest, tooLarge, type StatusError } from './errors.ts'
import { errorResponse, wireBody, type ServerRequest, type ServerResponse } from './request.ts'
import type { ApiServer } from './server.ts'
import { createTurns, type Turns } from './turns.ts'

export type HttpsOptions = {
  /** Default 127.0.0.1. */
  host?: string
  /** 0, the default, takes a free one. */
  port?: number
  /** Further names and addresses that the certificate is good for. */
  names?: string[]
  /** Certificate and key (PEM) to be shown, where they are given and not to be made. */
  identity?: { certificate: string; key: string; ca: string }
  /** Where the certificate authority is kept over restarts; a new one each time when left out. */
  certificateDirectory?: string
  /** Milliseconds since the epoch, for the certificate. */
  now: number
  /** Serves nobody who shows no certificate of this authority (PEM), for one of these names where any are given. */
  clients?: { authority: string; names?: readonly string[] }
}

export type HttpsServer = {
  url: string
  port: number
  /** PEM of the authority that clients must trust. */
  ca: string
  /** Ends every connection. The API server itself stays open. */
  close: () => Promise<void>
}

/** Serves an API server, or whatever else answers as one, over HTTPS (HTTP/1.1 with keep-alive). */
export const serveHttps = async (server: Pick<ApiServer, 'handle'>, options: HttpsOptions): Promise<HttpsServer> => {
  const { host = '127.0.0.1', port = 0, names = [], certificateDirectory, now, clients } = options
  const { certificate, key, ca } = options.identity ?? await makeCertificate([...new Set(['localhost', '127.0.0.1', host, ...names])], now, certificateDirectory)
  // Clients keep idle connections for up to 90 seconds: it must be they who close them.
  const known = clients === undefined ? {} : { requestCert: true, rejectUnauthorized: true, ca: clients.authority }
  const settings = { key, cert: certificate, keepAliveTimeout: 120_000, requestTimeout: 60_000, noDelay: true, ...known }
  const turns = createTurns()
  const http = createServer(settings, (incoming, outgoing) => {
    if (!isKnown(incoming.socket as TLSSocket, clients?.names)) return void outgoing.writeHead(403).end()
    answer(server, turns, incoming, outgoing).catch(() => outgoing.destroy())
  })
  await new Promise<void>((resolve, reject) => {
    http.once('error', reject)
    http.listen(port, host, resolve)
  })
  const { port: actual } = http.address() as AddressInfo
  return {
    url: `https://${host.includes(':') ? `[${host}]` : host}:${actual}`,
    port: actual,
    ca,
    close: async () => {
      const closed = new Promise<void>((resolve) => http.close(() => resolve()))
      http.closeAllConnections()
      await closed
    },
  }
}

const isKnown = (socket: TLSSocket, names: readonly string[] = []): boolean =>
  names.length === 0 || names.includes([socket.getPeerCertificate().subject?.CN].flat()[0] ?? '')

const answer = async (server: Pick<ApiServer, 'handle'>, turns: Turns, incoming: IncomingMessage, outgoing: HttpResponse): Promise<void> => {
  const request = await readRequest(incoming, outgoing)
  // Whoever has a credential of their own is a flow.
  await turns(incoming.headers.authorization ?? '')
  const response = 'code' in request ? errorResponse(request) : await server.handle(request)
  await send(response, incoming, outgoing, 'code' in request ? undefined : request.signal)
}

const readRequest = async (incoming: IncomingMessage, outgoing: HttpResponse): Promise<ServerRequest | StatusError> => {
  const { method = 'GET', url = '/' } = incoming
  if (!URL.canParse(url, 'https://server')) return badRequest(`the URL can't be read: ${JSON.stringify(url)}`)
  const { pathname, searchParams } = new URL(url, 'https://server')
  const headers: Record<string, string> = {}
  for (const [name, value = ''] of Object.entries(incoming.headers)) headers[name] = typeof value === 'string' ? value : value.join(', ')
  // Only what is read may be a stream that somebody has to end.
  const signal = method === 'GET' ? signalOf(outgoing) : undefined
  const bytes = await bytesOf(incoming)
  if (bytes === undefined) return tooLarge(bodyLimit)
  const body = String(headers['content-type']).includes('protobuf') ? bytes : bytes.toString('utf8')
  return { method, path: pathname, query: searchParams, headers, body, ...(signal === undefined ? {} : { signal }) }
}

/** Aborted when the client is gone. */
const signalOf = (outgoing: HttpResponse): AbortSignal => {
  const gone = new AbortController()
  outgoing.on('close', () => gone.abort(new Error('the client is gone')))
  return gone.signal
}

/** The whole body; undefined where it is too large. By events: an iterator over each request's body costs a tenth of a small write. */
const bytesOf = (incoming: IncomingMessage): Promise<Buffer | undefined> =>
  new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    incoming.on('data', (chunk: Buffer) => {
      size += chunk.length
      // The rest is read and dropped, so that the client gets to see the answer.
      if (size <= bodyLimit) chunks.push(chunk)
    })
    incoming.once('end', () => resolve(size > bodyLimit ? undefined : chunks.length === 1 ? chunks[0] : Buffer.concat(chunks)))
    incoming.once('error', reject)
    incoming.once('close', () => reject(new Error('the client is gone')))
  })

/** As a real server: smaller answers are not worth the work. */
const compressFrom = 128 * 1024

const send = async (response: ServerResponse, incoming: IncomingMessage, outgoing: HttpResponse, signal: AbortSignal | undefined): Promise<void> => {
  const { status, headers } = response
  const body = wireBody(response.body)
  if (typeof body !== 'string' && !(body instanceof Uint8Array)) {
    outgoing.writeHead(status, headers)
    // The client knows by the headers that its watch has begun, long before the first event.
    outgoing.flushHeaders()
    return stream(body, outgoing, signal ?? signalOf(outgoing))
  }
  const size = Buffer.byteLength(body)
  const compress = size >= compressFrom && /\bgzip\b/.test(String(incoming.headers['accept-encoding'] ?? ''))
  // Text goes as it is: Node sends it in one piece with the headers.
  const content = compress ? await promisify(gzip)(body, { level: 1 }) : body
  const encoding = compress ? { 'content-encoding': 'gzip', vary: 'Accept-Encoding' } : {}
  outgoing.writeHead(status, { ...headers, 'content-length': compress ? content.length : size, ...encoding })
  outgoing.end(incoming.method === 'HEAD' ? undefined : content)
}

const stream = async (lines: AsyncIterable<string>, outgoing: HttpResponse, signal: AbortSignal): Promise<void> => {
  for await (const piece of gathered(lines)) {
    if (signal.aborted) return
    // A slow client is waited for: meanwhile the events stay in the log.
    if (!outgoing.write(piece)) await drained(outgoing, signal)
  }
  outgoing.end()
}

/** Characters in one piece at most, about. */
const pieceLimit = 64 * 1024

/** Lines that come in one turn of the event loop go as one piece: each piece costs a TLS record and a system call. */
async function* gathered(lines: AsyncIterable<string>): AsyncGenerator<string> {
  const source = lines[Symbol.asyncIterator]()
  let next = source.next()
  try {
    for (let first = await next; first.done !== true; first = await next) {
      let piece = first.value
      const turn = new Promise<undefined>((resolve) => setImmediate(resolve, undefined))
      next = source.next()
      for (let more = await Promise.race([next, turn]); more !== undefined && more.done !== true; more = await Promise.race([next, turn])) {
        piece += more.value
        next = source.next()
        if (piece.length >= pieceLimit) break
      }
      yield piece
    }
  } finally {
    // Not waited for: a source in the middle of its next line ends by the signal.
    source.return?.().catch(() => undefined)
    next.catch(() => undefined)
  }
}

const drained = (outgoing: HttpResponse, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const done = () => {
      outgoing.off('drain', done)
      signal.removeEventListener('abort', done)
      resolve()
    }
    outgoing.once('drain', done)
    signal.addEventListener('abort', done, { once: true })
  })
