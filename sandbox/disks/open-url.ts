import { lookup, type LookupAddress } from 'node:dns'
import { get as httpGet, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import { get as httpsGet } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import type { MayConnect } from './disks.ts'

const REDIRECTS = [301, 302, 303, 307, 308]
const MAX_REDIRECTS = 10
const IDLE_MS = 60_000

export type Opening = { signal: AbortSignal; mayConnect?: MayConnect | undefined; headers?: Readonly<Record<string, string>> }

/** Whoever was asked answered, and not with 200. */
export class AnswerError extends Error {
  readonly status: number
  readonly headers: IncomingHttpHeaders

  constructor(url: URL, { statusCode = 0, statusMessage = '', headers }: IncomingMessage) {
    super(`${shown(url)} answered ${statusCode} ${statusMessage}`.trim())
    this.status = statusCode
    this.headers = headers
  }
}

/**
 * GETs a URL, following redirects, until somebody answers 200. Every connection asks `mayConnect` for the very address that it goes to: what a
 * name meant when somebody looked at it earlier does not count. Headers of ours are for the first host alone. Throws an Error whose message is fit
 * for the user who named the URL; `AnswerError` where there was an answer.
 */
export const openURL = async (start: string, { signal, mayConnect = () => true, headers = {} }: Opening) => {
  let url = new URL(start)
  const first = url.host
  for (let hops = 0; hops <= MAX_REDIRECTS; hops += 1) {
    const response = await request(url, signal, mayConnect, url.host === first ? headers : {})
    const status = response.statusCode ?? 0
    if (status === 200) return { response, url }
    response.destroy()
    if (!REDIRECTS.includes(status) || !response.headers.location) throw new AnswerError(url, response)
    url = new URL(response.headers.location, url)
  }
  throw new Error(`${shown(new URL(start))} redirects more than ${MAX_REDIRECTS} times`)
}

/** User names, passwords and signed query strings stay out of messages. */
export const shown = (url: URL): string => `${url.protocol}//${url.host}${url.pathname}`

const request = (url: URL, signal: AbortSignal, mayConnect: MayConnect, headers: Opening['headers']): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    const get = { 'http:': httpGet, 'https:': httpsGet }[url.protocol]
    if (!get) return reject(new Error(`${shown(url)}: only http and https can be imported`))
    const port = Number(url.port) || (url.protocol === 'https:' ? 443 : 80)
    const host = url.hostname.replace(/^\[|\]$/g, '')
    // A literal address is never looked up.
    if (isIP(host) !== 0 && !mayConnect({ address: host, port })) return reject(new Error(`${shown(url)} can't be reached: ${timedOut(host, port).message}`))
    const sent = get(url, { signal, headers: { ...headers, 'user-agent': 'kumulus-sandbox' }, timeout: IDLE_MS, agent: false, lookup: guarded(port, mayConnect) }, resolve)
    sent.on('timeout', () => sent.destroy(new Error(`nothing came for ${IDLE_MS / 1000} s`)))
    sent.on('error', (error) => reject(signal.aborted ? (signal.reason as Error) : new Error(`${shown(url)} can't be reached: ${error.message}`)))
  })

/** Looks a name up and leaves of its addresses those that may be connected to; the connection goes to one of these and looks nothing up again. */
const guarded = (port: number, mayConnect: MayConnect): LookupFunction => (host, options, done) => {
  lookup(host, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
    if (error) return done(error, [])
    const open = addresses.filter(({ address }) => mayConnect({ address, port }))
    const [first] = open
    if (first === undefined) return done(timedOut(addresses[0]?.address ?? host, port), [])
    if (options.all === true) done(null, open)
    else done(null, first.address, first.family)
  })
}

/** A policy drops packets: all that whoever connects ever sees is that nobody answers. */
const timedOut = (address: string, port: number): NodeJS.ErrnoException =>
  new Error(`dial tcp ${address.includes(':') ? `[${address}]` : address}:${port}: i/o timeout (a NetworkPolicy lets importers go elsewhere only)`)
