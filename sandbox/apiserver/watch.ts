import type { Clock } from '../../operator/runtime/clock.ts'
import { expired, StatusError } from './errors.ts'
import type { LogEvent } from './event-log.ts'
import { jsonText } from './json-text.ts'
import type { AnyObject } from './resource.ts'
import type { Selector } from './selectors.ts'
import type { Storage } from './storage.ts'

export type WatchOptions = {
  bucket: string
  /** `namespace/` for one namespace, '' for all. */
  prefix: string
  select: Selector
  /** Objects to send first as ADDED. */
  initial: AnyObject[]
  /** Events after this revision follow. */
  from: number
  /** Ask for bookmarks, about one a minute. */
  bookmarks: boolean
  /** Say with a bookmark when `initial` is over. */
  initialEnd: boolean
  /** Milliseconds until the server ends the watch. */
  timeout: number
  signal?: AbortSignal | undefined
  /** How an object is sent: in the version, and perhaps as the table, that the client asked for. */
  present: (object: AnyObject) => object
  bookmark: (revision: number, annotations?: Record<string, string>) => object
}

const bookmarkPeriod = 60_000

/**
 * A watch: lines of JSON, one event each. It reads from the event log at its own pace and holds nothing for a slow
 * client; one that falls behind what is kept gets an ERROR event with 410, and the stream ends.
 */
export async function* watchLines(storage: Storage, clock: Clock, options: WatchOptions): AsyncGenerator<string> {
  const cursor = openCursor(storage, options)
  const bell = createBell()
  const stop = { ended: options.signal?.aborted === true }
  const end = () => {
    stop.ended = true
    bell.ring()
  }
  let bookmarkDue = false
  const cancels = [
    cursor.onEvent(bell.ring),
    clock.after(options.timeout, end),
    ...(options.bookmarks ? [every(clock, bookmarkPeriod, () => ((bookmarkDue = true), bell.ring()))] : []),
  ]
  options.signal?.addEventListener('abort', end, { once: true })
  try {
    for (const object of options.initial) yield line('ADDED', options.present(object))
    if (options.initialEnd) yield line('BOOKMARK', options.bookmark(options.from, { 'k8s.io/initial-events-end': 'true' }))
    while (!stop.ended) {
      for (const event of cursor.read()) {
        const text = lineOf(event, options)
        if (text !== undefined) yield text
      }
      if (cursor.behind()) continue
      if (bookmarkDue) {
        bookmarkDue = false
        yield line('BOOKMARK', options.bookmark(storage.revision))
        continue
      }
      if (!stop.ended) await bell.rung()
    }
  } catch (error) {
    if (!(error instanceof StatusError)) throw error
    yield line('ERROR', error.toStatus())
  } finally {
    options.signal?.removeEventListener('abort', end)
    for (const cancel of cancels) cancel()
  }
}

/** What of an event a watch with this selector sees; undefined for nothing. */
export const visibleEvent = (event: LogEvent, select: Selector): { type: LogEvent['type']; object: AnyObject } | undefined => {
  const { previous, object, type } = event
  const before = previous !== undefined && select(previous)
  const now = type !== 'DELETED' && select(object)
  if (before && now) return { type: 'MODIFIED', object }
  if (now) return { type: 'ADDED', object }
  if (!before) return undefined
  // The client knew the object as it was: that is what it is told goes, at the revision that took it away.
  const revision = object.metadata['resourceVersion']
  return { type: 'DELETED', object: type === 'DELETED' ? object : { ...previous, metadata: { ...previous.metadata, resourceVersion: revision } } }
}

const line = (type: string, object: object): string => `{"type":"${type}","object":${jsonText(object)}}\n`

const lineOf = (event: LogEvent, options: WatchOptions): string | undefined => {
  if (!event.key.startsWith(options.prefix)) return undefined
  const visible = visibleEvent(event, options.select)
  return visible === undefined ? undefined : line(visible.type, options.present(visible.object))
}

/** A position in one bucket's log. While it is at the end it keeps up for free, whatever other buckets write or compaction takes. */
const openCursor = (storage: Storage, { bucket, from }: WatchOptions) => {
  let position = from
  let atEnd = false
  return {
    behind: () => !atEnd,
    read: (): readonly LogEvent[] => {
      if (atEnd) return []
      if (position < storage.log.floor) throw expired(`too old resource version: ${position} (${storage.log.floor})`)
      const events = storage.log.since(bucket, position)
      position = storage.revision
      atEnd = events.length === 0
      return events
    },
    onEvent: (notify: () => void) =>
      storage.subscribe((event) => {
        if (event.bucket !== bucket) return
        if (atEnd) {
          atEnd = false
          position = event.revision - 1
        }
        notify()
      }),
  }
}

const createBell = () => {
  let pending = false
  let wake: (() => void) | undefined
  return {
    ring: () => {
      pending = true
      wake?.()
    },
    rung: async () => {
      if (!pending) await new Promise<void>((resolve) => (wake = resolve))
      wake = undefined
      pending = false
    },
  }
}

const every = (clock: Clock, period: number, callback: () => void): (() => void) => {
  let cancel = () => {}
  const arm = () => {
    cancel = clock.after(period, () => {
      callback()
      arm()
    })
  }
  arm()
  return () => cancel()
}
