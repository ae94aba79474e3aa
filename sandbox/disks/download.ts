import { createHash, type Hash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { lookup } from 'node:dns/promises'
import { get as httpGet, type IncomingMessage } from 'node:http'
import { get as httpsGet } from 'node:https'
import { pipeline } from 'node:stream/promises'
import { Transform } from 'node:stream'
import { createGunzip } from 'node:zlib'
import ipaddr from 'ipaddr.js'

const REDIRECTS = [301, 302, 303, 307, 308]
const MAX_REDIRECTS = 10
const IDLE_MS = 60_000
const ALGORITHMS = ['sha256', 'sha512', 'sha1', 'md5']

/**
 * Downloads `url` into the file `path`, unpacking gzip, with at most `maxBytes` written. Checks the checksum (`sha256:<hex>`, as CDI
 * writes it) of what came over the wire. Throws an Error whose message is fit for the user who named the URL.
 */
export const download = async (of: {
  url: string
  checksum?: string | undefined
  path: string
  maxBytes: number
  onProgress: (percent: number) => void
  signal: AbortSignal
}): Promise<void> => {
  const expected = of.checksum === undefined ? undefined : parseChecksum(of.checksum)
  const { response, url } = await follow(of.url, of.signal)
  const hash = createHash(expected?.algorithm ?? 'sha256')
  const total = Number(response.headers['content-length']) || undefined
  const gzipped = /\.gz$/.test(url.pathname) || /gzip/.test(`${response.headers['content-type']}${response.headers['content-encoding']}`)
  const sink = createWriteStream(of.path, { mode: 0o600 })
  const unpacked = limit(of.maxBytes)
  try {
    const counted = count(hash, total, of.onProgress)
    await (gzipped
      ? pipeline(response, counted, createGunzip(), unpacked, sink, { signal: of.signal })
      : pipeline(response, counted, unpacked, sink, { signal: of.signal }))
  } catch (error) {
    of.signal.throwIfAborted()
    throw new Error(`download of ${shown(url)} failed: ${(error as Error).message}`, { cause: error })
  }
  const digest = hash.digest('hex')
  if (expected && digest !== expected.hex) {
    throw new Error(`checksum of ${shown(url)} differs: expected ${expected.algorithm}:${expected.hex}, got ${expected.algorithm}:${digest}`)
  }
}

const parseChecksum = (text: string) => {
  const [, algorithm = 'sha256', hex = ''] = /^(?:([a-z0-9]+):)?([0-9a-fA-F]+)$/.exec(text) ?? []
  if (!ALGORITHMS.includes(algorithm) || hex.length !== createHash(algorithm).digest('hex').length) {
    throw new Error(`checksum ${JSON.stringify(text)} is not of the form sha256:<64 hex digits> (or sha512, sha1, md5)`)
  }
  return { algorithm, hex: hex.toLowerCase() }
}

const follow = async (start: string, signal: AbortSignal) => {
  let url = new URL(start)
  const publicAtFirst = await isPublic(url)
  for (let hops = 0; hops <= MAX_REDIRECTS; hops += 1) {
    const response = await request(url, signal)
    const status = response.statusCode ?? 0
    if (status === 200) return { response, url }
    response.destroy()
    if (!REDIRECTS.includes(status) || !response.headers.location) throw new Error(`${shown(url)} answered ${status} ${response.statusMessage ?? ''}`.trim())
    url = new URL(response.headers.location, url)
    // Whoever controls a public address must not choose what is read inside.
    if (publicAtFirst && !(await isPublic(url))) throw new Error(`${shown(new URL(start))} redirects to ${url.host}, which is not a public address`)
  }
  throw new Error(`${start} redirects more than ${MAX_REDIRECTS} times`)
}

const request = (url: URL, signal: AbortSignal): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    const get = { 'http:': httpGet, 'https:': httpsGet }[url.protocol]
    if (!get) return reject(new Error(`${shown(url)}: only http and https can be imported`))
    const sent = get(url, { signal, headers: { 'user-agent': 'kumulus-sandbox' }, timeout: IDLE_MS }, resolve)
    sent.on('timeout', () => sent.destroy(new Error(`nothing came for ${IDLE_MS / 1000} s`)))
    sent.on('error', (error) => reject(signal.aborted ? (signal.reason as Error) : new Error(`${shown(url)} can't be reached: ${error.message}`)))
  })

const isPublic = async (url: URL) => {
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const addresses = ipaddr.isValid(host) ? [host] : (await lookup(host, { all: true }).catch(() => [])).map(({ address }) => address)
  return addresses.length > 0 && addresses.every((address) => ipaddr.process(address).range() === 'unicast')
}

/** User names, passwords and signed query strings stay out of messages. */
const shown = (url: URL) => `${url.protocol}//${url.host}${url.pathname}`

const count = (hash: Hash, total: number | undefined, onProgress: (percent: number) => void) => {
  let received = 0
  let told = 0
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk)
      received += chunk.length
      const percent = total ? Math.min(99, Math.floor((received / total) * 100)) : 0
      if (percent > told) onProgress((told = percent))
      done(null, chunk)
    },
    flush: (done) => done(total !== undefined && received < total ? new Error(`it ended after ${received} of ${total} bytes`) : null),
  })
}

const limit = (maxBytes: number) => {
  let written = 0
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      written += chunk.length
      if (written > maxBytes) done(new Error(`the image is larger than the disk of ${maxBytes} bytes it is for`))
      else done(null, chunk)
    },
  })
}
