import { mkdir, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { qemuImg } from '../disks/qemu-img.ts'
import type { Machine } from './hypervisor.ts'
import { buildISO9660 } from './iso9660.ts'
import { emptyDisk, files, kernelPlace } from './qemu-command.ts'

/** Makes a machine's directory anew, with what QEMU reads at its start. */
export const prepareMachine = async (home: string, machine: Machine): Promise<void> => {
  await rm(home, { recursive: true, force: true })
  await mkdir(home, { recursive: true, mode: 0o700 })
  await writeFile(join(home, files.consoleLog), '', { mode: 0o600 })
  await writeFile(join(home, files.zeros), '', { mode: 0o600 })
  await truncate(join(home, files.zeros), kernelPlace.bytes)
  for (const disk of machine.disks) {
    if (disk.emptyBytes !== undefined) await qemuImg(['create', '-q', '-f', 'qcow2', join(home, emptyDisk(disk)), String(disk.emptyBytes)])
  }
  if (!machine.seed) return
  const { metaData, userData, networkData } = machine.seed
  const disc = { 'meta-data': metaData, 'user-data': userData, ...(networkData !== undefined && { 'network-config': networkData }) }
  await writeFile(join(home, files.seed), buildISO9660('cidata', disc), { mode: 0o600 })
}

/** Removes what QEMU has read, or has open and needs by name no more: above all the seed, which holds what only its guest may know. */
export const removeStartFiles = async (home: string, { disks }: Machine): Promise<void> => {
  const emptyDisks = disks.filter(({ emptyBytes }) => emptyBytes !== undefined).map(emptyDisk)
  for (const name of [files.seed, files.zeros, ...emptyDisks]) await rm(join(home, name), { force: true })
}

/** A UID names a directory: anything that could lead elsewhere is refused. */
export const safeName = (uid: string): string => {
  if (!/^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/.test(uid)) throw new Error(`${JSON.stringify(uid)} is not a machine's UID`)
  return uid
}
