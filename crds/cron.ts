/** When something is due, by the wall clock of a place: the five fields of cron, understood as Kubernetes' CronJobs do. */
export type Cron = {
  minute: number
  hours: ReadonlySet<number>
  daysOfMonth: ReadonlySet<number>
  months: ReadonlySet<number>
  /** 0 is Sunday. */
  daysOfWeek: ReadonlySet<number>
  /** Whether a day is one by either of its two fields: both are limited. Else it is one by both. */
  eitherDay: boolean
}

type Field = { name: string; min: number; max: number; names?: readonly string[] }

const minute: Field = { name: 'minute', min: 0, max: 59 }
const hour: Field = { name: 'hour', min: 0, max: 23 }
const dayOfMonth: Field = { name: 'day of the month', min: 1, max: 31 }
const month: Field = { name: 'month', min: 1, max: 12, names: ['', 'jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'] }
const dayOfWeek: Field = { name: 'day of the week', min: 0, max: 7, names: ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] }

/** @returns what it says, or what is wrong with it, in words. */
export const parseCron = (text: string): Cron | string => {
  const fields = text.trim().split(/ +/)
  const [first = '', second = '', third = '', fourth = '', fifth = ''] = fields
  if (fields.length !== 5) return 'needs five fields: minute, hour, day of the month, month, day of the week'
  if (!/^\d{1,2}$/.test(first)) return 'needs one number as its minute: it is due once an hour at most'
  const read = [valuesOf(first, minute), valuesOf(second, hour), valuesOf(third, dayOfMonth), valuesOf(fourth, month), valuesOf(fifth, dayOfWeek)]
  const wrong = read.find(each => typeof each === 'string')
  if (wrong !== undefined) return wrong
  const [minutes, hours, daysOfMonth, months, weekdays] = read as Set<number>[] as [Set<number>, Set<number>, Set<number>, Set<number>, Set<number>]
  const cron = {
    minute: [...minutes][0] as number, hours, daysOfMonth, months,
    daysOfWeek: new Set([...weekdays].map(day => day % 7)),
    eitherDay: third !== '*' && fifth !== '*',
  }
  return isEver(cron) ? cron : 'is never due: no month that it names has such a day'
}

/** Whether a day is one of its days. @param weekday - 0 is Sunday. */
export const isDay = (cron: Cron, day: number, monthOfYear: number, weekday: number): boolean => {
  if (!cron.months.has(monthOfYear)) return false
  const byMonth = cron.daysOfMonth.has(day)
  const byWeek = cron.daysOfWeek.has(weekday)
  return cron.eitherDay ? byMonth || byWeek : byMonth && byWeek
}

const longest = [0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

const isEver = ({ eitherDay, months, daysOfMonth }: Cron): boolean =>
  eitherDay || [...months].some(each => Math.min(...daysOfMonth) <= (longest[each] as number))

const valuesOf = (text: string, field: Field): Set<number> | string => {
  const values = new Set<number>()
  for (const part of text.split(',')) {
    const range = rangeOf(part, field)
    if (typeof range === 'string') return range
    for (let value = range.from; value <= range.to; value += range.step) values.add(value)
  }
  return values
}

type Range = { from: number; to: number; step: number }

const rangeOf = (part: string, field: Field): Range | string => {
  const [, body = '', stepText] = /^([^/]*)(?:\/(\d{1,2}))?$/.exec(part) ?? []
  const step = stepText === undefined ? 1 : Number(stepText)
  const [fromText = '', toText, ...more] = body.split('-')
  const from = body === '*' ? field.min : valueOf(fromText, field)
  // A step alone goes on to the end, as in 5/10.
  const to = body === '*' || (stepText !== undefined && toText === undefined) ? field.max : toText === undefined ? from : valueOf(toText, field)
  if (from === undefined || to === undefined || step < 1 || more.length > 0) {
    return `has "${part}" as its ${field.name}: use ${field.min} to ${field.max}, *, a range as in ${field.min}-${field.min + 4}, a step as in */2, or several with commas`
  }
  return from <= to ? { from, to, step } : `has "${part}" as its ${field.name}, which ends before it begins: name the two parts with a comma`
}

const valueOf = (text: string, { min, max, names = [] }: Field): number | undefined => {
  const named = text === '' ? -1 : names.indexOf(text.toLowerCase())
  const value = named >= 0 ? named : /^\d{1,2}$/.test(text) ? Number(text) : NaN
  return value >= min && value <= max ? value : undefined
}
