import { keyOf } from '../../../crds/kubernetes.ts'
import type { Snapshot } from '../../../crds/v1alpha1/snapshot.ts'
import { machineSubresources } from '../../providers/kubevirt/resources.ts'
import { ApiError, isConflict, isNotFound } from '../../runtime/api-error.ts'
import type { StepContext } from '../../runtime/kind.ts'
import { type Outcome, ready, waiting } from '../../runtime/outcome.ts'
import type { Holds } from './holds.ts'
import type { SnapshotFacts } from './observe.ts'
import { freezable, waitingFor } from './plan.ts'

type Context = StepContext<Snapshot, SnapshotFacts>

/**
 * How long a guest stands still at most, in milliseconds, whatever becomes of us: what writes in it waits as long. Windows' own limit for the same
 * is a minute too.
 */
export const freezeTimeoutMs = 60_000

/** When a guest that is being frozen goes on by itself at the latest, milliseconds since the epoch. */
export const freezeEnd = ({ status }: Snapshot): number => Date.parse(status?.freeze?.startTime ?? '') + freezeTimeoutMs

/** How long a guest that doesn't is asked again: the rest of its time is the storage's. */
const askingTimeMs = freezeTimeoutMs / 2
const askAgainMs = 5000

/**
 * Stops the guest's writes, or says that it can't be done: then the snapshot is as after a power cut. What fails is often over soon (an agent that is
 * just being started, another backup in a Windows guest), so that it is asked again for half of the time. A guest that is frozen already would only
 * stay so for what is left of somebody's earlier timeout, so that it is let go first. Source: kubevirt v1.9.0,
 * pkg/virt-launcher/virtwrap/storage/fsfreeze.go.
 */
export const freezeGuest = async (context: Context, holds: Holds): Promise<Outcome> => {
  const { object, facts, act, event, now } = context
  const running = freezable(facts)
  const why = failureBefore(object)
  if (!isStillAlone(object, facts)) return failed('its machine doesn\'t run any more, or another has the volume too')
  if (running === undefined) return retryOr(object, now, 'no guest agent answers any more')
  if (!holds.take(keyOf(running.instance.metadata), object.metadata.uid, facts.isThere)) return waitingFor(running)
  if (now > askingEnd(object)) {
    // So late after the record, say after a crash, nobody could tell how long the guest stands still: it is recorded anew.
    return why === undefined ? waiting('Freezing', 'the guest is asked to hold its filesystems still', 1) : failed(why)
  }
  try {
    await act(machineSubresources, targetOf(object), 'unfreeze')
    await act(machineSubresources, targetOf(object), 'freeze', { unfreezeTimeout: `${freezeTimeoutMs / 1000}s` })
    return ready
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    event('Warning', 'FreezeFailed', error.message)
    return retryOr(object, now, error.message)
  }
}

const askingEnd = (snapshot: Snapshot): number => freezeEnd(snapshot) - freezeTimeoutMs + askingTimeMs

/** The machine that the record speaks of runs, and no other has the volumes. */
const isStillAlone = ({ status }: Snapshot, { running: [only, ...others] }: SnapshotFacts): boolean =>
  others.length === 0 && only !== undefined && only.instance.metadata.name === status?.freeze?.instanceName

const retryOr = (snapshot: Snapshot, now: number, why: string): Outcome =>
  now + askAgainMs < askingEnd(snapshot) ? waiting('FreezeRetrying', `${asking}${why}`, askAgainMs) : failed(why)

const asking = 'the guest could not hold its filesystems still and is asked again: '

/** Why it could not when it was asked last. */
const failureBefore = ({ status }: Snapshot): string | undefined => {
  const before = status?.conditions?.find(({ type, reason }) => type === 'Ready' && reason === 'FreezeRetrying')?.message
  return before?.startsWith(asking) === true ? before.slice(asking.length) : before
}

/** Lets the guest go on. Harmless where it does already; what can't be reached for longer than the timeout goes on by itself. */
export const thawGuest = async ({ object, act, event, now }: Context): Promise<Outcome> => {
  try {
    await act(machineSubresources, targetOf(object), 'unfreeze')
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    // No machine, or none that runs: nothing stands still.
    if (isNotFound(error) || isConflict(error)) return ready
    if (now < freezeEnd(object) + graceMs) throw error
    event('Warning', 'ThawFailed', `the guest did not answer when it was to go on, and does so by itself: ${error.message}`)
  }
  return ready
}

const graceMs = 30_000

const failed = (why: string): Outcome => waiting('FreezeFailed', `the guest could not hold its filesystems still, the snapshot is as after a power cut: ${why}`, 1)

const targetOf = ({ metadata, status }: Snapshot) => ({ name: status?.freeze?.instanceName ?? '', namespace: metadata.namespace ?? '' })
