import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { open, rm, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

export const run = promisify(execFile)

export const VIRTUAL_GIB = 10
export const MIB_OF_BYTES = 512

const MIB = 2 ** 20
const PIECES = 128

/** A qcow2 image of 10 GiB with 512 MiB of bytes that nothing compresses, spread over all of it. Returns its path. */
export const makeSparseImage = async (directory: string): Promise<string> => {
  const [raw, image] = [join(directory, 'sparse.raw'), join(directory, 'sparse.qcow2')]
  const piece = MIB_OF_BYTES / PIECES * MIB
  const file = await open(raw, 'w')
  for (let index = 0; index < PIECES; index++) await file.write(randomBytes(piece), 0, piece, index * VIRTUAL_GIB * 1024 * MIB / PIECES)
  await file.close()
  await truncate(raw, VIRTUAL_GIB * 1024 * MIB)
  await run('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', raw, image])
  await rm(raw)
  return image
}
