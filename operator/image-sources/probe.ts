import { lookup, type LookupAddress } from 'node:dns'
import { type IncomingHttpHeaders, type IncomingMessage, request as overHTTP } from 'node:http'
import { request as overHTTPS } from 'node:https'
import type { LookupFunction } from 'node:net'
import { addressProblem, imageURLProblem, isAllowedSource } from '../../webhooks/verdicts/image-url.ts'
import type { OperatorSettings } from '../settings.ts'

/** By what one file at a URL is told from another: what the server calls it, and its time and length. Empty where the server says neither. */
export type SourceMark = { etag?: string; modified?: string }

/** Asks a web server which file is at a URL, and for none of it. Throws an Error whose message is fit for whoever wrote the URL. */
export type Probe = (url: string) => Promise<SourceMark>

type Rules = Pick<OperatorSettings, 'imageSources' | 'platformRanges'>
type Asking = Rules & { resolve: typeof lookup }

/**
 * Asked by the operator itself, on a tenant's behalf: so the URL, every redirect, and every address that a name has are judged as at admission, and
 * the connection goes to an address that was judged and looks nothing up again. A name with one address inside the platform is refused altogether.
 */
export const createProbe = (rules: Rules, resolve: typeof lookup = lookup): Probe => async start => {
  let url = start
  for (let hops = 0; hops <= mostRedirects; hops++) {
    const { status, headers } = await headersOf(url, { ...rules, resolve })
    if (!redirects.includes(status)) {
      if (status < 200 || status > 299) throw new Error(`${shown(url)} answered ${status}`)
      return markOf(headers)
    }
    if (headers.location === undefined || !URL.canParse(headers.location, url)) throw new Error(`${shown(url)} leads nowhere`)
    url = new URL(headers.location, url).href
  }
  throw new Error(`${shown(start)} redirects more than ${mostRedirects} times`)
}

const redirects = [301, 302, 303, 307, 308]
const mostRedirects = 5
const patienceMs = 10_000

/** Some servers know no HEAD; of a GET nothing but the first byte is asked for, and not even that is read. */
const headersOf = async (url: string, rules: Asking): Promise<{ status: number; headers: IncomingHttpHeaders }> => {
  const problem = imageURLProblem(url, ['http', 'https'], rules.imageSources, rules.platformRanges)
  if (problem !== undefined) throw new Error(`${shown(url)} ${problem}`)
  const head = await send(url, { method: 'HEAD' }, rules)
  return [403, 405, 501].includes(head.status) ? send(url, { method: 'GET', headers: { range: 'bytes=0-0' } }, rules) : head
}

const send = (url: string, { method, headers = {} }: { method: string; headers?: Record<string, string> }, rules: Asking) =>
  new Promise<{ status: number; headers: IncomingHttpHeaders }>((resolve, reject) => {
    const answered = (response: IncomingMessage) => {
      resolve({ status: response.statusCode ?? 0, headers: response.headers })
      response.destroy()
    }
    const open = url.startsWith('https:') ? overHTTPS : overHTTP
    const request = open(url, {
      method, headers: { ...headers, 'user-agent': 'kumulus' }, agent: false, signal: AbortSignal.timeout(patienceMs),
      ...isAllowedSource(url, rules.imageSources) ? {} : { lookup: judged(rules) },
    }, answered)
    request.on('error', error => reject(new Error(`${shown(url)} can't be asked: ${error.name === 'AbortError' || error.name === 'TimeoutError' ? 'no answer in time' : error.message}`)))
    request.end()
  })

const judged = ({ platformRanges: ranges = [], resolve }: Asking): LookupFunction => (host, options, done) => {
  resolve(host, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
    if (error) return done(error, [])
    const problem = addresses.map(({ address }) => addressProblem(address, ranges)).find(each => each !== undefined)
    const [first] = addresses
    if (problem !== undefined || first === undefined) return done(new Error(problem === undefined ? `${host} has no address` : `of ${host}, ${problem}`), [])
    if (options.all === true) done(null, addresses)
    else done(null, first.address, first.family)
  })
}

/** Length alone tells nothing; a time without a length little. Of a part of a file the length is that of all of it. */
const markOf = (headers: IncomingHttpHeaders): SourceMark => {
  const { etag, 'last-modified': time } = headers
  const length = headers['content-range']?.split('/')[1] ?? headers['content-length']
  return {
    ...etag === undefined ? {} : { etag: etag.slice(0, longestMark) },
    ...time === undefined || length === undefined ? {} : { modified: `${time}; ${length} bytes`.slice(0, longestMark) },
  }
}

const longestMark = 256

/** User names, passwords and signed query strings stay out of messages. */
const shown = (url: string): string => {
  if (!URL.canParse(url)) return 'the address'
  const { protocol, host, pathname } = new URL(url)
  return `${protocol}//${host}${pathname}`
}

/**
 * Whether two marks are of one file. Mirrors give one file several ETags, so that time and length together do too; a server that says neither may
 * have another file each time.
 */
export const isSameFile = (a: SourceMark, b: SourceMark): boolean =>
  (a.etag !== undefined && a.etag === b.etag) || (a.modified !== undefined && a.modified === b.modified)
