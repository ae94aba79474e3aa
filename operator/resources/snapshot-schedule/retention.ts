import type { SnapshotScheduleSpec } from '../../../crds/v1alpha1/snapshot-schedule.ts'
import type { Taken } from './store.ts'

export type Retention = {
  /** What is beyond its time, the oldest first. */
  expired: readonly Taken[]
  /** When the next one may be, milliseconds since the epoch. */
  next: number | undefined
}

const hourMs = 3_600_000
const units: Readonly<Record<string, number>> = { h: hourMs, d: 24 * hourMs, w: 7 * 24 * hourMs }

/** How long the newest snapshot that failed is kept, for whoever wants to know why. */
export const failedKeptMs = 7 * 24 * hourMs

/** @param age - for example `36h`, `30d`, `52w`. @returns milliseconds. */
export const ageMs = (age: string): number => Number(age.slice(0, -1)) * (units[age.slice(-1)] ?? NaN)

/**
 * What is not to be kept any longer. Of each target the newest `count` that can be used are kept, and all that are younger than `age`, and the newest
 * always. Of those that failed the newest is kept for a week. What waits for a target that is gone will never be anything.
 * @param isThere - whether the target of this ID still is.
 */
export const retentionOf = (taken: readonly Taken[], retain: Retain, isThere: (targetID: string) => boolean, now: number): Retention => {
  const there = taken.filter(({ snapshot }) => snapshot.metadata.deletionTimestamp === undefined)
  const ends = [...Map.groupBy(there, ({ targetID }) => targetID).values()]
    .flatMap(ofTarget => endsOf(ofTarget.toSorted((a, b) => b.time - a.time), retain, isThere))
  const expired = ends.filter(({ end }) => end <= now).map(each => each.taken)
  const later = ends.filter(({ end }) => end > now).map(({ end }) => end)
  return { expired: expired.sort((a, b) => a.time - b.time), next: later.length === 0 ? undefined : later.reduce((a, b) => Math.min(a, b)) }
}

type Retain = SnapshotScheduleSpec['retain']
type End = { taken: Taken; end: number }

/** @param taken - of one target, the newest first. */
const endsOf = (taken: readonly Taken[], { count = 1, age }: Retain, isThere: (targetID: string) => boolean): End[] => {
  const inState = (state: string) => taken.filter(({ snapshot }) => (snapshot.status?.state ?? 'pending') === state)
  const kept = age === undefined ? 0 : ageMs(age)
  return [
    ...inState('completed').slice(count).map(each => ({ taken: each, end: each.time + kept })),
    ...inState('error').map((each, index) => ({ taken: each, end: index === 0 ? each.time + failedKeptMs : 0 })),
    ...inState('pending').filter(({ snapshot, targetID }) => snapshot.status?.volumes === undefined && !isThere(targetID)).map(each => ({ taken: each, end: 0 })),
  ]
}
