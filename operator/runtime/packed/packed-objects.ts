import { keyOf } from '../../../crds/kubernetes.ts'
import type { KubeObject, ObjectMeta } from '../../../crds/kubernetes.ts'
import type { Ownership } from '../owned-digest.ts'
import { hashOf } from './hash.ts'
import { readValue } from './reader.ts'
import type { Cursor } from './reader.ts'
import { SharedValues } from './shared-values.ts'
import { Slabs } from './slabs.ts'
import { SlotTable } from './slot-table.ts'
import { Writer } from './writer.ts'

/** The record of a slot that is free, or whose object is not packed. */
const NOWHERE = 2 ** 32 - 1
/** Objects that a generation of warm ones holds. */
const GENERATION = 512

/** An object, and what of it is ours. */
export type Kept<T extends KubeObject> = { object: T; ownership: Ownership | undefined }

/**
 * Objects of one kind. What is in use is kept as it is, warm; what has rested is packed into a few dozen bytes outside of the heap, and unpacked when
 * it is read. Each object has a slot, a small number, while it is here. What is read may hold frozen parts that others share: nobody may change it,
 * and two reads of one object are equal without always being the same.
 */
export class PackedObjects<T extends KubeObject> {
  readonly #shared = new SharedValues()
  readonly #writer = new Writer(this.#shared)
  readonly #slots = new SlotTable()
  readonly #free: number[] = []
  #young = new Map<number, Kept<T>>()
  #old = new Map<number, Kept<T>>()
  /** What was unpacked last: an index looks at an object to find it, and who asked for it then reads it. */
  #last: { slot: number; kept: Kept<T> } | undefined
  #addresses = new Uint32Array(16).fill(NOWHERE)
  #end = 0
  readonly #slabs = new Slabs(
    (slot, address) => void (this.#addresses[slot] = address),
    (slot, address) => this.#addresses[slot] === address,
  )

  get size(): number {
    return this.#end - this.#free.length
  }

  /** Some objects are not packed, or have been unpacked. */
  get warm(): boolean {
    return this.#young.size + this.#old.size > 0
  }

  /** Bytes of packed objects, outside of the heap. */
  get reserved(): number {
    return this.#slabs.reserved
  }

  slotOf(key: string): number | undefined {
    return this.#slots.find(hashOf(key), slot => this.key(slot) === key)
  }

  /** Slots in use. May be called on while objects come and go. */
  *slots(): Generator<number> {
    for (let slot = 0; slot < this.#end; slot++) if (this.#addresses[slot] !== NOWHERE || this.#warm(slot) !== undefined) yield slot
  }

  /** `namespace/name`, or the name alone. */
  key(slot: number): string {
    const warm = this.#warm(slot)
    if (warm !== undefined) return keyOf(warm.object.metadata)
    const cursor = this.#cursor(slot)
    const namespace = this.#value(cursor) as string | undefined
    const name = this.#value(cursor) as string
    return namespace === undefined ? name : `${namespace}/${name}`
  }

  /** Tells one object, and one version of it, from another. */
  identity(slot: number): { uid: string; resourceVersion: string } {
    const warm = this.#warm(slot)
    if (warm !== undefined) return warm.object.metadata
    const cursor = this.#cursor(slot)
    this.#value(cursor)
    this.#value(cursor)
    return { uid: this.#value(cursor) as string, resourceVersion: this.#value(cursor) as string }
  }

  /** The object of a slot in use, which is warm from now on. */
  get(slot: number): Kept<T> {
    const young = this.#young.get(slot)
    if (young !== undefined) return young
    const kept = this.#old.get(slot) ?? this.#unpack(slot)
    this.#warmUp(slot, kept)
    return kept
  }

  /** The same, for who looks at many: it leaves them as they are. */
  peek(slot: number): Kept<T> {
    return this.#warm(slot) ?? this.#unpack(slot)
  }

  /** Keeps an object, in the place of the one that has its key. Returns its slot. */
  set(key: string, kept: Kept<T>): number {
    const present = this.slotOf(key)
    const slot = present ?? this.#free.pop() ?? this.#end
    if (present !== undefined) this.#drop(slot)
    else {
      if (slot === this.#end) this.#grow()
      this.#slots.add(hashOf(key), slot)
    }
    this.#warmUp(slot, kept)
    return slot
  }

  delete(key: string): void {
    const slot = this.slotOf(key)
    if (slot === undefined) return
    this.#slots.delete(hashOf(key), slot)
    this.#drop(slot)
    this.#free.push(slot)
  }

  /** Packs what has not been used since the last time. */
  cool(): void {
    for (const [slot, kept] of this.#old) if (!this.#young.has(slot) && this.#addresses[slot] === NOWHERE) this.#pack(slot, kept)
    this.#old = this.#young
    this.#young = new Map()
  }

  #warm(slot: number): Kept<T> | undefined {
    return this.#young.get(slot) ?? this.#old.get(slot)
  }

  #warmUp(slot: number, kept: Kept<T>): void {
    if (this.#young.size >= GENERATION) this.cool()
    this.#young.set(slot, kept)
  }

  #unpack(slot: number): Kept<T> {
    if (this.#last?.slot !== slot) this.#last = { slot, kept: this.#read(slot) }
    return this.#last.kept
  }

  #read(slot: number): Kept<T> {
    const cursor = this.#cursor(slot)
    const namespace = this.#value(cursor) as string | undefined
    const name = this.#value(cursor) as string
    const uid = this.#value(cursor) as string
    const resourceVersion = this.#value(cursor) as string
    const ownerUID = this.#value(cursor) as string | null | undefined
    const digests = this.#value(cursor) as Ownership['digests']
    const own: ObjectMeta = namespace === undefined ? { name, uid, resourceVersion } : { name, namespace, uid, resourceVersion }
    const metadata = Object.assign(own, this.#value(cursor))
    const object = Object.assign({ metadata }, this.#value(cursor)) as unknown as T
    return { object, ownership: ownerUID === null ? undefined : { ownerUID, digests } }
  }

  #pack(slot: number, { object: { metadata, ...rest }, ownership }: Kept<T>): void {
    const { name, namespace, uid, resourceVersion, ...members } = metadata
    const writer = this.#writer
    writer.begin(slot)
    writer.value(namespace)
    writer.value(name)
    writer.value(uid)
    writer.version(resourceVersion)
    writer.value(ownership === undefined ? null : ownership.ownerUID)
    writer.value(ownership?.digests)
    writer.value(members)
    writer.value(rest)
    const record = writer.written
    this.#shared.retain({ bytes: record, start: 0, at: 0 }, record.length)
    this.#addresses[slot] = this.#slabs.put(slot, record)
  }

  #drop(slot: number): void {
    if (this.#last?.slot === slot) this.#last = undefined
    this.#young.delete(slot)
    this.#old.delete(slot)
    const address = this.#addresses[slot] as number
    if (address === NOWHERE) return
    const { bytes, start, end } = this.#slabs.at(address)
    this.#shared.release({ bytes, start, at: start }, end)
    this.#addresses[slot] = NOWHERE
    this.#slabs.free(address)
  }

  #grow(): void {
    this.#end++
    if (this.#end <= this.#addresses.length) return
    const larger = new Uint32Array(Math.ceil(this.#end * 1.3)).fill(NOWHERE)
    larger.set(this.#addresses)
    this.#addresses = larger
  }

  #cursor(slot: number): Cursor {
    const { bytes, start } = this.#slabs.at(this.#addresses[slot] as number)
    return { bytes, start, at: start }
  }

  #value(cursor: Cursor): unknown {
    return readValue(cursor, this.#shared.valueOf)
  }
}
