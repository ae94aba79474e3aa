import fc from 'fast-check'
import test from 'ava'
import { type Cron, isDay, parseCron } from './cron.ts'
import { fireAfter, fireUntil, isTimeZone } from './fire-times.ts'

const cronOf = (text: string): Cron => {
  const cron = parseCron(text)
  if (typeof cron === 'string') throw new Error(cron)
  return cron
}
const after = (text: string, timeZone: string, from: string, count = 1): string[] => {
  const fires: string[] = []
  for (let time = Date.parse(from); fires.length < count;) {
    time = fireAfter(cronOf(text), timeZone, time) ?? NaN
    fires.push(new Date(time).toISOString().slice(0, 16))
  }
  return fires
}

test('clocks that skip an hour in spring make it as much later, and lose no day', t => {
  t.deepEqual(after('30 2 * * *', 'Europe/Berlin', '2026-03-28T00:00Z', 3), ['2026-03-28T01:30', '2026-03-29T01:30', '2026-03-30T00:30'])
  // On Lord Howe they skip half an hour.
  t.deepEqual(after('15 2 * * *', 'Australia/Lord_Howe', '2026-10-03T00:00Z', 2), ['2026-10-03T15:45', '2026-10-04T15:15'])
  // The thirtieth of December 2011 was none in Samoa: its fire and that of the next day are one.
  t.deepEqual(after('0 3 * * *', 'Pacific/Apia', '2011-12-29T00:00Z', 3), ['2011-12-29T13:00', '2011-12-30T13:00', '2011-12-31T13:00'])
})

test('an hour that clocks show twice in autumn is due once, and both times where every hour is due', t => {
  t.deepEqual(after('30 2 * * *', 'Europe/Berlin', '2026-10-24T12:00Z', 2), ['2026-10-25T00:30', '2026-10-26T01:30'])
  t.deepEqual(after('30 * * * *', 'Europe/Berlin', '2026-10-24T23:00Z', 4), ['2026-10-24T23:30', '2026-10-25T00:30', '2026-10-25T01:30', '2026-10-25T02:30'])
  t.deepEqual(after('30 * * * *', 'Europe/Berlin', '2026-03-29T00:00Z', 3), ['2026-03-29T00:30', '2026-03-29T01:30', '2026-03-29T02:30'])
})

test('a 29 February comes, also across a year 2100 that has none', t => {
  t.deepEqual(after('0 0 29 2 *', 'UTC', '2096-03-01T00:00Z'), ['2104-02-29T00:00'])
  t.is(fireUntil(cronOf('0 0 29 2 *'), 'UTC', Date.parse('2104-02-28T00:00Z')), Date.parse('2096-02-29T00:00Z'))
})

test('a moment between two milliseconds is one', t => {
  const cron = cronOf('0 3 * * *')
  t.is(fireAfter(cron, 'UTC', Date.UTC(2026, 0, 1, 3) - 0.5), Date.UTC(2026, 0, 1, 3))
  t.is(fireUntil(cron, 'UTC', Date.UTC(2026, 0, 1, 3) + 0.5), Date.UTC(2026, 0, 1, 3))
})

test('a day of the month and one of the week, both said, are either, as in Kubernetes', t => {
  t.deepEqual(after('0 0 13 * fri', 'UTC', '2026-11-01T00:00Z', 3), ['2026-11-06T00:00', '2026-11-13T00:00', '2026-11-20T00:00'])
  t.deepEqual(after('0 0 * * 7', 'UTC', '2026-11-01T12:00Z'), ['2026-11-08T00:00'])
})

for (const [text, why] of [
  ['0 0 31 2 *', 'never due'], ['0 0 30,31 feb *', 'never due'], ['0 0 31 4,6,9,11 *', 'never due'], ['*/5 * * * *', 'one number as its minute'], ['60 * * * *', 'minute'],
  ['0 24 * * *', 'its hour'], ['0 5-1 * * *', 'ends before it begins'], ['0 */0 * * *', 'its hour'], ['0 1-2-3 * * *', 'its hour'], ['0 3 0 * *', 'day of the month'],
  ['0 3 * 13 *', 'its month'], ['0 3 * * mond', 'day of the week'], ['0 3 * *', 'five fields'], ['0 3 * * * *', 'five fields'], ['0 , * * *', 'its hour'], ['0 constructor * * *', 'its hour'],
] as const) {
  test(`the schedule "${text}" is refused in words`, t => {
    const cron = parseCron(text)
    t.true(typeof cron === 'string' && cron.includes(why), typeof cron === 'string' ? cron : 'it was taken')
  })
}

const limited = (min: number, max: number) => fc.oneof(
  fc.constant('*'), fc.integer({ min, max }).map(String), fc.integer({ min: 2, max: 9 }).map(step => `*/${step}`),
  fc.tuple(fc.integer({ min, max }), fc.integer({ min, max })).map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`),
  fc.uniqueArray(fc.integer({ min, max }), { minLength: 1, maxLength: 4 }).map(values => values.join(',')),
)
const crons = fc.tuple(fc.integer({ min: 0, max: 59 }), limited(0, 23), limited(1, 31), limited(1, 12), limited(0, 6)).map(fields => fields.join(' '))
  .filter(text => typeof parseCron(text) !== 'string')
const zones = fc.constantFrom(
  'UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'America/Sao_Paulo', 'Pacific/Apia', 'Africa/Casablanca',
)
const times = fc.integer({ min: Date.UTC(2000, 0, 1), max: Date.UTC(2040, 0, 1) })

/** What the clocks of a place show, by another way than the one that is judged. */
const wallClock = (timeZone: string): ((time: number) => { month: number; day: number; hour: number; minute: number; weekday: number }) => {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric',
  })
  return time => {
    const at = Object.fromEntries(format.formatToParts(time).map(({ type, value }) => [type, Number(value)])) as Record<string, number>
    const { year = 0, month = 0, day = 0, hour = 0, minute = 0 } = at
    return { month, day, hour, minute, weekday: new Date(Date.UTC(year, month - 1, day)).getUTCDay() }
  }
}

test('every time is what the clocks of the place show, or follows a time that they skip; and nothing lies between two', t => {
  fc.assert(fc.property(crons, zones, times, (text, timeZone, from) => {
    const cron = cronOf(text)
    const shown = wallClock(timeZone)
    const isShown = (time: number): boolean => {
      const { month, day, hour, minute, weekday } = shown(time)
      return minute === cron.minute && cron.hours.has(hour) && isDay(cron, day, month, weekday)
    }
    const fire = fireAfter(cron, timeZone, from) ?? NaN
    t.true(fire > from)
    // Within the hours in which clocks were put forward or back anything may be shown.
    const offset = (time: number): number => (shown(time).hour * 60 + shown(time).minute - Math.floor(time / 60_000)) % 1440
    const around = [-26, -14, 0, 14, 26].map(hours => hours * 3_600_000)
    const isQuiet = (time: number): boolean => new Set(around.map(away => (offset(time + away) + 1440) % 1440)).size === 1
    if (isQuiet(fire)) t.true(isShown(fire), `${text} ${timeZone} ${new Date(fire).toISOString()}`)
    const minute = Math.ceil((from + 1) / 60_000) * 60_000
    for (let time = minute; time < Math.min(fire, minute + 26 * 3_600_000); time += 60_000) {
      if (isShown(time) && isQuiet(time)) t.fail(`${text} ${timeZone}: ${new Date(time).toISOString()} was passed over`)
    }
    t.is(fireUntil(cron, timeZone, fire), fire)
    t.true((fireUntil(cron, timeZone, fire - 1) ?? 0) <= from)
  }), { numRuns: 60, seed: 7 })
})

test('two times of a day that is due each day are apart by 22 to 26 hours, whatever is done to the clocks', t => {
  const daily = fc.tuple(fc.integer({ min: 0, max: 59 }), fc.integer({ min: 0, max: 23 })).map(([minute, hour]) => `${minute} ${hour} * * *`)
  const without = zones.filter(zone => zone !== 'Pacific/Apia')
  fc.assert(fc.property(daily, without, times, (text, timeZone, from) => {
    const cron = cronOf(text)
    for (let n = 0, time = fireAfter(cron, timeZone, from) ?? NaN; n < 20; n++) {
      const next = fireAfter(cron, timeZone, time) ?? NaN
      t.true(next - time >= 22 * 3_600_000 && next - time <= 26 * 3_600_000)
      time = next
    }
  }), { numRuns: 100, seed: 8 })
})

test('a time zone is one of the database, and no offset', t => {
  for (const zone of ['UTC', 'Europe/Berlin', 'America/Argentina/Buenos_Aires']) t.true(isTimeZone(zone), zone)
  for (const zone of ['Europe/Bonn', '+02:00', '', 'Mars', '../etc']) t.false(isTimeZone(zone), zone)
})
