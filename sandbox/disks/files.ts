import type { Hypervisor } from '../hypervisor/hypervisor.ts'
import type { Disks } from './disks.ts'
import { download } from './download.ts'
import { Layers } from './layers.ts'
import { convertImage, copyImage, formatOf, qemuImg } from './qemu-img.ts'

/** What changes a file that a guest's machine has open. */
type Machines = Pick<Hypervisor, 'growDisk' | 'goOnIn'>

const none: Machines = { growDisk: () => Promise.resolve(false), goOnIn: () => Promise.resolve(false) }

/** Disks as qcow2 files in a directory; see `Layers` for how they share their bytes. */
export const createFileDisks = async (directory: string, machines: Machines = none): Promise<Disks> => {
  const layers = await Layers.open(directory, machines)
  /** Makes the disk unless it is there already, with nobody else changing any. */
  const unlessThere = (id: string, make: () => Promise<void>) => layers.alone(async () => (layers.get(checked(id)) ? undefined : make()))
  return {
    createBlank: (id, sizeBytes, shared = false) =>
      unlessThere(id, async () => {
        const layer = layers.newName(id, shared ? 'raw' : 'qcow2')
        await qemuImg(['create', '-q', '-f', formatOf(layer), layers.path(layer), String(sizeBytes)])
        await layers.put(id, { layer, sizeBytes, readOnly: false })
      }),
    importImage: (...how) => importImage(layers, ...how),
    clone: (id, from, sizeBytes, shared = false) =>
      unlessThere(id, async () => {
        const least = layers.find(from).sizeBytes
        if (sizeBytes < least) throw new Error(`a clone of ${from} needs at least ${least} bytes, ${sizeBytes} asked for`)
        const below = await layers.freeze(from)
        const layer = shared ? await layers.flattened(id, below, sizeBytes) : await layers.overlay(id, below, sizeBytes)
        await layers.put(id, { layer, sizeBytes, readOnly: false })
      }),
    copy: (...how) => copy(layers, ...how),
    snapshot: (id, from) => unlessThere(id, async () => layers.put(id, { ...(await layers.freeze(from)), readOnly: true })),
    resize: (id, sizeBytes) => layers.alone(() => resize(layers, machines, id, sizeBytes)),
    remove: (id) => layers.alone(async () => {
      await layers.remove(checked(id))
      await layers.remove(sourceOf(id))
    }),
    pathOf: (id) => {
      const entry = layers.get(id)
      return entry && layers.path(entry.layer)
    },
  }
}

const importImage = async (layers: Layers, ...[id, source, sizeBytes, onProgress, signal]: Parameters<Disks['importImage']>): Promise<void> => {
  if (layers.get(checked(id))) return
  const layer = layers.newName(id)
  const raw = `${layer}.download`
  await layers.making([layer, raw], async () => {
    await download({ source, path: layers.path(raw), maxBytes: sizeBytes, onProgress, signal })
    await convertImage({ url: source.url, from: layers.path(raw), to: layers.path(layer), sizeBytes, signal })
    await layers.alone(async () => {
      if (!layers.get(id)) await layers.put(id, { layer, sizeBytes, readOnly: false })
    })
    onProgress(100)
  })
}

/** A snapshot keeps what is read from changing and from being deleted meanwhile; one that a crash has left is used by the next try. */
const copy = async (layers: Layers, ...[id, from, sizeBytes, onProgress, signal]: Parameters<Disks['copy']>): Promise<void> => {
  const source = sourceOf(checked(id))
  if (layers.get(id) === undefined) {
    const least = layers.find(from).sizeBytes
    if (sizeBytes < least) throw new Error(`a copy of ${from} needs at least ${least} bytes, ${sizeBytes} asked for`)
    await layers.alone(async () => layers.get(source) ? undefined : layers.put(source, { ...await layers.freeze(from), readOnly: true }))
    const layer = layers.newName(id)
    await layers.making([layer], async () => {
      await copyImage({ from: layers.path(layers.find(source).layer), to: layers.path(layer), sizeBytes, onProgress, signal })
      await layers.put(id, { layer, sizeBytes, readOnly: false })
    })
  }
  await layers.alone(() => layers.remove(source))
}

/** What a disk is being copied from. */
const sourceOf = (id: string): string => `${id}.source`

const resize = async (layers: Layers, machines: Machines, id: string, sizeBytes: number): Promise<void> => {
  const entry = layers.find(id)
  if (entry.readOnly) throw new Error(`${id} is a snapshot: it keeps its size`)
  if (sizeBytes <= entry.sizeBytes) return
  const path = layers.path(entry.layer)
  if (!await machines.growDisk(path, sizeBytes)) await qemuImg(['resize', '-q', '-f', formatOf(path), path, String(sizeBytes)])
  await layers.put(id, { ...entry, sizeBytes })
}

/** An id names a file. */
const checked = (id: string) => {
  if (!/^[A-Za-z0-9][A-Za-z0-9_.-]{0,150}$/.test(id)) throw new Error(`${JSON.stringify(id)} can't be a disk's id`)
  return id
}
