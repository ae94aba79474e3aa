import { createServer } from 'node:http'
import type { RequestListener, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Registry } from 'prom-client'

/** Each says whether it is well; the name is shown when it is not. */
export type Checks = Readonly<Record<string, () => boolean>>

/** `/healthz` (alive) and `/readyz` (may be given work): 200 `ok`, or 503 with the names of the checks that fail. */
export const probes = (healthy: Checks, isReady: Checks): RequestListener => serving({
  '/healthz': () => verdictOf(healthy),
  '/readyz': () => verdictOf(isReady),
})

/** `/metrics` in Prometheus' text format. */
export const metricsPage = (registry: Registry): RequestListener => serving({
  '/metrics': async () => ({ status: 200, type: registry.contentType, text: await registry.metrics() }),
})

export type Listening = { server: Server; address: AddressInfo; close: () => Promise<void> }

/**
 * Serves an app.
 * @param address - `host:port` or `:port`; port 0 takes a free one.
 */
export const listen = async (app: RequestListener, address: string): Promise<Listening> => {
  const { host, port } = parseAddress(address)
  const server = createServer(app)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  return { server, address: server.address() as AddressInfo, close }
}

/** @throws Error that names what is wrong with the address. */
export const parseAddress = (address: string): { host: string | undefined; port: number } => {
  const match = /^(?:\[([0-9a-fA-F:]+)\]|([^:]*)):(\d{1,5})$/.exec(address)
  const port = Number(match?.[3])
  if (match === null || port > 65_535) throw new Error(`"${address}" is not an address: write host:port, or :port for every interface`)
  const host = match[1] ?? match[2]
  return { host: host === '' ? undefined : host, port }
}

const failing = (checks: Checks): string[] => Object.keys(checks).filter((name) => checks[name]?.() !== true)

const verdictOf = (checks: Checks): Page => {
  const names = failing(checks)
  const text = names.length === 0 ? 'ok' : names.map((name) => `[-]${name} failed`).join('\n')
  return { status: names.length === 0 ? 200 : 503, type: PLAIN, text }
}

type Page = { status: number; type: string; text: string }

const PLAIN = 'text/plain; charset=utf-8'

/** Pages by path, for whoever may reach the port: they are read, and nothing else is answered. */
const serving = (pages: Readonly<Record<string, () => Page | Promise<Page>>>): RequestListener => (request, response) => {
  const path = request.url?.split('?', 1)[0] ?? ''
  const page = Object.hasOwn(pages, path) ? pages[path] : undefined
  if (page === undefined) return send(response, { status: 404, type: PLAIN, text: 'not found' })
  if (request.method !== 'GET' && request.method !== 'HEAD') return send(response, { status: 405, type: PLAIN, text: 'only GET and HEAD' })
  Promise.resolve().then(page).then(
    (made) => send(response, made),
    () => send(response, { status: 500, type: PLAIN, text: 'the page could not be made' }),
  )
}

const send = (response: ServerResponse, { status, type, text }: Page): void =>
  void response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(text) }).end(text)
