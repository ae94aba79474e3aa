import type { ScheduledRun, SnapshotSchedule } from '../../../crds/v1alpha1/snapshot-schedule.ts'
import { timestamp } from '../../runtime/conditions.ts'
import type { StatusInput } from '../../runtime/kind.ts'
import { namesOf, titleOf } from '../waiting-for.ts'
import { type Due, isLate } from './due.ts'
import type { SnapshotScheduleFacts } from './observe.ts'
import { isPending, isTakenAt, obstacleAt } from './take.ts'
import { type Taken, takenName } from './store.ts'

type Input = StatusInput<SnapshotSchedule, SnapshotScheduleFacts>

/** So many times are remembered. */
const remembered = 20

/** What the runs have come to, and the one that begins now. @param due - what has come and is on no record yet. */
export const historyOf = (input: Input, due: Due | undefined): ScheduledRun[] => {
  const runs = (input.object.status?.history ?? []).map(run => ended(asked(run, input, due), input))
  const begun = due === undefined || runs.some(({ scheduledTime }) => scheduledTime === timestamp(due.time)) ? [] : [runOf(due, input.now)]
  return [...begun, ...runs].slice(0, remembered)
}

export const isOver = ({ state }: ScheduledRun): boolean => state !== 'starting' && state !== 'running'

const runOf = ({ time, missed, isLate: tooLate }: Due, now: number): ScheduledRun => ({
  scheduledTime: timestamp(time),
  ...tooLate ? { completionTime: timestamp(now), state: 'missed', message: 'it was later than startingDeadlineSeconds allows when it could be begun' }
    : { startTime: timestamp(now), state: 'starting' },
  ...missed === 0 ? {} : { missed },
})

/** From starting to running: all was asked for that could be, or there is no more time to. */
const asked = (run: ScheduledRun, { object, facts, outcomes, now }: Input, due: Due | undefined): ScheduledRun => {
  if (run.state !== 'starting') return run
  const time = Date.parse(run.scheduledTime)
  const isCut = object.spec.suspend || due !== undefined || isLate(object, time, now)
  if (outcomes['take']?.kind !== 'ready' && !isCut) return run
  const left = facts.targets.filter(target => !isTakenAt(time, target, facts))
  const why = left.map(target => `${titleOf(object.spec.resourceType, target.name)} (${obstacleAt(time, target, facts) ??
    (facts.isTaken(takenName(facts.id, time, target.id)) ? 'another Snapshot has its name' : 'it could not be asked for in time')})`)
  const message = why.length > 0 ? `not taken: ${namesOf(why)}` : facts.selected === 0 ? 'nothing is selected' : undefined
  return {
    ...run, state: 'running', selected: facts.selected, taken: ofRun(run, facts).length,
    ...message === undefined ? {} : { message: message.slice(0, longest) },
  }
}

/**
 * From running to its end: nothing is being taken any more. What came of it is never less than was seen: snapshots go in time. It may be more,
 * where one that
 * failed has come right, or where a process saw an old list at first.
 */
const ended = (run: ScheduledRun, { facts, now }: Input): ScheduledRun => {
  if (run.state === 'starting' || run.state === 'missed') return run
  const taken = ofRun(run, facts)
  if (run.state === 'running' && taken.some(({ snapshot }) => isPending(snapshot))) return run
  const completed = taken.filter(({ snapshot }) => snapshot.status?.state === 'completed').length
  if (run.completed !== undefined && completed <= run.completed) return run
  const state = completed === run.selected ? 'completed' : completed === 0 ? 'failed' : 'partial'
  const { failed: _, ...rest } = run
  const failed = taken.filter(({ snapshot }) => snapshot.status?.state === 'error').map(({ snapshot }) => snapshot.metadata.name).sort()
  return {
    ...rest, completionTime: run.completionTime ?? timestamp(now), state, completed,
    ...failed.length === 0 ? {} : { failed: failed.slice(0, mostNames) },
  }
}

const mostNames = 20

const longest = 1024

const ofRun = (run: ScheduledRun, { taken }: SnapshotScheduleFacts): readonly Taken[] =>
  taken.filter(({ time }) => time === Date.parse(run.scheduledTime))
