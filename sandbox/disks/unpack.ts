import { spawn } from 'node:child_process'
import { PassThrough, pipeline, Readable, type Transform } from 'node:stream'
import { createGunzip, createZstdDecompress } from 'node:zlib'

/** Longest of the magic numbers. */
const HEAD_BYTES = 6

const PACKINGS: readonly { magic: string; open: (packed: Readable) => Readable }[] = [
  { magic: '1f8b', open: packed => through(packed, createGunzip()) },
  { magic: '28b52ffd', open: packed => through(packed, createZstdDecompress()) },
  { magic: 'fd377a585a00', open: packed => xz(packed) },
]

/**
 * What a stream holds, unpacked: gzip, xz and zstd by their first bytes, whatever the file is called, as CDI does (v1.66.0,
 * pkg/importer/format-readers.go). Each at most once, one in the other.
 */
export const unpack = async (packed: Readable): Promise<Readable> => {
  let stream = packed
  for (const left = new Set(PACKINGS); left.size > 0;) {
    const { head, whole } = await peek(stream)
    const packing = [...left].find(({ magic }) => head.toString('hex').startsWith(magic))
    if (packing === undefined) return whole
    left.delete(packing)
    stream = packing.open(whole)
  }
  return stream
}

/** The first bytes of a stream, and a stream that still has them. */
const peek = async (stream: Readable): Promise<{ head: Buffer; whole: Readable }> => {
  const chunks: AsyncIterator<Buffer> = stream[Symbol.asyncIterator]()
  let head: Buffer = Buffer.alloc(0)
  while (head.length < HEAD_BYTES) {
    const next = await chunks.next()
    if (next.done === true) break
    head = Buffer.concat([head, next.value])
  }
  return { head, whole: Readable.from(rest(head, chunks), { objectMode: false }) }
}

async function* rest(head: Buffer, chunks: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  try {
    if (head.length > 0) yield head
    for (let next = await chunks.next(); next.done !== true; next = await chunks.next()) yield next.value
  } finally {
    await chunks.return?.()
  }
}

/** A failure of either reaches who reads: it destroys what is read from. */
const through = (packed: Readable, unpacked: Transform): Readable => pipeline(packed, unpacked, () => {})

/** Node has no xz of its own. */
const xz = (packed: Readable): Readable => {
  const child = spawn('xz', ['--decompress', '--stdout'], { stdio: ['pipe', 'pipe', 'ignore'] })
  const unpacked = new PassThrough()
  const fail = (message: string) => unpacked.destroy(new Error(message))
  child.on('error', ({ message }) => fail(`xz can't be run: ${message}`))
  // Only its status says that all of it was good: what it has written until then may be half.
  child.stdout.pipe(unpacked, { end: false })
  child.on('close', (status) => status === 0 ? unpacked.end() : fail('the xz-compressed data is damaged'))
  pipeline(packed, child.stdin, (error) => error === null || error === undefined || error.code === 'EPIPE' ? undefined : fail(error.message))
  unpacked.on('close', () => child.kill())
  return unpacked
}
