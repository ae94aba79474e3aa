import fc from 'fast-check'
import test from 'ava'
import type { Snapshot } from '../../../crds/v1alpha1/snapshot.ts'
import { type SnapshotSchedule, snapshotScheduleSpec, type SnapshotScheduleStatus } from '../../../crds/v1alpha1/snapshot-schedule.ts'
import { violationsOf } from '../../../webhooks/verdicts/index.ts'
import { aView } from '../../../webhooks/verdicts/samples.ts'
import { made, recordingContext } from '../recording-context.ts'
import { dueOf, inForceOf, nextDue } from './due.ts'
import type { SnapshotScheduleFacts, Target } from './observe.ts'
import { ageMs, failedKeptMs, retentionOf } from './retention.ts'
import { isSelected } from './selector.ts'
import { snapshotScheduleStatus } from './status.ts'
import { snapshotScheduleSteps } from './steps.ts'
import { policyIDOf, type Taken, takenName, takenOf } from './store.ts'
import { buildTaken } from './take.ts'

const hour = 3_600_000
const midnight = Date.UTC(2026, 0, 10)
const at = (time: number): string => new Date(time).toISOString().replace('.000', '')

const aSchedule = (spec: object = {}, status: SnapshotScheduleStatus | undefined = undefined): SnapshotSchedule => ({
  apiVersion: 'kumulus.dev/v1alpha1', kind: 'SnapshotSchedule',
  metadata: { name: 'nightly', namespace: 'team-a', uid: 'uid-nightly', resourceVersion: '1', generation: 1, creationTimestamp: '2026-01-01T12:00:00Z' },
  spec: snapshotScheduleSpec.parse({ selector: {}, schedule: '0 3 * * *', retain: { count: 7 }, ...spec }),
  ...status === undefined ? {} : { status },
})
const seen = (more: Partial<SnapshotScheduleStatus> = {}): SnapshotScheduleStatus =>
  ({ observedGeneration: 1, policyID: 'policy-1', inForce: { schedule: '0 3 * * *', timeZone: 'UTC', since: '2026-01-01T12:00:00Z' }, ...more })

const policyID = policyIDOf(aSchedule())
const target = (digit = 'a', more: Partial<Target> = {}): Target =>
  ({ id: `vol-${digit.repeat(17)}`, name: `disk-${digit}`, created: '', tags: {}, obstacle: undefined, ...more })
const taken = (time: number, state: 'pending' | 'completed' | 'error' = 'completed', digit = 'a', volumes = true): Taken => {
  const of = target(digit)
  const snapshot = made(aSchedule(), buildTaken(aSchedule(), policyID, time, of)) as unknown as Snapshot
  const found = takenOf(policyID, { ...snapshot, status: { observedGeneration: 1, state, ...volumes ? { volumes: [] } : {} } })
  if (found === undefined) throw new Error('it is not known again')
  return found
}
const facts = (more: Partial<SnapshotScheduleFacts> = {}): SnapshotScheduleFacts => {
  const all = more.taken ?? []
  return {
    id: policyID, violations: [], targets: [target()], selected: 1, taken: all, takenFrom: id => all.filter(({ targetID }) => targetID === id),
    isThere: () => true, isTaken: () => false, usersOf: () => [], ...more,
  }
}

test('a snapshot is known by its name alone as one of its schedule, of its target and of its time', t => {
  fc.assert(fc.property(fc.integer({ min: 0, max: 60_000_000 }), fc.constantFrom('0', '9', 'f'), (minute, digit) => {
    const name = takenName(policyID, minute * 60_000, target(digit).id)
    const snapshot = { metadata: { name } } as Snapshot
    t.like(takenOf(policyID, snapshot), { time: minute * 60_000, targetID: target(digit).id })
    t.true(name.length <= 63)
    t.is(takenOf('policy-0', snapshot), undefined)
  }))
  for (const name of ['nightly', `${policyID}-mine`, `${policyID}-20261399t9999z-${target().id}`, `${policyID}-20260110t0000z-vol-1`]) {
    t.is(takenOf(policyID, { metadata: { name } } as Snapshot), undefined, name)
  }
})

test('of several times that were missed the last alone is made up for, and the others are counted', t => {
  const schedule = aSchedule({}, seen({ lastScheduleTime: '2026-01-05T03:00:00Z' }))
  t.deepEqual(dueOf(schedule, midnight), { time: Date.UTC(2026, 0, 9, 3), missed: 3, isLate: false })
  t.is(dueOf(schedule, Date.UTC(2026, 0, 6, 3) - 1), undefined)
  t.is(nextDue(schedule, midnight), Date.UTC(2026, 0, 10, 3))
  t.is(dueOf(aSchedule({ schedule: '0 * * * *' }, seen({ inForce: { schedule: '0 * * * *', timeZone: 'UTC', since: '2025-01-01T00:00:00Z' } })), midnight)?.missed, 100)
  t.true(dueOf(aSchedule({ startingDeadlineSeconds: 60 }, seen()), midnight)?.isLate)
  t.false(dueOf(aSchedule({ startingDeadlineSeconds: 60 }, seen()), Date.UTC(2026, 0, 9, 3, 1))?.isLate)
})

test('a new schedule counts from its creation, a changed one from its change, one that goes on from then', t => {
  t.is(dueOf(aSchedule(), Date.UTC(2026, 0, 2, 3))?.time, Date.UTC(2026, 0, 2, 3))
  t.is(dueOf(aSchedule(), Date.UTC(2026, 0, 2, 2, 59)), undefined)
  for (const change of [{ schedule: '0 2 * * *' }, { timeZone: 'Asia/Tokyo' }]) {
    t.is(dueOf(aSchedule(change, seen({ lastScheduleTime: '2026-01-08T03:00:00Z' })), midnight), undefined)
    t.is(inForceOf(aSchedule(change, seen()), midnight).since, at(midnight))
  }
  const { inForce: _, ...suspended } = seen({ lastScheduleTime: '2026-01-05T03:00:00Z' })
  t.is(dueOf(aSchedule({}, suspended), midnight), undefined)
})

test('a clock that is put back brings no time again, and one that was years ahead does not silence the schedule', t => {
  t.is(dueOf(aSchedule({}, seen({ lastScheduleTime: '2026-01-10T03:00:00Z' })), Date.UTC(2026, 0, 10, 2, 59)), undefined)
  t.is(nextDue(aSchedule({}, seen({ lastScheduleTime: '2026-01-10T03:00:00Z' })), Date.UTC(2026, 0, 10, 2, 59)), Date.UTC(2026, 0, 11, 3))
  t.is(nextDue(aSchedule({}, seen({ lastScheduleTime: '2040-01-10T03:00:00Z' })), midnight), Date.UTC(2026, 0, 10, 3))
})

test('the newest, so many as are to be kept, and all that are younger stay; of the others the oldest goes first', t => {
  const list = fc.uniqueArray(fc.integer({ min: 1, max: 400 }), { maxLength: 30 }).map(ages => ages.map(age => taken(midnight - age * hour)))
  const retains = fc.record({ count: fc.integer({ min: 1, max: 20 }), age: fc.constantFrom('1h', '5h', '3d', '1w') }, { requiredKeys: [] })
  fc.assert(fc.property(list, retains, (all, retain) => {
    const { expired, next } = retentionOf(all, retain, () => true, midnight)
    const left = all.filter(each => !expired.includes(each))
    t.true(left.length >= Math.min(all.length, retain.count ?? 1))
    t.true(expired.every(({ time }) => left.every(kept => kept.time > time)))
    t.deepEqual(expired.map(({ time }) => time), expired.map(({ time }) => time).toSorted((a, b) => a - b))
    const { age } = retain
    if (age !== undefined) t.true(expired.every(({ time }) => midnight - time >= ageMs(age)))
    if (age === undefined) t.is(left.length, Math.min(all.length, retain.count ?? 1))
    // When it says that the next one goes, that one goes, and not before.
    if (next === undefined) return
    t.is(retentionOf(left, retain, () => true, next - 1).expired.length, 0)
    t.true(retentionOf(left, retain, () => true, next).expired.length > 0)
  }), { numRuns: 200, seed: 3 })
})

test('each target has its own count, and what failed or can\'t be any more goes beside it', t => {
  const all = [
    taken(1 * hour), taken(2 * hour), taken(3 * hour, 'completed', 'b'), taken(4 * hour, 'error'), taken(5 * hour, 'error'),
    taken(6 * hour, 'pending', 'c', false), taken(7 * hour, 'pending', 'c'), taken(8 * hour, 'pending', 'a', false),
  ]
  const gone = (digit: string) => (id: string) => id !== target(digit).id
  t.deepEqual(retentionOf(all, { count: 1 }, gone('c'), 9 * hour).expired.map(({ time }) => time / hour), [1, 4, 6])
  t.is(retentionOf(all, { count: 1 }, gone('c'), 9 * hour).next, 5 * hour + failedKeptMs)
})

test('a selector is understood as Kubernetes understands one, and tags beside', t => {
  const marks = { labels: { app: 'web', tier: '' }, tags: { Backup: 'gold' } }
  const yes = (selector: object) => t.true(isSelected(selector, marks), JSON.stringify(selector))
  const no = (selector: object) => t.false(isSelected(selector, marks), JSON.stringify(selector))
  const expression = (key: string, operator: string, ...values: string[]) =>
    ({ matchExpressions: [{ key, operator, ...values.length > 0 ? { values } : {} }] })
  for (const selector of [{}, { matchLabels: { app: 'web' }, matchTags: { Backup: 'gold' } }, expression('app', 'In', 'db', 'web'), expression('zone', 'NotIn', 'a'),
    expression('tier', 'Exists'), expression('zone', 'DoesNotExist')]) yes(selector)
  for (const selector of [{ matchLabels: { Backup: 'gold' } }, { matchTags: { app: 'web' } }, { matchLabels: { app: 'web', zone: 'a' } }, expression('app', 'NotIn', 'web'),
    expression('toString', 'Exists'), expression('tier', 'DoesNotExist'), expression('zone', 'In', 'a'), { matchTags: { constructor: '' } }]) no(selector)
})

test('tags are copied as far as there is room, and those to be added come first', t => {
  const many = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`k${String(index).padStart(2, '0')}`, 'v']))
  const tagsOf = (spec: object) => (buildTaken(aSchedule(spec), policyID, 0, target('a', { tags: many })).spec as { tags?: Record<string, string> }).tags ?? {}
  const tags = tagsOf({ tagsToAdd: { By: 'us', k00: 'ours' } })
  t.like(tags, { By: 'us', k00: 'ours', k48: 'v', k49: undefined })
  t.is(Object.keys(tags).length, 50)
  t.deepEqual(tagsOf({ copyTags: false }), {})
})

const starting = seen({ history: [{ scheduledTime: at(midnight), state: 'starting' }], lastScheduleTime: at(midnight) })
const running = (more: Partial<SnapshotScheduleFacts>, object = aSchedule({}, starting)) =>
  ({ ...recordingContext(object, facts(more), [object]), now: midnight + 1000 })

test('never two are taken of one target at once: the others are, and the status says why it was left out', async t => {
  const before = taken(midnight - hour, 'pending')
  const context = running({ targets: [target(), target('b')], selected: 2, taken: [before] })
  t.is((await snapshotScheduleSteps['take']?.(context))?.kind, 'ready')
  t.deepEqual(context.recording.acts.filter(act => act.startsWith('apply')), [`apply Snapshot team-a/${takenName(policyID, midnight, target('b').id)}`])
  const after = facts({ ...context.facts, taken: [before, taken(midnight, 'completed', 'b')], takenFrom: id => id === target().id ? [before] : [taken(midnight, 'completed', 'b')] })
  const status = snapshotScheduleStatus({ object: context.object, facts: after, outcome: { kind: 'ready' }, outcomes: { take: { kind: 'ready' } }, now: context.now })
  t.like(status.history?.[0], {
    state: 'partial', selected: 2, taken: 1, completed: 1, message: `not taken: Volume "disk-a" (Snapshot "${before.snapshot.metadata.name}" of it is still being taken)`,
  })
})

test('a run that an old list showed without its snapshots, or one of which came right later, is what it has come to; it never becomes less', t => {
  const object = (history: object) => aSchedule({}, seen({ lastScheduleTime: at(midnight), history: [{ scheduledTime: at(midnight), state: 'running', selected: 2, taken: 2, ...history }] }))
  const run = (history: object, ...all: Taken[]) => snapshotScheduleStatus(
    { object: object(history), facts: facts({ taken: all, selected: 2 }), outcome: { kind: 'ready' }, outcomes: {}, now: midnight + hour }).history?.[0]
  const over = run({})
  t.like(over, { state: 'failed', completed: 0 })
  t.like(run({}, taken(midnight), taken(midnight, 'error', 'b')), { state: 'partial', completed: 1, failed: [takenName(policyID, midnight, target('b').id)] })
  t.like(run({ ...over }, taken(midnight), taken(midnight, 'error', 'b')), { state: 'partial', completed: 1, failed: { length: 1 } })
  const done = run({ ...over }, taken(midnight), taken(midnight, 'completed', 'b'))
  t.like(done, { state: 'completed', completed: 2, failed: undefined })
  t.deepEqual(run({ ...done }, taken(midnight)), done)
  t.like(run({}, taken(midnight), taken(midnight, 'pending', 'b')), { state: 'running', completed: undefined })
})

test('a process that has an old list asks for nothing again', async t => {
  const context = running({})
  const newer = { ...context.object, status: seen({ history: [{ scheduledTime: at(midnight), state: 'running' }] }) }
  const stale = { ...recordingContext(context.object, context.facts, [newer]), now: midnight }
  await t.throwsAsync(async () => snapshotScheduleSteps['take']?.(stale), { message: /behind/ })
  t.deepEqual(stale.recording.acts.filter(act => act.startsWith('apply')), [])
})

test('what is in use or suspended is not let go, the rest is', async t => {
  const all = [taken(1 * hour), taken(2 * hour), taken(3 * hour)]
  const names = all.map(({ snapshot }) => snapshot.metadata.name)
  const removals = async (spec: object) => {
    const context = recordingContext(aSchedule({ retain: { count: 1 }, ...spec }), facts({ taken: all, usersOf: ({ metadata }) => metadata.name === names[0] ? ['Image "x"'] : [] }))
    await snapshotScheduleSteps['prune']?.(context)
    return context.recording.acts
  }
  t.deepEqual(await removals({}), [`remove Snapshot team-a/${names[1]}`])
  t.deepEqual(await removals({ suspend: true }), [])
})

test('who selects more than is taken at a time is told so', async t => {
  const outcome = await snapshotScheduleSteps['limit']?.(recordingContext(aSchedule(), facts({ selected: 1001 })))
  t.like(outcome, { kind: 'blocked', reason: 'TooManySelected', message: '1001 Volumes are selected and the oldest 1000 are taken: make several schedules of it, with narrower selectors' })
})

test('a schedule that is never due and a zone that is nowhere are refused at the door, with the field and the way out', t => {
  const said = (spec: object) => violationsOf(aSchedule(spec), undefined, aView()).map(({ field, message }) => `${field}: ${message}`)
  t.deepEqual(said({}), [])
  t.regex(said({ schedule: '0 3 31 2 *' }).join(), /^spec\.schedule: "0 3 31 2 \*" is never due.*; for example 0 3 \* \* \* is each day at three$/)
  t.regex(said({ timeZone: 'Europe/Bonn' }).join(), /^spec\.timeZone: there is no time zone Europe\/Bonn: name one of the time zone database, for example Europe\/Berlin, or UTC$/)
})
