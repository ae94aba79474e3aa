import { apiVersionOf } from '../../../crds/kubernetes.ts'
import { snapshot, type Snapshot } from '../../../crds/v1alpha1/snapshot.ts'
import { type ScheduledRun, snapshotSchedule, type SnapshotSchedule } from '../../../crds/v1alpha1/snapshot-schedule.ts'
import { ApiError } from '../../runtime/api-error.ts'
import type { StepContext } from '../../runtime/kind.ts'
import { NameConflictError, StillDeletingError } from '../../runtime/name-conflict.ts'
import { type Outcome, ready } from '../../runtime/outcome.ts'
import { titleOf } from '../waiting-for.ts'
import { isLate } from './due.ts'
import type { SnapshotScheduleFacts, Target } from './observe.ts'
import { takenName } from './store.ts'

type Context = StepContext<SnapshotSchedule, SnapshotScheduleFacts>
type Facts = SnapshotScheduleFacts

/** The time for which snapshots are being asked for. */
export const startingRun = ({ status }: SnapshotSchedule): ScheduledRun | undefined => status?.history?.find(({ state }) => state === 'starting')

/**
 * Asks for a Snapshot of each target. Whom one fails does not keep the others waiting. What is there already is left alone, and what others have
 * under its
 * name too: the status says of whom there is none.
 */
export const takeTargets = async (context: Context): Promise<Outcome> => {
  const { object, facts, apply, event, now } = context
  const run = startingRun(object)
  if (run === undefined || object.spec.suspend) return ready
  const time = Date.parse(run.scheduledTime)
  if (isLate(object, time, now)) return ready
  await checkLive(context, run)
  const failures: ApiError[] = []
  for (const target of facts.targets.filter(each => obstacleAt(time, each, facts) === undefined && !isTakenAt(time, each, facts))) {
    await apply(buildTaken(object, facts.id, time, target)).catch((error: unknown) => {
      if (error instanceof ApiError) failures.push(error)
      else if (error instanceof NameConflictError || error instanceof StillDeletingError) event('Warning', 'NameConflict', error.message)
      else throw error
    })
  }
  if (failures[0] !== undefined) throw failures[0]
  return ready
}

/** A process that has just started may list what was a while ago: what was deleted since would be made again, of another moment. */
const checkLive = async ({ object, read }: Context, run: ScheduledRun): Promise<void> => {
  const { name, namespace = '', uid } = object.metadata
  const live = await read(snapshotSchedule, { name, namespace }) as SnapshotSchedule | undefined
  if (live?.metadata.uid !== uid || startingRun(live)?.scheduledTime !== run.scheduledTime) {
    throw new Error('the cache is behind: these snapshots were asked for already')
  }
}

export const isTakenAt = (time: number, target: Target, { takenFrom }: Facts): boolean => takenFrom(target.id).some(each => each.time === time)

/** Why there can be no snapshot of it for this time, in words: never two are taken of one target at once. */
export const obstacleAt = (time: number, target: Target, { takenFrom }: Facts): string | undefined => {
  const before = takenFrom(target.id).find(each => each.time !== time && isPending(each.snapshot))
  return target.obstacle ?? (before === undefined ? undefined : `${titleOf('Snapshot', before.snapshot.metadata.name)} of it is still being taken`)
}

/** It is neither there to be used nor has it failed. */
export const isPending = ({ metadata, status }: Snapshot): boolean =>
  metadata.deletionTimestamp === undefined && status?.state !== 'completed' && status?.state !== 'error'

/** With the words of Data Lifecycle Manager. It is nobody's dependant: it stays when its schedule goes. */
export const buildTaken = (schedule: SnapshotSchedule, policyID: string, time: number, target: Target) => {
  const { spec, metadata } = schedule
  const tags = tagsOf(spec, target)
  const ref = { name: target.name }
  return {
    apiVersion: apiVersionOf(snapshot),
    kind: snapshot.kind,
    metadata: { name: takenName(policyID, time, target.id), namespace: metadata.namespace ?? '' },
    spec: {
      ...spec.resourceType === 'Volume' ? { volumeRef: ref } : { instanceRef: ref },
      description: `Created for policy: ${policyID} schedule: ${metadata.name}`.slice(0, 255),
      ...Object.keys(tags).length === 0 ? {} : { tags },
    },
  }
}

/** An object has 50 at most. */
const mostTags = 50

const tagsOf = ({ copyTags, tagsToAdd = {} }: SnapshotSchedule['spec'], { tags }: Target): Record<string, string> => {
  const copied = copyTags ? Object.entries(tags).filter(([key]) => !Object.hasOwn(tagsToAdd, key)).sort(([a], [b]) => a < b ? -1 : 1) : []
  return Object.fromEntries([...Object.entries(tagsToAdd), ...copied].slice(0, mostTags))
}
