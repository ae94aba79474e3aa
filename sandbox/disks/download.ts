import { createHash, type Hash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { Transform } from 'node:stream'
import { createGunzip } from 'node:zlib'
import type { MayConnect } from './disks.ts'
import { openURL, shown } from './open-url.ts'

const ALGORITHMS = ['sha256', 'sha512', 'sha1', 'md5']

/**
 * Downloads `url` into the file `path`, unpacking gzip, with at most `maxBytes` written. Checks the checksum (`sha256:<hex>`, as CDI
 * writes it) of what came over the wire. Throws an Error whose message is fit for the user who named the URL.
 */
export const download = async (of: {
  url: string
  checksum?: string | undefined
  mayConnect?: MayConnect | undefined
  path: string
  maxBytes: number
  onProgress: (percent: number) => void
  signal: AbortSignal
}): Promise<void> => {
  const expected = of.checksum === undefined ? undefined : parseChecksum(of.checksum)
  const { response, url } = await openURL(of.url, of)
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
