import type { Clock } from '../../operator/runtime/clock.ts'
import { tooOldRevision } from './errors.ts'
import { createEventLog, type LogEvent, type EventLog } from './event-log.ts'
import type { AnyObject } from './resource.ts'
import { insertSorted, rangeOf, removeSorted } from './sorted-keys.ts'

/**
 * Where objects live. A bucket is one resource whatever its version (`group/plural`); a key is `namespace/name`, or
 * `/name` for cluster-scoped objects. Objects in it are never changed in place: every write puts a new one.
 */
export type Storage = {
  /** The revision of the last write. */
  readonly revision: number
  get: (bucket: string, key: string) => AnyObject | undefined
  /**
   * Objects whose key begins with `prefix` (all for ''), in key order, as of `revision` (now when left out), from the
   * first key after `after`. Throws 410 when the revision is compacted.
   */
  list: (bucket: string, prefix: string, options?: { revision?: number; after?: string }) => Listing
  /**
   * Creates (`expected` undefined) or replaces the object that `expected` is. Returns the stored object with its new
   * resourceVersion, or undefined when what is stored is not `expected` any more.
   */
  put: (bucket: string, key: string, object: AnyObject, expected: AnyObject | undefined) => AnyObject | undefined
  /** Deletes the object that `expected` is. Returns its last state with the deletion's resourceVersion; undefined if it changed. */
  remove: (bucket: string, key: string, expected: AnyObject) => AnyObject | undefined
  readonly log: EventLog
  buckets: () => Iterable<string>
  count: (bucket: string) => number
  /** Called after each write, synchronously, in the order of revisions. Returns the unsubscribe. */
  subscribe: (listener: (event: LogEvent) => void) => () => void
  /** Fills an empty storage with what a journal kept. */
  restore: (revision: number, objects: Iterable<readonly [bucket: string, key: string, object: AnyObject]>) => void
}

/** Everything that a storage holds at one revision. Objects never change, so copies of it share them. */
export type StoredState = { revision: number; objects: readonly (readonly [bucket: string, key: string, object: AnyObject])[] }

/** What `storage` holds now. */
export const stateOf = (storage: Storage): StoredState => ({
  revision: storage.revision,
  objects: [...storage.buckets()].flatMap((bucket) => [...storage.list(bucket, '').entries].map(([key, object]) => [bucket, key, object] as const)),
})

type Bucket = { objects: Map<string, AnyObject>; keys: string[] }

/** No object ever has this revision: clients use it as "a version that can't exist". */
export const firstRevision = 1

/** @param retention - how much history stays readable: revisions, and age in milliseconds. */
export const createStorage = (clock: Clock, retention: { revisions: number; age: number }): Storage => {
  const buckets = new Map<string, Bucket>()
  const listeners = new Set<(event: LogEvent) => void>()
  const log = createEventLog(clock, firstRevision, retention)

  const bucketOf = (name: string): Bucket => {
    const existing = buckets.get(name)
    if (existing !== undefined) return existing
    const bucket: Bucket = { objects: new Map(), keys: [] }
    buckets.set(name, bucket)
    return bucket
  }

  const append = (event: Omit<LogEvent, 'revision'>) => {
    const logged = log.append(event)
    for (const listener of listeners) listener(logged)
  }

  return {
    get revision() {
      return log.revision
    },
    get: (bucket, key) => buckets.get(bucket)?.objects.get(key),
    list: (name, prefix, { revision, after } = {}) => {
      const bucket = bucketOf(name)
      if (revision === undefined || revision >= log.revision) return present(bucket, prefix, after)
      if (revision < log.floor) throw tooOldRevision(revision, log.floor)
      return past(bucket, log.since(name, revision), prefix, after)
    },
    ...writes(bucketOf, log, append),
    log,
    buckets: () => buckets.keys(),
    count: (bucket) => buckets.get(bucket)?.objects.size ?? 0,
    subscribe: (listener) => (listeners.add(listener), () => listeners.delete(listener)),
    restore: (revision, objects) => {
      for (const [name, key, object] of objects) bucketOf(name).objects.set(key, object)
      for (const bucket of buckets.values()) bucket.keys = [...bucket.objects.keys()].sort()
      log.reset(revision)
    },
  }
}

type Append = (event: Omit<LogEvent, 'revision'>) => void

const writes = (bucketOf: (name: string) => Bucket, log: EventLog, append: Append): Pick<Storage, 'put' | 'remove'> => ({
  put: (name, key, object, expected) => {
    const bucket = bucketOf(name)
    const current = bucket.objects.get(key)
    if (current !== expected) return undefined
    const stored = withRevision(object, log.revision + 1)
    bucket.objects.set(key, stored)
    if (current === undefined) insertSorted(bucket.keys, key)
    append({ bucket: name, key, type: current === undefined ? 'ADDED' : 'MODIFIED', object: stored, previous: current })
    return stored
  },
  remove: (name, key, expected) => {
    const bucket = bucketOf(name)
    if (bucket.objects.get(key) !== expected) return undefined
    const last = withRevision(expected, log.revision + 1)
    bucket.objects.delete(key)
    removeSorted(bucket.keys, key)
    append({ bucket: name, key, type: 'DELETED', object: last, previous: expected })
    return last
  },
})

const withRevision = (object: AnyObject, revision: number): AnyObject => ({
  ...object,
  metadata: { ...object.metadata, resourceVersion: String(revision) },
})

/** Objects in key order. `size` counts them without walking them, so that a page of a long list costs its own length only. */
export type Listing = { size: number; entries: Iterable<[key: string, object: AnyObject]> }

/** Keys are copied up front: a page is read while writes go on. */
const listing = (keys: string[], find: (key: string) => AnyObject | undefined): Listing => ({
  size: keys.length,
  entries: (function* () {
    for (const key of keys) {
      const object = find(key)
      if (object !== undefined) yield [key, object] as [string, AnyObject]
    }
  })(),
})

const present = (bucket: Bucket, prefix: string, after: string | undefined): Listing =>
  listing(bucket.keys.slice(...rangeOf(bucket.keys, prefix, after)), (key) => bucket.objects.get(key))

/** The state as it was: today's with every later event undone. */
const past = (bucket: Bucket, later: readonly LogEvent[], prefix: string, after: string | undefined): Listing => {
  const changed = new Map<string, AnyObject | undefined>()
  for (const event of later) if (!changed.has(event.key)) changed.set(event.key, event.previous)
  const keys = bucket.keys.slice(...rangeOf(bucket.keys, prefix, after))
  for (const [key, object] of changed) {
    const inRange = key.startsWith(prefix) && (after === undefined || key > after)
    if (object === undefined) removeSorted(keys, key)
    else if (inRange) insertSorted(keys, key)
  }
  return listing(keys, (key) => (changed.has(key) ? changed.get(key) : bucket.objects.get(key)))
}
