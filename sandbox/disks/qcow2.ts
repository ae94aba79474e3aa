import { open } from 'node:fs/promises'

/** What a disk image's first bytes say it is. */
export type ImageKind =
  | { format: 'qcow2'; virtualBytes: number; backingFile: string | undefined; dataFile: boolean; encrypted: boolean }
  | { format: ForeignFormat }
  | { format: 'raw' }
  | { format: 'unknown'; looksLike: string }

/** As QEMU calls them. */
type ForeignFormat = 'vmdk' | 'vdi' | 'vpc' | 'vhdx'

/** Source: containerized-data-importer v1.66.0, pkg/image/filefmt.go. */
const FOREIGN: readonly [offset: number, magic: string, format: ForeignFormat][] = [
  [0, 'KDMV', 'vmdk'], [0x40, '\x7f\x10\xda\xbe', 'vdi'], [0, 'conectix', 'vpc'], [0, 'vhdxfile', 'vhdx'],
]

const QCOW2_MAGIC = 0x514649fb
const EXTERNAL_DATA_FILE = 1n << 2n
const HEADER_BYTES = 64 * 1024

/**
 * Reads the header of a file without believing it: a qcow2 image can name another file (backing file, data file) that QEMU would
 * then read in its stead, and bytes of no known kind are told apart from a raw disk by what a bootable or formatted disk begins with.
 */
export const inspectImage = async (path: string): Promise<ImageKind> => {
  const file = await open(path)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEADER_BYTES), 0, HEADER_BYTES, 0)
    return inspectBytes(buffer.subarray(0, bytesRead))
  } finally {
    await file.close()
  }
}

export const inspectBytes = (head: Buffer): ImageKind => {
  if (head.length >= 104 && head.readUInt32BE(0) === QCOW2_MAGIC) return qcow2(head)
  const foreign = FOREIGN.find(([offset, magic]) => isAt(head, offset, magic))
  if (foreign !== undefined) return { format: foreign[2] }
  if (isRawDisk(head)) return { format: 'raw' }
  return { format: 'unknown', looksLike: describe(head) }
}

const qcow2 = (head: Buffer): ImageKind => {
  const version = head.readUInt32BE(4)
  const backingOffset = head.readBigUInt64BE(8)
  const backingLength = head.readUInt32BE(16)
  const incompatible = version >= 3 ? head.readBigUInt64BE(72) : 0n
  const start = Number(backingOffset)
  return {
    format: 'qcow2',
    virtualBytes: Number(head.readBigUInt64BE(24)),
    backingFile: backingOffset === 0n ? undefined : head.toString('utf8', start, start + backingLength),
    dataFile: (incompatible & EXTERNAL_DATA_FILE) !== 0n,
    encrypted: head.readUInt32BE(32) !== 0,
  }
}

/** Boot signature (MBR, GPT's protective one, FAT), ext2–4, XFS, ISO 9660, LVM, swap. */
const SIGNATURES: [offset: number, bytes: string][] = [
  [510, '\x55\xaa'], [1080, '\x53\xef'], [0, 'XFSB'], [32_769, 'CD001'], [512, 'LABELONE'], [4086, 'SWAPSPACE2'],
]

const isRawDisk = (head: Buffer): boolean => SIGNATURES.some(([offset, bytes]) => isAt(head, offset, bytes))

const isAt = (head: Buffer, offset: number, bytes: string): boolean =>
  head.subarray(offset, offset + bytes.length).equals(Buffer.from(bytes, 'latin1'))

const KNOWN: [prefix: string, name: string][] = [
  ['PK\x03\x04', 'a zip archive'], ['BZh', 'bzip2-compressed data (compress it with xz or zstd)'], ['# Disk Desc', 'a VMDK descriptor without its data (export it as one file)'],
  ['<', 'an HTML or XML page'], ['{', 'JSON'],
]

const describe = (head: Buffer) => {
  if (head.length === 0) return 'nothing at all'
  const start = head.toString('latin1', 0, 16).trimStart()
  return KNOWN.find(([prefix]) => start.startsWith(prefix))?.[1] ?? 'data of no known disk format'
}
