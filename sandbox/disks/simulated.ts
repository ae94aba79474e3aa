import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Clock } from '../../operator/runtime/clock.ts'
import type { Disks, ImageSource } from './disks.ts'
import { openImage } from './download.ts'

/** Asks for an image without keeping it. Throws an Error with a message fit for a user. */
export type FetchHead = (source: ImageSource, signal: AbortSignal) => Promise<{ sizeBytes: number }>

export type SimulatedDisksOptions = {
  clock: Clock
  fetchHead?: FetchHead
  /** Milliseconds of a download or a copy, told of in four steps. Default 0. */
  importTime?: number
  /** Where the disks are noted, one small file each, so that they are there after a restart; in memory only when left out. */
  directory?: string
  /** Disks that are there from the beginning. */
  initial?: ReadonlyMap<string, SimulatedDisk>
}

/** `copied`: it has every byte of `from` itself. */
export type SimulatedDisk = { sizeBytes: number; from?: string; copied?: true; url?: string; snapshot: boolean }

/** Disks without bytes, and what a test may see of them and do to them. */
export type SimulatedDisks = Disks & {
  /** Every disk that exists. */
  all: ReadonlyMap<string, SimulatedDisk>
  /** From now on imports fail, or whatever makes a disk, with this message; undefined ends it. */
  fail: (what: 'import' | 'create', message: string | undefined) => void
}

export const createSimulatedDisks = ({ clock, fetchHead = fetchSize, importTime = 0, directory, initial }: SimulatedDisksOptions): SimulatedDisks => {
  const disks = directory === undefined ? new Map(initial) : noted(directory)
  const note = (id: string, disk: SimulatedDisk) => {
    if (directory !== undefined) writeFileSync(join(directory, encodeURIComponent(id)), JSON.stringify(disk))
    disks.set(id, disk)
  }
  const known = (id: string): SimulatedDisk => knownIn(disks, id)
  const { fail, failIf } = createFailures()
  const add = (id: string, disk: SimulatedDisk) => {
    failIf('create')
    if (!disks.has(id)) note(id, disk)
  }
  const takeTime = quarters(clock, importTime)
  return {
    all: disks, fail,
    createBlank: (id, sizeBytes) => attempt(() => add(id, { sizeBytes, snapshot: false })),
    importImage: async (id, source, sizeBytes, onProgress, signal) => {
      failIf('import')
      const { sizeBytes: needed } = await fetchHead(source, signal)
      if (needed > sizeBytes) throw new Error(`the image needs ${needed} bytes, the disk has ${sizeBytes}`)
      await takeTime(onProgress, signal)
      add(id, { sizeBytes, url: source.url, snapshot: false })
    },
    clone: (id, from, sizeBytes) => attempt(() => add(id, { sizeBytes: Math.max(sizeBytes, known(from).sizeBytes), from, snapshot: false })),
    copy: async (id, from, sizeBytes, onProgress, signal) => {
      const { sizeBytes: least } = known(from)
      await takeTime(onProgress, signal)
      add(id, { sizeBytes: Math.max(sizeBytes, least), from, copied: true, snapshot: false })
    },
    snapshot: (id, from) => attempt(() => add(id, { sizeBytes: known(from).sizeBytes, from, snapshot: true })),
    resize: (id, sizeBytes) => attempt(() => note(id, { ...known(id), sizeBytes: Math.max(sizeBytes, known(id).sizeBytes) })),
    remove: (id) =>
      attempt(() => {
        disks.delete(id)
        if (directory !== undefined) rmSync(join(directory, encodeURIComponent(id)), { force: true })
      }),
    pathOf: () => undefined,
  }
}

const quarters = (clock: Clock, time: number) => async (onProgress: (percent: number) => void, signal: AbortSignal) => {
  for (const percent of time === 0 ? [] : [25, 50, 75]) {
    await clock.sleep(time / 4, signal)
    onProgress(percent)
  }
}

const knownIn = (disks: ReadonlyMap<string, SimulatedDisk>, id: string): SimulatedDisk => {
  const disk = disks.get(id)
  if (disk === undefined) throw new Error(`there is no disk ${id}`)
  return disk
}

const createFailures = () => {
  const messages = new Map<'import' | 'create', string>()
  return {
    fail: (what: 'import' | 'create', message: string | undefined): void => void (message === undefined ? messages.delete(what) : messages.set(what, message)),
    failIf: (what: 'import' | 'create'): void => {
      const message = messages.get(what)
      if (message !== undefined) throw new Error(message)
    },
  }
}

/** A file that a crash left half-written is no disk: it is made again, as one that was never there. */
const noted = (directory: string): Map<string, SimulatedDisk> => {
  mkdirSync(directory, { recursive: true })
  const disks = new Map<string, SimulatedDisk>()
  for (const name of readdirSync(directory)) {
    try {
      disks.set(decodeURIComponent(name), JSON.parse(readFileSync(join(directory, name), 'utf8')) as SimulatedDisk)
    } catch {
      rmSync(join(directory, name))
    }
  }
  return disks
}

const attempt = (action: () => void): Promise<void> => Promise.resolve().then(action)

/** A real GET that reads the headers and drops the body: a missing image fails here as it would in a real import. */
const fetchSize: FetchHead = async (source, signal) => {
  const { stream, total = 0 } = await openImage(source, signal)
  stream.destroy()
  return { sizeBytes: total }
}
