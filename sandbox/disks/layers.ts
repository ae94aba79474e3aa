import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Hypervisor } from '../hypervisor/hypervisor.ts'
import { type ImageKind, inspectImage } from './qcow2.ts'
import { formatOf, isInUse, qemuImg } from './qemu-img.ts'

/** A disk or snapshot: which layer its bytes end in. */
export type Entry = { layer: string; sizeBytes: number; readOnly: boolean }

/**
 * The layers of disks, and which disk names which.
 *
 * A disk names a **layer**, a qcow2 file; a layer may lie on another one. Writing happens only to the layer on top of exactly one
 * disk, every layer below is frozen, so a snapshot or a clone is one new layer and takes no time. Which layers are needed is
 * computed (what disks name, and all below), never counted, so no crash can leave a count wrong: what nobody needs is deleted
 * after a removal and at the start. Names appear by rename when what they name is whole.
 */
export class Layers {
  readonly #layers: string
  readonly #index: string
  readonly #machines: Pick<Hypervisor, 'goOnIn'>
  readonly #entries = new Map<string, Entry>()
  readonly #inProgress = new Set<string>()
  #queue: Promise<unknown> = Promise.resolve()
  #last = 0

  private constructor(directory: string, machines: Pick<Hypervisor, 'goOnIn'>) {
    this.#machines = machines
    this.#layers = join(directory, 'layers')
    this.#index = join(directory, 'disks')
  }

  /** Reads what is there and sweeps away what a crash left half made. */
  static async open(directory: string, machines: Pick<Hypervisor, 'goOnIn'>): Promise<Layers> {
    const layers = new Layers(directory, machines)
    await mkdir(layers.#layers, { recursive: true, mode: 0o700 })
    await mkdir(layers.#index, { recursive: true, mode: 0o700 })
    for (const name of await readdir(layers.#index)) {
      const path = join(layers.#index, name)
      if (name.startsWith('.')) await rm(path, { force: true })
      else layers.#entries.set(name.replace(/\.json$/, ''), JSON.parse(await readFile(path, 'utf8')) as Entry)
    }
    await layers.#sweep()
    return layers
  }

  /** Changes of the index come one after the other: freezing a layer and deleting one must not meet. */
  alone<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(work)
    this.#queue = result.catch(() => {})
    return result
  }

  get(id: string): Entry | undefined {
    return this.#entries.get(id)
  }

  find(id: string): Entry {
    const entry = this.#entries.get(id)
    if (!entry) throw new Error(`there is no disk ${id}`)
    return entry
  }

  path(layer: string): string {
    return join(this.#layers, layer)
  }

  newName(id: string, format: 'qcow2' | 'raw' = 'qcow2'): string {
    this.#last += 1
    return `${id}.${process.pid.toString(36)}-${this.#last.toString(36)}.${process.hrtime.bigint().toString(36)}.${format}`
  }

  async put(id: string, entry: Entry): Promise<void> {
    const temporary = join(this.#index, `.${id}.json`)
    await writeFile(temporary, JSON.stringify(entry), { mode: 0o600, flush: true })
    await rename(temporary, join(this.#index, `${id}.json`))
    this.#entries.set(id, entry)
  }

  async remove(id: string): Promise<void> {
    await rm(join(this.#index, `${id}.json`), { force: true })
    if (this.#entries.delete(id)) await this.#sweep()
  }

  /** A new layer on top of what `below` names. @param unseen - that is not opened, since a guest writes to it. */
  async overlay(id: string, below: Entry, sizeBytes: number, unseen = false): Promise<string> {
    const layer = this.newName(id)
    const on = [...unseen ? ['-u'] : [], '-F', 'qcow2', '-b', below.layer]
    await qemuImg(['create', '-q', '-f', 'qcow2', ...on, this.path(layer), String(sizeBytes)])
    return layer
  }

  /** A new layer that several machines may write to, with all that `from` has. */
  async flattened(id: string, from: Entry, sizeBytes: number): Promise<string> {
    const layer = this.newName(id, 'raw')
    await qemuImg(['convert', '-f', formatOf(from.layer), '-O', 'raw', this.path(from.layer), this.path(layer)])
    await qemuImg(['resize', '-q', '-f', 'raw', this.path(layer), String(sizeBytes)])
    return layer
  }

  /** The layer of a disk as it is now, never to be written again: the disk goes on in a new one, or, where machines share it, is copied. */
  async freeze(id: string): Promise<Entry> {
    const entry = this.find(id)
    if (entry.readOnly) return entry
    if (formatOf(entry.layer) === 'raw') return this.#copied(id, entry)
    await this.#finishSwitch(id, entry)
    const inUse = await isInUse(this.path(entry.layer))
    const next = { ...entry, layer: await this.overlay(id, entry, entry.sizeBytes, inUse) }
    // The disk leaves its layer first: were it the other way round, a crash in between would let it write into its own snapshot.
    await this.put(id, next)
    if (inUse && !await this.#machines.goOnIn(this.path(next.layer), this.path(entry.layer))) {
      await this.put(id, entry)
      throw new Error(`disk ${id} is in use by what is no machine of ours`)
    }
    return entry
  }

  /** What several machines write to can't go on in another file for all of them at one moment. */
  async #copied(id: string, entry: Entry): Promise<Entry> {
    const layer = this.newName(id)
    await qemuImg(['convert', '-f', 'raw', '-O', 'qcow2', this.path(entry.layer), this.path(layer)]).catch((error: Error) => {
      if (!/lock/.test(error.message)) throw error
      throw new Error(`disk ${id} is shared and a machine has it: the sandbox takes no snapshot of it until it is detached`, { cause: error })
    })
    return { ...entry, layer, readOnly: true }
  }

  /** A crash, or QEMU's refusal, may have left a guest writing below the layer that its disk has been given: that one is still empty. */
  async #finishSwitch(id: string, { layer }: Entry): Promise<void> {
    const path = this.path(layer)
    if (await isInUse(path) || !await isInUse(path, 'orBelow')) return
    const { backingFile = '' } = await inspectImage(path) as { backingFile?: string }
    if (!await this.#machines.goOnIn(path, this.path(backingFile))) throw new Error(`disk ${id} lies on a layer that is in use`)
  }

  /** Keeps files that no disk names yet from being swept away while `work` makes them. What still nobody names then is deleted. */
  async making(files: string[], work: () => Promise<void>): Promise<void> {
    for (const file of files) this.#inProgress.add(file)
    try {
      await work()
    } finally {
      const named = new Set([...this.#entries.values()].map(({ layer }) => layer))
      for (const file of files) {
        this.#inProgress.delete(file)
        if (!named.has(file)) await rm(this.path(file), { force: true })
      }
    }
  }

  async #sweep(): Promise<void> {
    const needed = new Set<string>()
    for (const { layer } of this.#entries.values()) {
      for (let at: string | undefined = layer; at !== undefined && !needed.has(at);) {
        needed.add(at)
        // What looks like a header in a raw one is its guest's.
        const kind: ImageKind | undefined = formatOf(at) === 'raw' ? undefined : await inspectImage(this.path(at)).catch(() => undefined)
        at = kind?.format === 'qcow2' ? kind.backingFile : undefined
      }
    }
    const stays = new Set([...needed, ...this.#inProgress])
    for (const name of await readdir(this.#layers)) if (!stays.has(name)) await rm(this.path(name), { force: true })
  }
}
