import { keyOf, type Condition } from '../../../crds/kubernetes.ts'
import { formatBytes, parseQuantity } from '../../../crds/quantity.ts'
import type { KeptVolume, Snapshot, SnapshotStatus } from '../../../crds/v1alpha1/snapshot.ts'
import { condition, conditionsOf, timestamp } from '../../runtime/conditions.ts'
import type { StatusInput } from '../../runtime/kind.ts'
import { consistencyOf } from './consistency.ts'
import type { Kept, SnapshotFacts } from './observe.ts'
import { freezable, planOf } from './plan.ts'
import { sharesOf, unshared } from './sharing.ts'
import { isFreezing } from './store.ts'

type Input = StatusInput<Snapshot, SnapshotFacts>

export const snapshotStatus = (input: Input): SnapshotStatus => {
  const { object, facts, outcome, now } = input
  const generation = object.metadata.generation ?? 0
  const volumes = volumesOf(input)
  const state = stateOf(input)
  const size = sizeOf(volumes)
  const startTime = object.status?.startTime ?? volumes.map(each => each.startTime).filter(time => time !== undefined).sort()[0]
  const completionTime = object.status?.completionTime ?? (state === 'completed' ? timestamp(now) : undefined)
  const { consistency, consistencyMessage } = consistencyOf(input)
  const freeze = freezeOf(input)
  const shares = sharesOf(object, facts.namespaceOf)
  return {
    observedGeneration: generation,
    conditions: [
      ...conditionsOf({ previous: object.status?.conditions, generation, outcome, now, readyReason: 'Completed' }), ...apartOf(input, volumes, consistency), ...sharedOf(input, shares),
    ],
    snapshotID: facts.id,
    state,
    ...volumes.length === 0 ? {} : { progress: progressOf(volumes, state), volumes },
    ...size === undefined ? {} : { size },
    ...startTime === undefined ? {} : { startTime },
    ...completionTime === undefined ? {} : { completionTime },
    ...consistency === undefined ? {} : { consistency },
    ...consistencyMessage === undefined ? {} : { consistencyMessage },
    ...freeze === undefined ? {} : { freeze },
    ...shares.length === 0 ? {} : { sharedWith: shares },
  }
}

/** Completed once is completed for good, unless what was kept is gone. */
const stateOf = ({ object, outcome }: Input): NonNullable<SnapshotStatus['state']> => {
  if (outcome.kind === 'blocked') return object.status?.state === 'completed' && outcome.reason !== 'SnapshotLost' ? 'completed' : 'error'
  if (object.status?.state === 'completed' || (outcome.kind === 'ready' && object.metadata.deletionTimestamp === undefined)) return 'completed'
  return object.status?.state === 'error' && object.metadata.deletionTimestamp !== undefined ? 'error' : 'pending'
}

/** The plan is recorded once, by the outcome of the step that makes it; after that it is only filled in. */
const volumesOf = ({ object, facts, outcome }: Input): KeptVolume[] => {
  if (object.status?.volumes !== undefined) return facts.kept.map(filledIn)
  return outcome.kind === 'waiting' && (outcome.reason === 'Freezing' || outcome.reason === 'Snapshotting') ? planOf(facts) : []
}

const filledIn = ({ plan, snapshot }: Kept): KeptVolume => {
  const { size: planned, startTime: before, state: _, ...rest } = plan
  const size = snapshot?.status.restoreSize ?? planned
  const startTime = before ?? snapshot?.status.creationTime
  const state = snapshot?.status.readyToUse === true ? 'completed' : snapshot === undefined && startTime !== undefined ? 'error' : 'pending'
  return { ...rest, ...size === undefined ? {} : { size }, ...startTime === undefined ? {} : { startTime }, state }
}

const sizeOf = (volumes: readonly KeptVolume[]): string | undefined => {
  const sizes = volumes.flatMap(({ size }) => size === undefined ? [] : [size])
  if (sizes.length === 0) return undefined
  return sizes.length === 1 ? sizes[0] : formatBytes(sizes.map(parseQuantity).reduce((sum, each) => sum + each, 0n))
}

const progressOf = (volumes: readonly KeptVolume[], state: SnapshotStatus['state']): string =>
  state === 'completed' ? '100%' : `${Math.floor(100 * volumes.filter(each => each.state === 'completed').length / volumes.length)}%`

/** Begins with the record, before the guest is asked; ends when it was told to go on, or can't stand still any longer. */
const freezeOf = ({ object, facts, outcome, outcomes, now }: Input): SnapshotStatus['freeze'] => {
  const before = object.status?.freeze
  if (outcome.kind === 'waiting' && outcome.reason === 'Freezing') {
    const instanceName = before?.instanceName ?? freezable(facts)?.instance.metadata.name
    return instanceName === undefined ? before : { instanceName, startTime: timestamp(now) }
  }
  if (before === undefined || !isFreezing(object)) return before
  const { take, thaw } = outcomes
  const isOver = thaw?.kind === 'ready' || (take !== undefined && (take.kind !== 'waiting' || take.reason === 'Thawed'))
  return isOver ? { ...before, endTime: timestamp(now) } : before
}

/** Volumes of a running instance that nobody could hold still are not of one moment: said, with the way out. */
const apartOf = ({ object, facts, now }: Input, volumes: readonly KeptVolume[], consistency: SnapshotStatus['consistency']): Condition[] => {
  const times = volumes.flatMap(({ startTime }) => startTime === undefined ? [] : [Date.parse(startTime)])
  const before = object.status?.conditions?.find(({ type }) => type === 'PointInTime')
  if (before !== undefined) return [before]
  if (volumes.length < 2 || times.length < volumes.length || consistency === undefined) return []
  const isOne = consistency === 'Filesystem' || facts.running.length === 0
  const seconds = Math.ceil((Math.max(...times) - Math.min(...times)) / 1000)
  return [condition({ previous: undefined, generation: object.metadata.generation, now }, 'PointInTime', isOne ? 'True' : 'False', isOne ? 'HeldStill' : 'TakenApart',
    isOne ? '' : `the volumes of ${keyOf(object.metadata)} were taken ${seconds} s apart while its guest wrote: run qemu-guest-agent in it, or stop the instance first`)]
}

/** Whether all who are named may make Volumes of it: a name that nobody has is told of, and not only met by whoever was meant. */
const sharedOf = ({ object, facts, now }: Input, shares: NonNullable<SnapshotStatus['sharedWith']>): Condition[] => {
  if ((object.spec.createVolumePermissions?.namespaces ?? []).length === 0) return []
  const message = unshared(object, shares, facts.namespaceOf)
  const input = { previous: object.status?.conditions, generation: object.metadata.generation, now }
  return [message === '' ? condition(input, 'Shared', 'True', 'Shared', '') : condition(input, 'Shared', 'False', 'NamespaceNotFound', message)]
}
