import { isDeepStrictEqual } from 'node:util'
import type { KubeObject } from '../../crds/kubernetes.ts'
import { keyOf } from '../../crds/kubernetes.ts'
import type { Clock } from './clock.ts'
import { ownershipOf } from './owned-digest.ts'
import type { Ownership } from './owned-digest.ts'
import { PackedObjects } from './packed/packed-objects.ts'
import type { Kept } from './packed/packed-objects.ts'
import { SlotIndex } from './packed/slot-index.ts'
import { compareResourceVersions } from './resource-version.ts'
import type { InformerSpec, Store } from './store.ts'

/**
 * Who caused a change: the pass of a controller whose write it was, or undefined for what a watch brought. `written` are the resourceVersions that
 * the pass has been answered with: its own writes are known by them also where a watch was faster than the answer.
 */
export type Origin = { controller: string; key: string; written?: Set<string> } | undefined

/**
 * Told after the store has changed. `next` is undefined when the object is gone; `previous` is undefined when it is new. A recreated
 * namesake arrives as a change from one uid to another.
 */
export type ChangeListener<T> = (change: { previous: T | undefined; next: T | undefined; origin: Origin }) => void

const TOMBSTONE_LIFE = 10 * 60_000
/** Larger than any resourceVersion: a uid whose deletion we were told of before its resourceVersion is known. */
const NEVER = '9'.repeat(30)

type Tombstone = { resourceVersion: string; expires: number }

/** Milliseconds after which objects that nobody has used are packed; twice as many at most. */
const COOLING = 15_000
/** So few objects are never packed: they take less room than what packed ones are kept in, and are mostly what everything else refers to. */
const SMALL = 64
/** Where more are asked for, they are not made warm by it. */
const FEW = 16

/**
 * One resource's objects, trimmed, packed and indexed. Fed by a watch, by lists and by the answers to our own writes in any order, it keeps the
 * newest resourceVersion of each and never brings back what was deleted. What it hands out is to be read only.
 */
export class ObjectStore<T extends KubeObject> implements Store<T> {
  readonly #objects = new PackedObjects<T>()
  readonly #indexes = new Map<string, Index<T>>()
  readonly #equivalents = new Map<string, Map<string, { desired: string; live: string }>>()
  readonly #tombstones = new Map<string, Tombstone>()
  readonly #listeners = new Set<ChangeListener<T>>()
  readonly #trim: (object: KubeObject) => T
  readonly #clock: Clock
  #cooling = false

  constructor(spec: InformerSpec<T>, clock: Clock) {
    this.#trim = spec.trim as (object: KubeObject) => T
    this.#clock = clock
    for (const [name, values] of Object.entries(spec.indexes ?? {})) {
      const slots = new SlotIndex((slot, value) => values(this.#objects.peek(slot).object).includes(value))
      this.#indexes.set(name, { values, slots })
    }
  }

  get size(): number {
    return this.#objects.size
  }

  get(key: string): T | undefined {
    return this.#kept(key)?.object
  }

  *list(): Iterable<T> {
    for (const slot of this.#objects.slots()) yield this.#objects.peek(slot).object
  }

  by(index: string, value: string): readonly T[] {
    const slots = this.#found(index).slots(value)
    return slots.map((slot) => (slots.length > FEW ? this.#objects.peek(slot) : this.#warm(slot)).object)
  }

  count(index: string, value: string): number {
    return this.#found(index).count(value)
  }

  keysBy(index: string, value: string): readonly string[] {
    return this.#found(index).slots(value).map((slot) => this.#objects.key(slot))
  }

  /** What we own of the live object, by field manager; see `ownershipOf`. */
  ownership(key: string): Ownership | undefined {
    return this.#kept(key)?.ownership
  }

  /** The live object already holds what `manager` wants, by the digest of it. */
  holds(key: string, manager: string, desired: string): boolean {
    const live = this.ownership(key)?.digests[manager]
    if (live === undefined) return false
    const equivalent = this.#equivalents.get(key)?.get(manager)
    return live === desired || (equivalent?.desired === desired && equivalent.live === live)
  }

  /**
   * `manager` has just applied what digests to `desired`. Where the server stored it in other words (a quantity in its canonical form, a list
   * in another order) the two digests differ for good; remembering the pair keeps us from writing it again and again.
   */
  applied(key: string, manager: string, desired: string, answer: KubeObject): void {
    const slot = this.#objects.slotOf(key)
    const isKept = slot !== undefined && this.#objects.identity(slot).resourceVersion === answer.metadata.resourceVersion
    const live = (isKept ? this.ownership(key) : ownershipOf(answer))?.digests[manager]
    const known = this.#equivalents.get(key)
    if (live === undefined || live === desired) known?.delete(manager)
    else this.#equivalents.set(key, (known ?? new Map<string, { desired: string; live: string }>()).set(manager, { desired, live }))
  }

  onChange(listener: ChangeListener<T>): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /**
   * Takes in a whole object, as the server sent it. Returns false for what is old news. Nobody is told of a change in which neither a field that is
   * kept nor anything that we own has changed: most of what others write into an object's status is of that kind.
   */
  put(object: KubeObject, origin?: Origin): boolean {
    const { uid, resourceVersion } = object.metadata
    origin?.written?.add(resourceVersion)
    const tombstone = this.#tombstones.get(uid)
    if (tombstone !== undefined && compareResourceVersions(resourceVersion, tombstone.resourceVersion) <= 0) return false
    const key = keyOf(object.metadata)
    const present = this.#objects.slotOf(key)
    if (present !== undefined) {
      const known = this.#objects.identity(present)
      if (compareResourceVersions(resourceVersion, known.resourceVersion) <= 0) return false
      if (known.uid !== uid) this.#bury(known.uid, resourceVersion)
    }
    const previous = present === undefined ? undefined : this.#objects.peek(present)
    this.#set(key, previous, { object: this.#trim(object), ownership: ownershipOf(object) }, origin)
    return true
  }

  /** A deletion that the watch reported; `object` carries the resourceVersion of the deletion itself. */
  delete(object: KubeObject, origin?: Origin): void {
    const { uid, resourceVersion } = object.metadata
    this.#bury(uid, resourceVersion)
    const key = keyOf(object.metadata)
    const slot = this.#objects.slotOf(key)
    if (slot === undefined) return
    const known = this.#objects.identity(slot)
    if (known.uid === uid || compareResourceVersions(known.resourceVersion, resourceVersion) < 0) this.#drop(key, slot, origin)
  }

  /** A deletion that the answer to our own DELETE reported: `uid` can never be back. */
  forget(key: string, uid: string, origin?: Origin): void {
    this.#bury(uid, NEVER)
    const slot = this.#objects.slotOf(key)
    if (slot !== undefined && this.#objects.identity(slot).uid === uid) this.#drop(key, slot, origin)
  }

  /**
   * Ends a list: what it did not hold is gone, unless we learnt of it after the list was made.
   * @param seen - the UIDs that the list held.
   * @param concerns - the objects that the list was about (all of them, or one namespace's).
   */
  retain(seen: { has: (uid: string) => boolean }, resourceVersion: string, concerns: (object: T) => boolean): void {
    for (const slot of this.#objects.slots()) {
      const known = this.#objects.identity(slot)
      if (seen.has(known.uid) || compareResourceVersions(known.resourceVersion, resourceVersion) > 0) continue
      if (!concerns(this.#objects.peek(slot).object)) continue
      this.#bury(known.uid, resourceVersion)
      this.#drop(this.#objects.key(slot), slot, undefined)
    }
  }

  /** The server's history went back (restored from a backup): what we know of versions means nothing now. */
  rewind(concerns: (object: T) => boolean): void {
    this.#tombstones.clear()
    for (const slot of this.#objects.slots()) {
      const { object, ownership } = this.#objects.peek(slot)
      if (!concerns(object)) continue
      const key = this.#objects.key(slot)
      this.#objects.set(key, { object: { ...object, metadata: { ...object.metadata, resourceVersion: '0' } }, ownership })
    }
  }

  #kept(key: string): Kept<T> | undefined {
    const slot = this.#objects.slotOf(key)
    return slot === undefined ? undefined : this.#warm(slot)
  }

  #warm(slot: number): Kept<T> {
    this.#coolLater()
    return this.#objects.get(slot)
  }

  #set(key: string, previous: Kept<T> | undefined, next: Kept<T>, origin: Origin): void {
    const slot = this.#objects.set(key, next)
    this.#coolLater()
    if (previous !== undefined && isSame(previous, next)) return
    for (const index of this.#indexes.values()) reindex(index, slot, previous?.object, next.object)
    this.#tell({ previous: previous?.object, next: next.object, origin })
  }

  #drop(key: string, slot: number, origin: Origin): void {
    const previous = this.#objects.peek(slot).object
    for (const index of this.#indexes.values()) reindex(index, slot, previous, undefined)
    this.#objects.delete(key)
    this.#equivalents.delete(key)
    this.#tell({ previous, next: undefined, origin })
  }

  #coolLater(): void {
    if (this.#cooling || this.#objects.size < SMALL) return
    this.#cooling = true
    this.#clock.after(COOLING, () => {
      this.#cooling = false
      this.#objects.cool()
      if (this.#objects.warm) this.#coolLater()
    })
  }

  #bury(uid: string, resourceVersion: string): void {
    const now = this.#clock.now()
    for (const [old, { expires }] of this.#tombstones) {
      if (expires > now) break
      this.#tombstones.delete(old)
    }
    this.#tombstones.delete(uid)
    this.#tombstones.set(uid, { resourceVersion, expires: now + TOMBSTONE_LIFE })
  }

  #found(index: string): SlotIndex {
    const found = this.#indexes.get(index)
    if (found === undefined) throw new Error(`there is no index ${index}`)
    return found.slots
  }

  #tell(change: { previous: T | undefined; next: T | undefined; origin: Origin }): void {
    for (const listener of this.#listeners) listener(change)
  }
}

type Index<T> = { values: (object: T) => readonly string[]; slots: SlotIndex }

/** Most changes leave an object where it is found. */
const reindex = <T>({ values, slots }: Index<T>, slot: number, previous: T | undefined, next: T | undefined): void => {
  const before = previous === undefined ? [] : values(previous)
  const after = next === undefined ? [] : values(next)
  if (before.length === after.length && before.every((value, place) => value === after[place])) return
  for (const value of new Set(before)) if (!after.includes(value)) slots.delete(value, slot)
  for (const value of new Set(after)) if (!before.includes(value)) slots.add(value, slot)
}

/** Whether two versions of an object differ in nothing but their number. */
const isSame = <T extends KubeObject>(a: Kept<T>, b: Kept<T>): boolean =>
  isDeepStrictEqual(unversioned(a.object), unversioned(b.object)) && isDeepStrictEqual(a.ownership, b.ownership)

const unversioned = ({ metadata: { resourceVersion: _, ...metadata }, ...rest }: KubeObject) => ({ ...rest, metadata })
