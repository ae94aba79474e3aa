/** Sectors of an ISO 9660 image are 2,048 bytes. */
const SECTOR = 2048

type Named = { name: string; content: Buffer }

/**
 * A read-only disc image with a few files in its root: ISO 9660 (ECMA-119) with Joliet names, so that Linux and Windows guests alike
 * see `user-data` and not `USER_DAT.;1`. The same input gives the same bytes.
 *
 * @param label - volume label, at most 16 characters (Joliet's limit)
 */
export const buildISO9660 = (label: string, files: Record<string, string>): Buffer => {
  const named = Object.entries(files).map(([name, text]) => ({ name, content: Buffer.from(text) }))
  // 0–15 system area, 16 primary descriptor, 17 Joliet descriptor, 18 end, 19–22 path tables, 23 and 24 root directories, then the files.
  const firstFile = 25
  const extents = layOut(named, firstFile)
  const image = Buffer.alloc(Math.max(firstFile + 1, ...extents.map((extent) => extent.end)) * SECTOR)
  const sectors = image.length / SECTOR
  descriptor({ type: 1, label: ascii(label, 32), escape: '', sectors, rootAt: 23, pathTable: 19 }).copy(image, 16 * SECTOR)
  descriptor({ type: 2, label: ucs2(label, 32), escape: '%/E', sectors, rootAt: 24, pathTable: 21 }).copy(image, 17 * SECTOR)
  Buffer.from([255, ...Buffer.from('CD001'), 1]).copy(image, 18 * SECTOR)
  for (const [at, root] of [[19, 23], [21, 24]] as const) {
    pathTable(root, 'little').copy(image, at * SECTOR)
    pathTable(root, 'big').copy(image, (at + 1) * SECTOR)
  }
  directory(23, named, extents, (name) => Buffer.from(`${shortName(name)};1`)).copy(image, 23 * SECTOR)
  directory(24, named, extents, (name) => Buffer.from(`${name};1`, 'utf16le').swap16()).copy(image, 24 * SECTOR)
  named.forEach(({ content }, index) => content.copy(image, extents[index]!.start * SECTOR))
  return image
}

const layOut = (files: Named[], first: number) => {
  let next = first
  return files.map(({ content }) => {
    const start = next
    next += Math.max(1, Math.ceil(content.length / SECTOR))
    return { start, end: next }
  })
}

/** Primary names: eight and three of capitals, digits and underscore. */
const shortName = (name: string) => {
  const [base = '', extension = ''] = name.toUpperCase().replaceAll(/[^A-Z0-9_.]/g, '_').split('.')
  return `${base.slice(0, 8)}.${extension.slice(0, 3)}`
}

const both16 = (value: number) => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt16LE(value, 0)
  bytes.writeUInt16BE(value, 2)
  return bytes
}

const both32 = (value: number) => {
  const bytes = Buffer.alloc(8)
  bytes.writeUInt32LE(value, 0)
  bytes.writeUInt32BE(value, 4)
  return bytes
}

const ascii = (text: string, length: number) => Buffer.from(text.padEnd(length).slice(0, length), 'ascii')
const ucs2 = (text: string, length: number) => Buffer.from(text.padEnd(length / 2).slice(0, length / 2), 'utf16le').swap16()

const record = (name: Buffer, extent: number, bytes: number, isDirectory: boolean) => {
  const length = 33 + name.length + (name.length % 2 === 0 ? 1 : 0)
  const entry = Buffer.alloc(length)
  entry[0] = length
  both32(extent).copy(entry, 2)
  both32(bytes).copy(entry, 10)
  // 2000-01-01: a date must be there, and none of ours means anything.
  Buffer.from([100, 1, 1, 0, 0, 0, 0]).copy(entry, 18)
  entry[25] = isDirectory ? 2 : 0
  both16(1).copy(entry, 28)
  entry[32] = name.length
  name.copy(entry, 33)
  return entry
}

const directory = (at: number, files: Named[], extents: { start: number }[], encode: (name: string) => Buffer) => {
  const entries = files
    .map(({ name, content }, index) => ({ name: encode(name), start: extents[index]!.start, bytes: content.length }))
    .toSorted((a, b) => Buffer.compare(a.name, b.name))
    .map((file) => record(file.name, file.start, file.bytes, false))
  return Buffer.concat([record(Buffer.from([0]), at, SECTOR, true), record(Buffer.from([1]), at, SECTOR, true), ...entries])
}

const PATH_TABLE_BYTES = 10

const pathTable = (rootAt: number, order: 'little' | 'big') => {
  const table = Buffer.alloc(PATH_TABLE_BYTES)
  table[0] = 1
  if (order === 'little') {
    table.writeUInt32LE(rootAt, 2)
    table.writeUInt16LE(1, 6)
  } else {
    table.writeUInt32BE(rootAt, 2)
    table.writeUInt16BE(1, 6)
  }
  return table
}

const descriptor = (of: { type: number; label: Buffer; escape: string; sectors: number; rootAt: number; pathTable: number }) => {
  const block = Buffer.alloc(SECTOR)
  const blank = of.type === 1 ? ascii('', 128) : ucs2('', 128)
  block[0] = of.type
  block.write('CD001', 1, 'ascii')
  block[6] = 1
  blank.copy(block, 8, 0, 32)
  of.label.copy(block, 40)
  both32(of.sectors).copy(block, 80)
  block.write(of.escape, 88, 'ascii')
  both16(1).copy(block, 120)
  both16(1).copy(block, 124)
  both16(SECTOR).copy(block, 128)
  both32(PATH_TABLE_BYTES).copy(block, 132)
  block.writeUInt32LE(of.pathTable, 140)
  block.writeUInt32BE(of.pathTable + 1, 148)
  record(Buffer.from([0]), of.rootAt, SECTOR, true).copy(block, 156)
  for (const [at, length] of [[190, 128], [318, 128], [446, 128], [574, 128], [702, 37], [739, 37], [776, 37]] as const) {
    blank.copy(block, at, 0, length)
  }
  for (const at of [813, 830, 847, 864]) block.write('0'.repeat(16), at, 'ascii')
  block[881] = 1
  return block
}
