import type { Clock } from '../../operator/runtime/clock.ts'
import type { AnyObject } from './resource.ts'

/** One write. `object` is the new state, for a deletion the last one with the deletion's resourceVersion. */
export type LogEvent = {
  revision: number
  bucket: string
  key: string
  type: 'ADDED' | 'MODIFIED' | 'DELETED'
  object: AnyObject
  previous: AnyObject | undefined
}

/** The history that watches and old lists are served from. */
export type EventLog = {
  /** The revision of the last write. */
  readonly revision: number
  /** The oldest revision whose state can still be told. */
  readonly floor: number
  append: (event: Omit<LogEvent, 'revision'>) => LogEvent
  /** Events of a bucket after `revision`, oldest first. `revision` must not be below `floor`. */
  since: (bucket: string, revision: number) => readonly LogEvent[]
  /** Forgets everything up to `revision` (all of it when left out). */
  compact: (revision?: number) => void
  /** Continues from a restored revision with no history. */
  reset: (revision: number) => void
}

export const createEventLog = (clock: Clock, first: number, retention: { revisions: number; age: number }): EventLog => {
  const events = new Map<string, LogEvent[]>()
  const ages = createAges(clock, retention.age)
  let revision = first
  let floor = first

  const trim = () => {
    floor = Math.max(floor, ages.forgotten(), revision - retention.revisions)
  }

  return {
    get revision() {
      return revision
    },
    get floor() {
      trim()
      return floor
    },
    append: (event) => {
      ages.mark(revision)
      revision += 1
      const logged: LogEvent = { revision, ...event }
      trim()
      keep(events, logged, floor)
      return logged
    },
    since: (bucket, after) => {
      const kept = events.get(bucket) ?? []
      return kept.slice(firstAfter(kept, after))
    },
    compact: (to = revision) => {
      floor = Math.max(floor, Math.min(to, revision))
      for (const kept of events.values()) kept.splice(0, firstAfter(kept, floor))
    },
    reset: (to) => {
      revision = Math.max(revision, to)
      floor = revision
      events.clear()
      ages.clear()
    },
  }
}

/** Which revision was current when: one mark a second is enough to compact by age. */
const createAges = (clock: Clock, age: number) => {
  let marks: { time: number; revision: number }[] = []
  return {
    mark: (revision: number) => {
      const time = clock.now()
      if (marks.length === 0 || time >= (marks.at(-1)?.time ?? 0) + 1000) marks.push({ time, revision })
    },
    /** A mark tells the revision before its second began, so what is younger than `age` is never forgotten. */
    forgotten: (): number => {
      const now = clock.now()
      let stale = 0
      while (stale < marks.length && (marks[stale]?.time ?? now) + age <= now) stale++
      const revision = stale === 0 ? 0 : (marks[stale - 1]?.revision ?? 0)
      if (stale > 0) marks = marks.slice(stale)
      return revision
    },
    clear: () => {
      marks = []
    },
  }
}

const keep = (events: Map<string, LogEvent[]>, event: LogEvent, floor: number): void => {
  const kept = events.get(event.bucket)
  if (kept === undefined) return void events.set(event.bucket, [event])
  kept.push(event)
  // Dropping half at once keeps the cost of an append constant.
  const dead = firstAfter(kept, floor)
  if (dead > 1024 && dead > kept.length / 2) kept.splice(0, dead)
}

const firstAfter = (events: readonly LogEvent[], revision: number): number => {
  let low = 0
  let high = events.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((events[middle]?.revision ?? 0) <= revision) low = middle + 1
    else high = middle
  }
  return low
}
