/// <reference lib="esnext.temporal" />
import { type Cron, isDay } from './cron.ts'

/**
 * The instants at which a cron is due in a time zone. What its clocks skip in spring is due as much later as they skip; what they show twice in
 * autumn is due the first time, and both times where every hour is due. So a day has its fire whatever is done to its clocks, and has it once.
 */

const dayMs = 86_400_000

/** The longest time between two: a 29 February to the next across a year 2100. */
const farthest = 8 * 366 + 2

/** Whether it is a name of the time zone database. */
export const isTimeZone = (name: string): boolean => {
  try {
    return /^[A-Za-z]/.test(name) && new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}

/** The first after an instant. @param after - milliseconds since the epoch. */
export const fireAfter = (cron: Cron, timeZone: string, after: number): number | undefined => {
  const today = dayOf(after, timeZone)
  for (let ahead = -1; ahead < farthest; ahead++) {
    const found = firesOf(cron, timeZone, today + ahead * dayMs).find(fire => fire > after)
    if (found !== undefined) return found
  }
  return undefined
}

/** The last until an instant, and that itself. @param until - milliseconds since the epoch. */
export const fireUntil = (cron: Cron, timeZone: string, until: number): number | undefined => {
  const today = dayOf(until, timeZone)
  for (let ago = -1; ago < farthest; ago++) {
    const found = firesOf(cron, timeZone, today - ago * dayMs).findLast(fire => fire <= until)
    if (found !== undefined) return found
  }
  return undefined
}

/** Midnight of a local date, as if it were one in UTC: a number for dates. */
const dayOf = (instant: number, timeZone: string): number => {
  const { year, month, day } = Temporal.Instant.fromEpochMilliseconds(Math.floor(instant)).toZonedDateTimeISO(timeZone)
  return Date.UTC(year, month - 1, day)
}

const firesOf = (cron: Cron, timeZone: string, date: number): number[] => {
  const day = new Date(date)
  if (!isDay(cron, day.getUTCDate(), day.getUTCMonth() + 1, day.getUTCDay())) return []
  const fires = new Set<number>()
  for (const hour of cron.hours) {
    const local = new Temporal.PlainDateTime(day.getUTCFullYear(), day.getUTCMonth() + 1, day.getUTCDate(), hour, cron.minute)
    fires.add(local.toZonedDateTime(timeZone, { disambiguation: 'compatible' }).epochMilliseconds)
    if (cron.hours.size === 24) fires.add(local.toZonedDateTime(timeZone, { disambiguation: 'later' }).epochMilliseconds)
  }
  return [...fires].sort((a, b) => a - b)
}
