import { type Cron, parseCron } from '../../../crds/cron.ts'
import { fireAfter, fireUntil } from '../../../crds/fire-times.ts'
import type { SnapshotSchedule, SnapshotScheduleStatus } from '../../../crds/v1alpha1/snapshot-schedule.ts'
import { timestamp } from '../../runtime/conditions.ts'

/** A time that has come and for which nothing was done. */
export type Due = {
  /** Milliseconds since the epoch. */
  time: number
  /** How many came before it and are not made up for; 100 are 100 or more. */
  missed: number
  /** Too late to begin. */
  isLate: boolean
}

/** So many times that were missed are counted. */
const counted = 100

/** A cron that was judged good before. */
const cronOf = ({ spec }: SnapshotSchedule): Cron => {
  const cron = parseCron(spec.schedule)
  if (typeof cron === 'string') throw new Error(`a step before this one lets no such schedule through: it ${cron}`)
  return cron
}

/**
 * Since when times count. A schedule that is new counts from its creation, also where nobody looked at it then; one that was changed, or that goes
 * on after it
 * was suspended, from the moment in which that was seen.
 */
export const inForceOf = ({ metadata, spec, status }: SnapshotSchedule, now: number): NonNullable<SnapshotScheduleStatus['inForce']> => {
  const { schedule, timeZone } = spec
  const { inForce, policyID } = status ?? {}
  if (inForce?.schedule === schedule && inForce.timeZone === timeZone) return inForce
  return { schedule, timeZone, since: policyID === undefined ? metadata.creationTimestamp ?? timestamp(now) : timestamp(now) }
}

/** The latest time that has come since the last one: of several that were missed, one alone is made up for. */
export const dueOf = (schedule: SnapshotSchedule, now: number): Due | undefined => {
  const { spec } = schedule
  const cron = cronOf(schedule)
  const seen = seenUntil(schedule, now)
  const time = fireUntil(cron, spec.timeZone, now)
  if (time === undefined || time <= seen) return undefined
  return { time, missed: timesBetween(cron, spec.timeZone, seen, time), isLate: isLate(schedule, time, now) }
}

const timesBetween = (cron: Cron, timeZone: string, after: number, before: number): number => {
  let count = 0
  for (let time = fireAfter(cron, timeZone, after); time !== undefined && time < before && count < counted; count++) {
    time = fireAfter(cron, timeZone, time)
  }
  return count
}

/** Whether it is too late to begin with what was due then. */
export const isLate = ({ spec: { startingDeadlineSeconds } }: SnapshotSchedule, time: number, now: number): boolean =>
  startingDeadlineSeconds !== undefined && now - time > startingDeadlineSeconds * 1000

/** When it is due next, milliseconds since the epoch. */
export const nextDue = (schedule: SnapshotSchedule, now: number): number | undefined =>
  fireAfter(cronOf(schedule), schedule.spec.timeZone, Math.max(now, seenUntil(schedule, now)))

/** A clock that is put back brings no time a second time; one that was years ahead does not silence the schedule until then. */
const seenUntil = (schedule: SnapshotSchedule, now: number): number => {
  const since = Date.parse(inForceOf(schedule, now).since)
  const last = Date.parse(schedule.status?.lastScheduleTime ?? '') || 0
  return last > now + dayMs ? Math.min(since, now) : Math.max(since, last)
}

const dayMs = 86_400_000
