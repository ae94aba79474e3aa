import { snapshot } from '../../../crds/v1alpha1/snapshot.ts'
import type { SnapshotSchedule } from '../../../crds/v1alpha1/snapshot-schedule.ts'
import { ApiError } from '../../runtime/api-error.ts'
import type { Step, StepContext } from '../../runtime/kind.ts'
import { blocked, type Outcome, ready, readyFor, waiting } from '../../runtime/outcome.ts'
import { dueOf, nextDue } from './due.ts'
import { mostTargets, type SnapshotScheduleFacts } from './observe.ts'
import { retentionOf } from './retention.ts'
import { takeTargets } from './take.ts'

type Context = StepContext<SnapshotSchedule, SnapshotScheduleFacts>

const check = ({ facts: { violations } }: Context): Outcome => violations.length === 0 ? ready : blocked('InvalidSpec', violations.join('; '))

/**
 * Lets go what is beyond its time, before more is made: an account may have room for so many only. What is needed stays until it isn't, and what
 * could not be
 * deleted never keeps the next snapshots from being taken.
 */
const prune = async ({ object, facts, remove, event, now }: Context): Promise<Outcome> => {
  if (object.spec.suspend) return ready
  const { expired, next } = retentionOf(facts.taken, object.spec.retain, facts.isThere, now)
  const failures: string[] = []
  for (const each of expired) {
    if (facts.usersOf(each.snapshot).length > 0) continue
    await remove(snapshot, each.snapshot).catch((error: unknown) => {
      if (!(error instanceof ApiError)) throw error
      failures.push(error.message)
    })
  }
  if (failures[0] !== undefined) event('Warning', 'RetentionFailed', failures[0])
  return readyFor(failures.length > 0 ? retryMs : wakeIn(next, now))
}

/**
 * That a time has come is on record, in the status that this outcome becomes, before anything is made: a process that comes after a crash goes on
 * with it.
 */
const begin = ({ object, now }: Context): Outcome => {
  if (object.spec.suspend) return ready
  const due = dueOf(object, now)
  return due === undefined || due.isLate ? readyFor(wakeIn(nextDue(object, now), now)) : waiting('Starting', 'snapshots are being asked for', 1)
}

const limit = ({ object: { spec }, facts: { selected } }: Context): Outcome => selected <= mostTargets ? ready : blocked('TooManySelected',
  `${selected} ${spec.resourceType}s are selected and the oldest ${mostTargets} are taken: make several schedules of it, with narrower selectors`)

const retryMs = 60_000

const wakeIn = (time: number | undefined, now: number): number | undefined =>
  time === undefined ? undefined : Math.max(time - now, 1)

export const snapshotScheduleSteps: Readonly<Record<string, Step<SnapshotSchedule, SnapshotScheduleFacts>>> =
  { check, prune, begin, take: takeTargets, limit }
