import { createServer, request as plainRequest, type IncomingMessage, type OutgoingHttpHeaders, type ServerResponse } from 'node:http'
import { Agent, request as secureRequest } from 'node:https'
import type { AddressInfo } from 'node:net'
import { readFile, writeFile } from 'node:fs/promises'
import { buffer } from 'node:stream/consumers'
import { parse, stringify } from 'yaml'

/**
 * The write at which a program dies, by its number from one; or `each`: the first three of each method to each path, so that one program after the
 * other dies, and what has to be done is done in the end. `before`: it has not left for the server; `after`: the server has done it, and has not
 * been heard.
 */
export type Death = { write: number | 'each'; when: 'before' | 'after' }

/** What stands between a program and its API server, counts what it writes, and says at which write it is to die. */
export type WriteGate = {
  /** Counts from one again; at such a write all is held that comes and goes, and `strike` is called. */
  arm: (death: Death) => void
  /** Counts no more. Answers the writes that were struck. */
  disarm: () => string[]
  /** Until `resume` what is written is not counted, and nobody is struck. */
  pause: () => void
  resume: () => void
  /** Lets through again: the program that was struck is dead. */
  reopen: () => void
  close: () => Promise<void>
}

/** As in the explorer's histories: what a program says of itself and of what happens is no step of anything. */
const isCounted = (method: string, path: string): boolean => method !== 'GET' && !/\/(events|leases)(\/|\?|$)/.test(path)

type Kubeconfig = { clusters: { cluster: { server: string; 'certificate-authority-data'?: string } }[] }

/**
 * Puts a gate before the API server that a kubeconfig names, and names the gate in it instead: who has read it before has to be started again.
 * @param strike - called with the gate shut; whoever writes has to be ended without a word.
 */
export const startWriteGate = async (kubeconfig: string, strike: () => void): Promise<WriteGate> => {
  const config = parse(await readFile(kubeconfig, 'utf8')) as Kubeconfig
  const cluster = config.clusters[0]?.cluster
  if (cluster === undefined) throw new Error(`${kubeconfig} names no cluster`)
  const count: Count = { armed: undefined, writes: 0, struck: [], shut: false, paused: false }
  const server = createServer(handle(upstreamOf(cluster), count, strike))
  // Watches are silent for minutes.
  server.requestTimeout = 0
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  cluster.server = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  await writeFile(kubeconfig, stringify(config), { mode: 0o600 })
  return {
    arm: (death) => void Object.assign(count, { armed: death, writes: 0, struck: [] }),
    disarm: () => {
      count.armed = undefined
      return count.struck
    },
    pause: () => void (count.paused = true),
    resume: () => void (count.paused = false),
    reopen: () => void (count.shut = false),
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

type Count = { armed: Death | undefined; writes: number; struck: string[]; shut: boolean; paused: boolean }

/** Counts a write, and says whether it is one to die at. */
const isDeadly = (count: Count, title: string): boolean => {
  if (count.armed === undefined || count.paused) return false
  count.writes += 1
  return count.armed.write === 'each' ? count.struck.filter((each) => each === title).length < 3 : count.armed.write === count.writes
}

type Upstream = { request: typeof plainRequest; origin: string; agent?: Agent }

const upstreamOf = ({ server, ...cluster }: Kubeconfig['clusters'][number]['cluster']): Upstream => {
  const ca = cluster['certificate-authority-data']
  return server.startsWith('https:')
    ? { request: secureRequest, origin: server, agent: new Agent({ keepAlive: true, ...(ca === undefined ? {} : { ca: Buffer.from(ca, 'base64') }) }) }
    : { request: plainRequest, origin: server }
}

const handle = (upstream: Upstream, count: Count, strike: () => void) => async (asked: IncomingMessage, answered: ServerResponse): Promise<void> => {
  const { method = 'GET', url = '/' } = asked
  // Nobody who is about to die hears anything any more, nor is heard.
  if (count.shut) return
  if (!isCounted(method, url)) return forward(upstream, asked, answered)
  const body = await buffer(asked)
  if (count.shut) return
  const title = `${method} ${url.split('?')[0] ?? ''}`
  const struck = isDeadly(count, title) ? count.armed?.when : undefined
  const shut = () => {
    if (count.shut) return
    count.shut = true
    count.struck.push(title)
    strike()
  }
  if (struck === 'before') return shut()
  const answer = await ask(upstream, asked, body).catch(() => undefined)
  if (struck === 'after') return shut()
  if (answer === undefined || count.shut) return void answered.destroy()
  answered.writeHead(answer.status, answer.headers).end(answer.body)
}

/** A read, which may be a watch: bytes go on as they come. */
const forward = (upstream: Upstream, asked: IncomingMessage, answered: ServerResponse): void => {
  const { request, origin, agent } = upstream
  const onward = request(`${origin}${asked.url ?? '/'}`, { method: asked.method ?? 'GET', headers: headersOf(asked), ...(agent && { agent }) })
  onward.on('response', (answer) => {
    answered.writeHead(answer.statusCode ?? 502, answer.headers)
    answered.flushHeaders()
    answer.pipe(answered)
    answer.on('error', () => answered.destroy())
  })
  onward.on('error', () => answered.destroy())
  answered.on('close', () => onward.destroy())
  asked.pipe(onward)
}

type Answer = { status: number; headers: OutgoingHttpHeaders; body: Buffer }

const ask = ({ request, origin, agent }: Upstream, asked: IncomingMessage, body: Buffer): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const headers = { ...headersOf(asked), 'content-length': body.length }
    const onward = request(`${origin}${asked.url ?? '/'}`, { method: asked.method ?? 'GET', headers, ...(agent && { agent }) }, (answer) => {
      buffer(answer).then((whole) => resolve({ status: answer.statusCode ?? 502, headers: plain(answer.headers, whole.length), body: whole }), reject)
    })
    onward.on('error', reject)
    onward.end(body)
  })

/** Without what is of the connection and not of the request. */
const headersOf = ({ headers: { host: _host, connection: _connection, 'transfer-encoding': _coding, ...rest } }: IncomingMessage): OutgoingHttpHeaders => rest

const plain = ({ 'transfer-encoding': _coding, connection: _connection, ...headers }: OutgoingHttpHeaders, length: number): OutgoingHttpHeaders =>
  ({ ...headers, 'content-length': length })
