import { execFile } from 'node:child_process'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Disks } from './disks.ts'
import { download } from './download.ts'
import { type ImageKind, inspectImage } from './qcow2.ts'

/** A disk or snapshot: which layer its bytes end in. */
type Entry = { layer: string; sizeBytes: number; readOnly: boolean }

const run = promisify(execFile)

/**
 * Disks as qcow2 files in a directory.
 *
 * A disk names a **layer**, a qcow2 file; a layer may lie on another one. Writing happens only to the layer on top of exactly one
 * disk, every layer below is frozen, so a snapshot or a clone is one new layer and takes no time. Which layers are needed is
 * computed (what disks name, and all below), never counted, so no crash can leave a count wrong: what nobody needs is deleted
 * after a removal and at the start. Names appear by rename when what they name is whole.
 */
export const createFileDisks = async (directory: string): Promise<Disks> => {
  const layers = join(directory, 'layers')
  const index = join(directory, 'disks')
  await mkdir(layers, { recursive: true, mode: 0o700 })
  await mkdir(index, { recursive: true, mode: 0o700 })
  const entries = await readIndex(index)
  let lastLayer = 0
  let queue: Promise<unknown> = Promise.resolve()
  /** Changes of the index come one after the other: freezing a layer and deleting one must not meet. */
  const alone = <T>(work: () => Promise<T>): Promise<T> => {
    const result = queue.then(work)
    queue = result.catch(() => {})
    return result
  }
  const pathOfLayer = (layer: string) => join(layers, layer)
  const newLayer = (id: string) => `${id}.${process.pid.toString(36)}-${(lastLayer += 1).toString(36)}.${process.hrtime.bigint().toString(36)}.qcow2`

  const put = async (id: string, entry: Entry) => {
    const temporary = join(index, `.${id}.json`)
    await writeFile(temporary, JSON.stringify(entry), { mode: 0o600, flush: true })
    await rename(temporary, join(index, `${id}.json`))
    entries.set(id, entry)
  }
  const find = (id: string) => {
    const entry = entries.get(id)
    if (!entry) throw new Error(`there is no disk ${id}`)
    return entry
  }
  const overlay = async (id: string, below: Entry, sizeBytes: number) => {
    const layer = newLayer(id)
    await qemuImg('create', '-q', '-f', 'qcow2', '-F', 'qcow2', '-b', below.layer, pathOfLayer(layer), String(sizeBytes))
    return layer
  }
  /** The layer of a disk as it is now, never to be written again: the disk goes on in a new one. */
  const freeze = async (id: string): Promise<Entry> => {
    const entry = find(id)
    if (entry.readOnly) return entry
    await refuseInUse(id, pathOfLayer(entry.layer))
    // The disk leaves its layer first: were it the other way round, a crash in between would let it write into its own snapshot.
    await put(id, { ...entry, layer: await overlay(id, entry, entry.sizeBytes) })
    return entry
  }
  const sweep = async () => {
    const needed = new Set<string>()
    for (const { layer } of entries.values()) {
      for (let at: string | undefined = layer; at !== undefined && !needed.has(at);) {
        needed.add(at)
        const kind: ImageKind | undefined = await inspectImage(pathOfLayer(at)).catch(() => undefined)
        at = kind?.format === 'qcow2' ? kind.backingFile : undefined
      }
    }
    const importing = new Set(inProgress)
    for (const name of await readdir(layers)) if (!needed.has(name) && !importing.has(name)) await rm(pathOfLayer(name), { force: true })
  }
  const inProgress = new Set<string>()
  await sweep()

  return {
    createBlank: (id, sizeBytes) =>
      alone(async () => {
        if (entries.has(checked(id))) return
        const layer = newLayer(id)
        await qemuImg('create', '-q', '-f', 'qcow2', pathOfLayer(layer), String(sizeBytes))
        await put(id, { layer, sizeBytes, readOnly: false })
      }),

    importHttp: async (id, source, sizeBytes, onProgress, signal) => {
      if (entries.has(checked(id))) return
      const layer = newLayer(id)
      const raw = `${layer}.download`
      inProgress.add(layer).add(raw)
      try {
        await download({ ...source, path: pathOfLayer(raw), maxBytes: sizeBytes, onProgress, signal })
        await convert(source.url, pathOfLayer(raw), pathOfLayer(layer), sizeBytes, signal)
        await alone(async () => {
          if (!entries.has(id)) await put(id, { layer, sizeBytes, readOnly: false })
        })
        onProgress(100)
      } finally {
        inProgress.delete(layer)
        inProgress.delete(raw)
        await rm(pathOfLayer(raw), { force: true })
        if (entries.get(id)?.layer !== layer) await rm(pathOfLayer(layer), { force: true })
      }
    },

    clone: (id, from, sizeBytes) =>
      alone(async () => {
        if (entries.has(checked(id))) return
        if (sizeBytes < find(from).sizeBytes) throw new Error(`a clone of ${from} needs at least ${find(from).sizeBytes} bytes, ${sizeBytes} asked for`)
        const below = await freeze(from)
        await put(id, { layer: await overlay(id, below, sizeBytes), sizeBytes, readOnly: false })
      }),

    snapshot: (id, from) =>
      alone(async () => {
        if (entries.has(checked(id))) return
        await put(id, { ...(await freeze(from)), readOnly: true })
      }),

    resize: (id, sizeBytes) =>
      alone(async () => {
        const entry = find(id)
        if (entry.readOnly) throw new Error(`${id} is a snapshot: it keeps its size`)
        if (sizeBytes <= entry.sizeBytes) return
        await qemuImg('resize', '-q', '-f', 'qcow2', pathOfLayer(entry.layer), String(sizeBytes))
        await put(id, { ...entry, sizeBytes })
      }),

    remove: (id) =>
      alone(async () => {
        await rm(join(index, `${checked(id)}.json`), { force: true })
        if (entries.delete(id)) await sweep()
      }),

    pathOf: (id) => {
      const entry = entries.get(id)
      return entry && pathOfLayer(entry.layer)
    },
  }
}

/** Whatever came becomes a qcow2 of ours: only then is its format a fact and not the word of its maker. */
const convert = async (url: string, from: string, to: string, sizeBytes: number, signal: AbortSignal) => {
  const kind = await inspectImage(from)
  if (kind.format === 'unknown') throw new Error(`${url} is not a disk image (raw or qcow2): it looks like ${kind.looksLike}`)
  if (kind.format === 'qcow2') {
    if (kind.backingFile !== undefined || kind.dataFile) throw new Error(`${url} is a qcow2 image that names another file: flatten it first (qemu-img convert)`)
    if (kind.encrypted) throw new Error(`${url} is an encrypted qcow2 image: decrypt it first (qemu-img convert)`)
    if (kind.virtualBytes > sizeBytes) throw new Error(`${url} holds a disk of ${kind.virtualBytes} bytes, larger than the ${sizeBytes} it is for`)
  }
  await qemuImg({ signal }, 'convert', '-f', kind.format, '-O', 'qcow2', from, to).catch((error: Error) => {
    signal.throwIfAborted()
    throw new Error(`${url} is a damaged disk image: ${error.message}`, { cause: error })
  })
  await qemuImg('resize', '-q', '-f', 'qcow2', to, String(sizeBytes))
}

const qemuImg = async (...args: (string | { signal: AbortSignal })[]) => {
  const words = args.filter((arg) => typeof arg === 'string')
  const options = args.find((arg) => typeof arg === 'object') ?? {}
  try {
    await run('qemu-img', words, options)
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: string }
    throw new Error(stderr?.trim() || message, { cause: error })
  }
}

/** QEMU locks what it writes to: a disk of a running guest can't be frozen from outside without tearing it. */
const refuseInUse = async (id: string, path: string) => {
  try {
    await qemuImg('info', '-f', 'qcow2', path)
  } catch (error) {
    if (/lock/.test((error as Error).message)) throw new Error(`disk ${id} is in use by a running instance: stop it first`, { cause: error })
    throw error
  }
}

/** An id names a file. */
const checked = (id: string) => {
  if (!/^[A-Za-z0-9][A-Za-z0-9_.-]{0,150}$/.test(id)) throw new Error(`${JSON.stringify(id)} can't be a disk's id`)
  return id
}

const readIndex = async (index: string) => {
  const entries = new Map<string, Entry>()
  for (const name of await readdir(index)) {
    if (name.startsWith('.')) await rm(join(index, name), { force: true })
    else entries.set(name.replace(/\.json$/, ''), JSON.parse(await readFile(join(index, name), 'utf8')) as Entry)
  }
  return entries
}
