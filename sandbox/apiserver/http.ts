import { createServer } from 'node:https'
import type { IncomingMessage, ServerResponse as HttpResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { bodyLimit } from './body.ts'
import { makeCertificate } from './certificates.ts'
import { badRequest, tooLarge, type StatusError } from './errors.ts'
import { errorResponse, type ServerRequest, type ServerResponse } from './request.ts'
import type { ApiServer } from './server.ts'

export type HttpsOptions = {
  /** Default 127.0.0.1. */
  host?: string
  /** 0, the default, takes a free one. */
  port?: number
  /** Further names and addresses that the certificate is good for. */
  names?: string[]
  /** Where the certificate authority is kept over restarts; a new one each time when left out. */
  certificateDirectory?: string
  /** Milliseconds since the epoch, for the certificate. */
  now: number
}

export type HttpsServer = {
  url: string
  port: number
  /** PEM of the authority that clients must trust. */
  ca: string
  /** Ends every connection. The API server itself stays open. */
  close: () => Promise<void>
}

/** Serves an API server over HTTPS (HTTP/1.1 with keep-alive). */
export const serveHttps = async (server: ApiServer, options: HttpsOptions): Promise<HttpsServer> => {
  const { host = '127.0.0.1', port = 0, names = [], certificateDirectory, now } = options
  const { certificate, key, ca } = await makeCertificate([...new Set(['localhost', '127.0.0.1', host, ...names])], now, certificateDirectory)
  // Clients keep idle connections for up to 90 seconds: it must be they who close them.
  const http = createServer({ key, cert: certificate, keepAliveTimeout: 120_000, requestTimeout: 60_000, noDelay: true }, (incoming, outgoing) => {
    answer(server, incoming, outgoing).catch(() => outgoing.destroy())
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

const answer = async (server: ApiServer, incoming: IncomingMessage, outgoing: HttpResponse): Promise<void> => {
  const gone = new AbortController()
  outgoing.on('close', () => gone.abort(new Error('the client is gone')))
  const request = await readRequest(incoming, gone.signal)
  const response = 'code' in request ? errorResponse(request) : await server.handle(request)
  await send(response, incoming, outgoing, gone.signal)
}

const readRequest = async (incoming: IncomingMessage, signal: AbortSignal): Promise<ServerRequest | StatusError> => {
  const { method = 'GET', url = '/' } = incoming
  if (!URL.canParse(url, 'https://server')) return badRequest(`the URL can't be read: ${JSON.stringify(url)}`)
  const { pathname, searchParams } = new URL(url, 'https://server')
  const headers = Object.fromEntries(Object.entries(incoming.headers).map(([name, value]) => [name, [value ?? ''].flat().join(', ')]))
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.length
    // The rest is read and dropped, so that the client gets to see the answer.
    if (size <= bodyLimit) chunks.push(chunk)
  }
  if (size > bodyLimit) return tooLarge(bodyLimit)
  const bytes = Buffer.concat(chunks)
  const body = String(headers['content-type']).includes('protobuf') ? bytes : bytes.toString('utf8')
  return { method, path: pathname, query: searchParams, headers, body, signal }
}

/** As a real server: smaller answers are not worth the work. */
const compressFrom = 128 * 1024

const send = async (response: ServerResponse, incoming: IncomingMessage, outgoing: HttpResponse, signal: AbortSignal): Promise<void> => {
  const { status, headers, body } = response
  if (typeof body !== 'string' && !(body instanceof Uint8Array)) {
    outgoing.writeHead(status, headers)
    // The client knows by the headers that its watch has begun, long before the first event.
    outgoing.flushHeaders()
    return stream(body, outgoing, signal)
  }
  const bytes = typeof body === 'string' ? Buffer.from(body) : body
  const compress = bytes.length >= compressFrom && /\bgzip\b/.test(String(incoming.headers['accept-encoding'] ?? ''))
  const content = compress ? await promisify(gzip)(bytes, { level: 1 }) : bytes
  const encoding = compress ? { 'content-encoding': 'gzip', vary: 'Accept-Encoding' } : {}
  outgoing.writeHead(status, { ...headers, 'content-length': content.length, ...encoding })
  outgoing.end(incoming.method === 'HEAD' ? undefined : content)
}

const stream = async (lines: AsyncIterable<string>, outgoing: HttpResponse, signal: AbortSignal): Promise<void> => {
  for await (const line of lines) {
    if (signal.aborted) return
    // A slow client is waited for: meanwhile the events stay in the log.
    if (!outgoing.write(line)) await drained(outgoing, signal)
  }
  outgoing.end()
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
