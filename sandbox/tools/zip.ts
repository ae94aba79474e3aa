import { open, type FileHandle } from 'node:fs/promises'
import { inflateRaw } from 'node:zlib'
import { promisify } from 'node:util'

export type ZipEntry = { name: string; method: number; compressedBytes: number; bytes: number; headerOffset: number }

const END_OF_DIRECTORY = 0x06054b50
const DIRECTORY_ENTRY = 0x02014b50
const STORED = 0
const DEFLATED = 8

/** What a zip archive (without zip64) holds, by its central directory. */
export const readZipDirectory = async (file: FileHandle): Promise<ZipEntry[]> => {
  const { size } = await file.stat()
  // The end record is 22 bytes plus a comment of at most 65,535.
  const tail = await readAt(file, Math.max(0, size - 22 - 65_535), Math.min(size, 22 + 65_535))
  let end = tail.length - 22
  while (end >= 0 && tail.readUInt32LE(end) !== END_OF_DIRECTORY) end -= 1
  if (end < 0) throw new Error('not a zip archive: no end of central directory')
  const directory = await readAt(file, tail.readUInt32LE(end + 16), tail.readUInt32LE(end + 12))
  const entries: ZipEntry[] = []
  for (let at = 0; at + 46 <= directory.length && directory.readUInt32LE(at) === DIRECTORY_ENTRY;) {
    const nameLength = directory.readUInt16LE(at + 28)
    entries.push({
      name: directory.toString('utf8', at + 46, at + 46 + nameLength),
      method: directory.readUInt16LE(at + 10),
      compressedBytes: directory.readUInt32LE(at + 20),
      bytes: directory.readUInt32LE(at + 24),
      headerOffset: directory.readUInt32LE(at + 42),
    })
    at += 46 + nameLength + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32)
  }
  return entries
}

/** The bytes of one entry, uncompressed. */
export const readZipEntry = async (file: FileHandle, entry: ZipEntry): Promise<Buffer> => {
  const header = await readAt(file, entry.headerOffset, 30)
  const start = entry.headerOffset + 30 + header.readUInt16LE(26) + header.readUInt16LE(28)
  const data = await readAt(file, start, entry.compressedBytes)
  if (entry.method === STORED) return data
  if (entry.method !== DEFLATED) throw new Error(`${entry.name}: unknown zip compression method ${entry.method}`)
  const bytes = await promisify(inflateRaw)(data)
  if (bytes.length !== entry.bytes) throw new Error(`${entry.name}: damaged, ${bytes.length} bytes instead of ${entry.bytes}`)
  return bytes
}

const readAt = async (file: FileHandle, position: number, length: number): Promise<Buffer> => {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position)
  if (bytesRead < length) throw new Error('the zip archive ends too early')
  return buffer
}

/** Opens an archive for as long as `use` takes. */
export const withZip = async <T>(path: string, use: (file: FileHandle) => Promise<T>): Promise<T> => {
  const file = await open(path)
  try {
    return await use(file)
  } finally {
    await file.close()
  }
}
