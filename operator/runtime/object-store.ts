import { isDeepStrictEqual } from 'node:util'
import type { KubeObject } from '../../crds/kubernetes.ts'
import { keyOf } from '../../crds/kubernetes.ts'
import type { Clock } from './clock.ts'
import { ownershipOf } from './owned-digest.ts'
import type { Ownership } from './owned-digest.ts'
import { compareResourceVersions } from './resource-version.ts'
import type { InformerSpec, Store } from './store.ts'

/** Who caused a change: the pass of a controller whose write it was, or undefined for what a watch brought. */
export type Origin = { controller: string; key: string } | undefined

/**
 * Told after the store has changed. `next` is undefined when the object is gone; `previous` is undefined when it is new. A recreated
 * namesake arrives as a change from one uid to another.
 */
export type ChangeListener<T> = (change: { previous: T | undefined; next: T | undefined; origin: Origin }) => void

const TOMBSTONE_LIFE = 10 * 60_000
/** Larger than any resourceVersion: a uid whose deletion we were told of before its resourceVersion is known. */
const NEVER = '9'.repeat(30)

type Tombstone = { resourceVersion: string; expires: number }

/**
 * One resource's objects, trimmed and indexed. Fed by a watch, by lists and by the answers to our own writes in any order, it keeps the newest
 * resourceVersion of each and never brings back what was deleted.
 */
export class ObjectStore<T extends KubeObject> implements Store<T> {
  readonly #objects = new Map<string, T>()
  readonly #indexes = new Map<string, { values: (object: T) => readonly string[]; keys: Map<string, Set<string>> }>()
  readonly #ownership = new Map<string, Ownership>()
  readonly #equivalents = new Map<string, Map<string, { desired: string; live: string }>>()
  readonly #tombstones = new Map<string, Tombstone>()
  readonly #listeners = new Set<ChangeListener<T>>()
  readonly #trim: (object: KubeObject) => T
  readonly #clock: Clock

  constructor(spec: InformerSpec<T>, clock: Clock) {
    this.#trim = spec.trim as (object: KubeObject) => T
    this.#clock = clock
    for (const [name, values] of Object.entries(spec.indexes ?? {})) this.#indexes.set(name, { values, keys: new Map() })
  }

  get size(): number {
    return this.#objects.size
  }

  get(key: string): T | undefined {
    return this.#objects.get(key)
  }

  list(): Iterable<T> {
    return this.#objects.values()
  }

  by(index: string, value: string): readonly T[] {
    return this.keysBy(index, value).map((key) => this.#objects.get(key)).filter((object) => object !== undefined)
  }

  count(index: string, value: string): number {
    return this.#found(index, value)?.size ?? 0
  }

  keysBy(index: string, value: string): readonly string[] {
    return [...(this.#found(index, value) ?? [])]
  }

  /** What we own of the live object, by field manager; see `ownershipOf`. */
  ownership(key: string): Ownership | undefined {
    return this.#ownership.get(key)
  }

  /** The live object already holds what `manager` wants, by the digest of it. */
  holds(key: string, manager: string, desired: string): boolean {
    const live = this.#ownership.get(key)?.digests[manager]
    if (live === undefined) return false
    const equivalent = this.#equivalents.get(key)?.get(manager)
    return live === desired || (equivalent?.desired === desired && equivalent.live === live)
  }

  /**
   * `manager` has just applied what digests to `desired`. Where the server stored it in other words (a quantity in its canonical form, a list
   * in another order) the two digests differ for good; remembering the pair keeps us from writing it again and again.
   */
  applied(key: string, manager: string, desired: string, answer: KubeObject): void {
    const live = ownershipOf(answer)?.digests[manager]
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
    const tombstone = this.#tombstones.get(uid)
    if (tombstone !== undefined && compareResourceVersions(resourceVersion, tombstone.resourceVersion) <= 0) return false
    const key = keyOf(object.metadata)
    const previous = this.#objects.get(key)
    if (previous !== undefined && compareResourceVersions(resourceVersion, previous.metadata.resourceVersion) <= 0) return false
    if (previous !== undefined && previous.metadata.uid !== uid) this.#bury(previous.metadata.uid, resourceVersion)
    const next = this.#trim(object)
    this.#unindex(key, previous)
    this.#objects.set(key, next)
    this.#index(key, next)
    const ownership = ownershipOf(object)
    const isNews = previous === undefined || !isSame(previous, next) || !isDeepStrictEqual(ownership, this.#ownership.get(key))
    if (ownership === undefined) this.#ownership.delete(key)
    else this.#ownership.set(key, ownership)
    if (isNews) this.#tell({ previous, next, origin })
    return true
  }

  /** A deletion that the watch reported; `object` carries the resourceVersion of the deletion itself. */
  delete(object: KubeObject, origin?: Origin): void {
    const { uid, resourceVersion } = object.metadata
    this.#bury(uid, resourceVersion)
    const key = keyOf(object.metadata)
    const stored = this.#objects.get(key)
    if (stored === undefined) return
    if (stored.metadata.uid === uid || compareResourceVersions(stored.metadata.resourceVersion, resourceVersion) < 0) this.#drop(key, stored, origin)
  }

  /** A deletion that the answer to our own DELETE reported: `uid` can never be back. */
  forget(key: string, uid: string, origin?: Origin): void {
    this.#bury(uid, NEVER)
    const stored = this.#objects.get(key)
    if (stored?.metadata.uid === uid) this.#drop(key, stored, origin)
  }

  /**
   * Ends a list: what it did not hold is gone, unless we learnt of it after the list was made.
   * @param concerns - the objects that the list was about (all of them, or one namespace's).
   */
  retain(seen: ReadonlySet<string>, resourceVersion: string, concerns: (object: T) => boolean): void {
    for (const [key, object] of this.#objects) {
      if (!concerns(object) || seen.has(object.metadata.uid)) continue
      if (compareResourceVersions(object.metadata.resourceVersion, resourceVersion) > 0) continue
      this.#bury(object.metadata.uid, resourceVersion)
      this.#drop(key, object, undefined)
    }
  }

  /** The server's history went back (restored from a backup): what we know of versions means nothing now. */
  rewind(concerns: (object: T) => boolean): void {
    this.#tombstones.clear()
    for (const [key, object] of this.#objects) {
      if (concerns(object)) this.#objects.set(key, { ...object, metadata: { ...object.metadata, resourceVersion: '0' } })
    }
  }

  #found(index: string, value: string): ReadonlySet<string> | undefined {
    const found = this.#indexes.get(index)
    if (found === undefined) throw new Error(`there is no index ${index}`)
    return found.keys.get(value)
  }

  #drop(key: string, stored: T, origin: Origin): void {
    this.#objects.delete(key)
    this.#ownership.delete(key)
    this.#equivalents.delete(key)
    this.#unindex(key, stored)
    this.#tell({ previous: stored, next: undefined, origin })
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

  #index(key: string, object: T): void {
    for (const { values, keys } of this.#indexes.values()) {
      for (const value of values(object)) {
        const found = keys.get(value)
        if (found === undefined) keys.set(value, new Set([key]))
        else found.add(key)
      }
    }
  }

  #unindex(key: string, object: T | undefined): void {
    if (object === undefined) return
    for (const { values, keys } of this.#indexes.values()) {
      for (const value of values(object)) {
        const found = keys.get(value)
        found?.delete(key)
        if (found?.size === 0) keys.delete(value)
      }
    }
  }

  #tell(change: { previous: T | undefined; next: T | undefined; origin: Origin }): void {
    for (const listener of this.#listeners) listener(change)
  }
}

/** Whether two versions of an object differ in nothing but their number. */
const isSame = (a: KubeObject, b: KubeObject): boolean => isDeepStrictEqual(unversioned(a), unversioned(b))

const unversioned = ({ metadata: { resourceVersion: _, ...metadata }, ...rest }: KubeObject) => ({ ...rest, metadata })
