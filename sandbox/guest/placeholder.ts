import { createHash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'

/** An empty disk of 1 MiB with nothing but a boot signature, for guests that are simulated: an image must be somewhere to import it from. */
export const placeholderImage = async (path: string): Promise<string> => {
  const disk = Buffer.alloc(1024 * 1024)
  disk.writeUInt16LE(0xaa55, 510)
  await writeFile(path, disk)
  await writeFile(`${path}.sha256`, `${createHash('sha256').update(disk).digest('hex')}  disk.qcow2\n`)
  return path
}
