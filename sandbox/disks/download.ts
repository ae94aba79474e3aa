import { createHash, type Hash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { type Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ImageSource } from './disks.ts'
import { openURL, shown } from './open-url.ts'
import { openContainerDisk } from './registry.ts'
import { signedHeaders } from './s3.ts'
import { unpack } from './unpack.ts'

const ALGORITHMS = ['sha256', 'sha512', 'sha1', 'md5']

/** A source that answers. `total`: bytes that will come over the wire, where it says so; `url`: fit to be shown. */
export type OpenImage = { stream: Readable; total: number | undefined; url: string }

/**
 * Connects to where an image is. Throws an Error in the words of CDI's importer, which says of a connection that fails what kind of source it was
 * to. Source: containerized-data-importer v1.66.0, cmd/cdi-importer/importer.go.
 */
export const openImage = async ({ url, credentials, architecture, mayConnect }: ImageSource, signal: AbortSignal): Promise<OpenImage> => {
  if (url.startsWith('docker://')) {
    return { stream: await openContainerDisk({ url, architecture, signal, mayConnect }), total: undefined, url }
  }
  try {
    const headers = credentials === undefined ? {} : signedHeaders(url, credentials)
    const { response, url: last } = await openURL(url, { signal, mayConnect, headers })
    return { stream: response, total: Number(response.headers['content-length']) || undefined, url: shown(last) }
  } catch (error) {
    signal.throwIfAborted()
    throw new Error(`Unable to connect to ${credentials === undefined ? 'http' : 's3'} data source: ${(error as Error).message}`, { cause: error })
  }
}

/**
 * Downloads an image into the file `path`, unpacked, with at most `maxBytes` written. Checks the checksum (`sha256:<hex>`, as CDI writes it) of what
 * came over the wire. Throws an Error whose message is fit for the user who named the source.
 */
export const download = async ({ source, path, maxBytes, onProgress, signal }: {
  source: ImageSource
  path: string
  maxBytes: number
  onProgress: (percent: number) => void
  signal: AbortSignal
}): Promise<void> => {
  const expected = source.checksum === undefined ? undefined : parseChecksum(source.checksum)
  const { stream, total, url } = await openImage(source, signal)
  const hash = expected === undefined ? undefined : createHash(expected.algorithm)
  try {
    const counted = count(hash, total, onProgress)
    const received = pipeline(stream, counted, { signal })
    // What is wrong with what came is heard of behind it as well; of the two, that is the one that says why.
    received.catch(() => {})
    await pipeline(await unpack(counted), limit(maxBytes), createWriteStream(path, { mode: 0o600 }), { signal })
    await received
  } catch (error) {
    signal.throwIfAborted()
    throw new Error(`download of ${url} failed: ${(error as Error).message}`, { cause: error })
  }
  const digest = hash?.digest('hex')
  if (expected !== undefined && digest !== expected.hex) {
    throw new Error(`checksum mismatch: expected ${expected.algorithm}:${expected.hex}, calculated ${expected.algorithm}:${digest}`)
  }
}

const parseChecksum = (text: string) => {
  const [, algorithm = 'sha256', hex = ''] = /^(?:([a-z0-9]+):)?([0-9a-fA-F]+)$/.exec(text) ?? []
  if (!ALGORITHMS.includes(algorithm) || hex.length !== createHash(algorithm).digest('hex').length) {
    throw new Error(`checksum ${JSON.stringify(text)} is not of the form sha256:<64 hex digits> (or sha512, sha1, md5)`)
  }
  return { algorithm, hex: hex.toLowerCase() }
}

const count = (hash: Hash | undefined, total: number | undefined, onProgress: (percent: number) => void) => {
  let received = 0
  let told = 0
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash?.update(chunk)
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
      if (written > maxBytes) done(new Error(`the image is larger than the disk of ${maxBytes} bytes it is for. A larger PVC is required`))
      else done(null, chunk)
    },
  })
}
