import { idOf, idPrefixes } from '../../../crds/ids.ts'
import { keyOf } from '../../../crds/kubernetes.ts'
import type { KeptVolume, Snapshot } from '../../../crds/v1alpha1/snapshot.ts'
import { agentOf, conditionOf } from '../../providers/kubevirt/power.ts'
import type { StepContext } from '../../runtime/kind.ts'
import { blocked, type Outcome, ready, waiting } from '../../runtime/outcome.ts'
import { notFound, notReady, titleOf } from '../waiting-for.ts'
import type { Running, SnapshotFacts, Source } from './observe.ts'
import type { Holds } from './holds.ts'

type Context = StepContext<Snapshot, SnapshotFacts>

/**
 * What is kept, and which guest stands still for it, is fixed and on record before anything is done: a process that comes after a crash takes the
 * rest of the same volumes, and knows of a guest that may be frozen. The record is the status that this outcome becomes.
 */
export const beginSnapshot = (holds: Holds) => (context: Context): Outcome => {
  const { object, facts } = context
  if (object.status?.volumes !== undefined) return ready
  const missing = awaitSources(context)
  if (missing.kind !== 'ready') return missing
  const unable = facts.sources.filter(({ snapshotClass }) => snapshotClass === undefined)
  if (unable.length > 0) return notSupported(unable)
  const running = freezable(facts)
  if (running === undefined) return waiting('Snapshotting', `${facts.id} is being taken`, 1)
  const key = keyOf(running.instance.metadata)
  const [other] = facts.freezing(key)
  if (other !== undefined || !holds.take(key, object.metadata.uid, facts.isThere)) return waitingFor(running, other)
  return waiting('Freezing', `the guest of ${titleOf('Instance', running.instance.metadata.name)} is asked to hold its filesystems still`, 1)
}

/** One snapshot at a time has a guest: the end of one would let the guest write under the other. */
export const waitingFor = ({ instance }: Running, other?: Snapshot): Outcome =>
  waiting('Pending', `waiting for ${other === undefined ? 'another snapshot' : titleOf('Snapshot', other.metadata.name)} of ${
    titleOf('Instance', instance.metadata.name)}`, 1000)

/** The machine whose guest can be asked: the only one that runs on the sources, with an agent that answers, and not paused. */
export const freezable = ({ running }: SnapshotFacts): Running | undefined => {
  const [only, ...others] = running
  if (only === undefined || others.length > 0) return undefined
  return agentOf(only.run)?.connected === true && conditionOf(only.run.status.conditions, 'Paused')?.status !== 'True' ? only : undefined
}

/** The plan as the status records it. */
export const planOf = ({ sources }: SnapshotFacts): KeptVolume[] => sources.map(({ volume, deviceName, claim }) => {
  const size = claim?.status.capacity ?? claim?.spec.requested
  return {
    volumeID: idOf(idPrefixes.volume, volume.metadata.uid),
    volumeName: volume.metadata.name,
    deviceName: deviceName ?? '',
    encrypted: volume.spec.encrypted,
    ...size === undefined ? {} : { size },
    state: 'pending' as const,
  }
})

const awaitSources = ({ object: { spec, metadata }, facts }: Context): Outcome => {
  const { instance, sources } = facts
  if (spec.volumeRef !== undefined && sources.length === 0) return notFound('Volume', spec.volumeRef.name, metadata.namespace)
  if (spec.instanceRef !== undefined) {
    if (instance === undefined) return notFound('Instance', spec.instanceRef.name, metadata.namespace)
    if (instance.metadata.deletionTimestamp !== undefined || sources.length === 0) return notReady(instance, 'Instance')
  }
  const unmade = sources.find(({ claim }) => claim?.status.phase !== 'Bound')
  return unmade === undefined ? ready : waiting('DependencyNotReady',
    `waiting for ${titleOf('Volume', unmade.volume.metadata.name)}, which holds no bytes yet: it is made when an instance first starts with it`)
}

/** What has to be done first, by the platform or by the account. */
export const notSupported = (unable: readonly Source[]): Outcome => {
  const [first] = unable
  return blocked('SnapshotsNotSupported', `the storage of ${titleOf('Volume', first?.volume.metadata.name ?? '')} (StorageClass "${
    first?.claim?.spec.storageClassName ?? ''}") takes no snapshots: have the platform team add a VolumeSnapshotClass for its driver, or copy the data in a guest to a Volume of another volumeType, and take that one's`)
}
