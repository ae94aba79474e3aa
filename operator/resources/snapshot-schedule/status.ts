import type { Condition } from '../../../crds/kubernetes.ts'
import type { ScheduledRun, SnapshotSchedule, SnapshotScheduleStatus } from '../../../crds/v1alpha1/snapshot-schedule.ts'
import { snapshotScheduleVerdict } from '../../../webhooks/verdicts/snapshot-schedule.ts'
import { condition, conditionsOf, timestamp } from '../../runtime/conditions.ts'
import type { StatusInput } from '../../runtime/kind.ts'
import { type Outcome, ready } from '../../runtime/outcome.ts'
import { namesOf, titleOf } from '../waiting-for.ts'
import { dueOf, inForceOf, nextDue } from './due.ts'
import { historyOf, isOver } from './history.ts'
import type { SnapshotScheduleFacts } from './observe.ts'
import { retentionOf } from './retention.ts'

type Input = StatusInput<SnapshotSchedule, SnapshotScheduleFacts>

export const snapshotScheduleStatus = (input: Input): SnapshotScheduleStatus => {
  const { object, facts, now } = input
  const generation = object.metadata.generation ?? 0
  const outcome = told(input.outcome)
  // It may have changed since the steps were taken.
  const isOn = !object.spec.suspend && snapshotScheduleVerdict(object, undefined, {} as never).length === 0
  const due = isOn ? dueOf(object, now) : undefined
  const next = isOn ? nextDue(object, now) : undefined
  const history = historyOf(input, due)
  const last = due === undefined ? object.status?.lastScheduleTime : timestamp(due.time)
  const success = history.find(({ state }) => state === 'completed')?.scheduledTime ?? object.status?.lastSuccessfulTime
  const previous = object.status?.conditions
  return {
    observedGeneration: generation,
    conditions: [
      ...conditionsOf({ previous, generation, outcome, now, readyReason: object.spec.suspend ? 'Suspended' : 'Enabled' }),
      ...lastRunOf(input, history.find(isOver)),
      ...retentionMet(input),
    ],
    policyID: facts.id,
    state: outcome.kind === 'blocked' ? 'error' : object.spec.suspend ? 'disabled' : 'enabled',
    selected: facts.selected,
    snapshots: facts.taken.length,
    ...last === undefined ? {} : { lastScheduleTime: last },
    ...success === undefined ? {} : { lastSuccessfulTime: success },
    ...next === undefined ? {} : { nextScheduleTime: timestamp(next) },
    ...isOn ? { inForce: inForceOf(object, now) } : {},
    ...history.length === 0 ? {} : { history },
  }
}

/** That a time has come is its daily business: who waits for it to be ready waits for no more. */
const told = (outcome: Outcome): Outcome => outcome.kind === 'waiting' && outcome.reason === 'Starting' ? ready : outcome

const lastRunOf = (input: Input, run: ScheduledRun | undefined): Condition[] => {
  if (run === undefined) return []
  const { scheduledTime, state, completed = 0, selected = 0, message, failed = [] } = run
  const reason = state === 'completed' ? 'AllTaken' : state === 'missed' ? 'Missed' : 'NotAllTaken'
  const count = state === 'missed' ? [] : [`${completed} of ${selected} taken`]
  const failures = failed.length === 0 ? [] : [`failed: ${namesOf(failed.map(name => titleOf('Snapshot', name)))}`]
  const words = `${scheduledTime}: ${[...count, ...message === undefined ? [] : [message], ...failures].join('; ')}`
  return [made(input, 'LastRunSucceeded', state === 'completed' ? 'True' : 'False', reason, words)]
}

/** Said while it does not hold alone. */
const retentionMet = (input: Input): Condition[] => {
  const { object: { spec }, facts, outcomes, now } = input
  if (spec.suspend || outcomes['prune'] === undefined) return []
  const held = retentionOf(facts.taken, spec.retain, facts.isThere, now).expired
    .map(({ snapshot: { metadata }, snapshot }) => ({ title: titleOf('Snapshot', metadata.name), users: facts.usersOf(snapshot) }))
  const inUse = held.filter(({ users }) => users.length > 0).map(({ title, users }) => `${title} (by ${namesOf(users)})`)
  if (inUse.length > 0) return [made(input, 'RetentionMet', 'False', 'SnapshotInUse', `kept beyond their time, because they are in use: ${namesOf(inUse)}`)]
  return held.length === 0 ? []
    : [made(input, 'RetentionMet', 'False', 'RetentionFailed', `could not be deleted yet, its events say why: ${namesOf(held.map(({ title }) => title))}`)]
}

const made = ({ object, now }: Input, type: string, status: Condition['status'], reason: string, message: string): Condition =>
  condition({ previous: object.status?.conditions, generation: object.metadata.generation, now }, type, status, reason, message)
