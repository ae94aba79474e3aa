import express from 'express'
import type { Express } from 'express'
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Registry } from 'prom-client'

/** Each says whether it is well; the name is shown when it is not. */
export type Checks = Readonly<Record<string, () => boolean>>

/** `/healthz` (alive) and `/readyz` (may be given work): 200 `ok`, or 503 with the names of the checks that fail. */
export const probes = (healthy: Checks, isReady: Checks): Express => {
  const app = express()
  app.disable('x-powered-by')
  app.get('/healthz', (_request, response) => void response.status(statusOf(healthy)).type('text/plain').send(textOf(healthy)))
  app.get('/readyz', (_request, response) => void response.status(statusOf(isReady)).type('text/plain').send(textOf(isReady)))
  return app
}

/** `/metrics` in Prometheus' text format. */
export const metricsPage = (registry: Registry): Express => {
  const app = express()
  app.disable('x-powered-by')
  app.get('/metrics', async (_request, response) => {
    response.setHeader('content-type', registry.contentType)
    response.send(await registry.metrics())
  })
  return app
}

export type Listening = { server: Server; address: AddressInfo; close: () => Promise<void> }

/**
 * Serves an app.
 * @param address - `host:port` or `:port`; port 0 takes a free one.
 */
export const listen = async (app: Express, address: string): Promise<Listening> => {
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

const statusOf = (checks: Checks): number => (failing(checks).length === 0 ? 200 : 503)

const textOf = (checks: Checks): string => {
  const names = failing(checks)
  return names.length === 0 ? 'ok' : names.map((name) => `[-]${name} failed`).join('\n')
}
