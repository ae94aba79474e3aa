import { Readable } from 'node:stream'

const BLOCK = 512

/**
 * The first regular file of a tar archive whose path `matches`, as a stream; undefined where there is none. Throws an Error where it isn't tar.
 */
export const firstFile = async (archive: Readable, matches: (path: string) => boolean): Promise<Readable | undefined> => {
  const bytes = createBytes(archive)
  for (;;) {
    const header = await bytes.take(BLOCK)
    if (header.length < BLOCK || header[0] === 0) return undefined
    if (header.toString('latin1', 257, 262) !== 'ustar') throw new Error('a layer of the container image is no tar archive')
    const size = sizeOf(header)
    const type = header.toString('latin1', 156, 157)
    if ((type === '0' || type === '\0') && matches(pathOf(header))) return Readable.from(bytes.next(size), { objectMode: false })
    for await (const _ of bytes.next(Math.ceil(size / BLOCK) * BLOCK)) continue
  }
}

const textOf = (header: Buffer, from: number, to: number): string => header.toString('utf8', from, to).replace(/\0.*$/s, '')

const pathOf = (header: Buffer): string => {
  const folder = textOf(header, 345, 500)
  return `${folder === '' ? '' : `${folder}/`}${textOf(header, 0, 100)}`.replace(/^(\.\/|\/)+/, '')
}

/** Octal text, or binary from 8 GiB on. */
const sizeOf = (header: Buffer): number =>
  ((header[124] ?? 0) & 0x80) === 0 ? Number.parseInt(textOf(header, 124, 136).trim(), 8) || 0 : Number(header.readBigUInt64BE(128))

/** Takes a stream's bytes in the pieces that one asks for. */
const createBytes = (stream: Readable) => {
  const chunks: AsyncIterator<Buffer> = stream[Symbol.asyncIterator]()
  let held: Buffer = Buffer.alloc(0)
  async function* next(count: number): AsyncGenerator<Buffer> {
    for (let left = count; left > 0;) {
      if (held.length === 0) {
        const chunk = await chunks.next()
        if (chunk.done === true) return
        held = chunk.value
      }
      const piece = held.subarray(0, left)
      held = held.subarray(piece.length)
      left -= piece.length
      yield piece
    }
  }
  return {
    next,
    take: async (count: number): Promise<Buffer> => {
      const pieces: Buffer[] = []
      for await (const piece of next(count)) pieces.push(piece)
      return Buffer.concat(pieces)
    },
  }
}
