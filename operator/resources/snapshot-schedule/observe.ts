import { idOf, idPrefixes } from '../../../crds/ids.ts'
import { keyOf } from '../../../crds/kubernetes.ts'
import type { Snapshot } from '../../../crds/v1alpha1/snapshot.ts'
import type { SnapshotSchedule } from '../../../crds/v1alpha1/snapshot-schedule.ts'
import type { Volume } from '../../../crds/v1alpha1/volume.ts'
import { snapshotScheduleVerdict } from '../../../webhooks/verdicts/snapshot-schedule.ts'
import { claimInformer } from '../../providers/csi/informers.ts'
import { madeFor } from '../../providers/made.ts'
import type { Cache } from '../../runtime/store.ts'
import { instanceInformer, type StoredInstance } from '../instance/store.ts'
import { snapshotInformer } from '../snapshot/store.ts'
import { usersOfSnapshot } from '../snapshot/users.ts'
import { violationText } from '../view.ts'
import { volumeInformer } from '../volume/store.ts'
import { isSelected, type Marks } from './selector.ts'
import { policyIDOf, type Taken, takenOf } from './store.ts'

/** What is selected. */
export type Target = {
  id: string
  name: string
  /** For its order among others: RFC 3339. */
  created: string
  tags: Readonly<Record<string, string>>
  /** Why nothing can be taken of it now; undefined where it can. */
  obstacle: string | undefined
}

export type SnapshotScheduleFacts = {
  id: string
  violations: readonly string[]
  /** The oldest first; no more than can be taken at a time. */
  targets: readonly Target[]
  /** How many are selected, with those beyond. */
  selected: number
  taken: readonly Taken[]
  /** Those of the target of this ID. */
  takenFrom: (targetID: string) => readonly Taken[]
  /** Whether the object of this ID still is, selected or not. */
  isThere: (targetID: string) => boolean
  /** Whether there is a Snapshot of this name, whoever made it. */
  isTaken: (name: string) => boolean
  /** Titles of what needs a snapshot. */
  usersOf: (snapshot: Snapshot) => readonly string[]
}

/** So many are taken at a time: a pass makes them one after the other. */
export const mostTargets = 1000

export const observeSnapshotSchedule = (schedule: SnapshotSchedule, cache: Cache): SnapshotScheduleFacts => {
  const id = policyIDOf(schedule)
  const { namespace = '', uid } = schedule.metadata
  const selected = schedule.spec.resourceType === 'Volume' ? volumesOf(schedule, namespace, cache) : instancesOf(schedule, namespace, cache)
  const taken = cache.of(snapshotInformer).by('owner', uid).filter(({ metadata }) => metadata.namespace === namespace)
    .flatMap(snapshot => takenOf(id, snapshot) ?? [])
  const byTarget = Map.groupBy(taken, ({ targetID }) => targetID)
  const targets = selected.sort((a, b) => a.created < b.created ? -1 : a.created > b.created ? 1 : a.id < b.id ? -1 : 1)
  return {
    id,
    violations: snapshotScheduleVerdict(schedule, undefined, {} as never).map(violationText),
    targets: targets.slice(0, mostTargets),
    selected: targets.length,
    taken,
    takenFrom: targetID => byTarget.get(targetID) ?? [],
    isThere: thereIn(namespace, cache),
    isTaken: name => cache.of(snapshotInformer).get(keyOf({ namespace, name })) !== undefined,
    usersOf: snapshot => usersOfSnapshot(snapshot, cache),
  }
}

const volumesOf = ({ spec: { selector } }: SnapshotSchedule, namespace: string, cache: Cache): Target[] =>
  cache.of(volumeInformer).by('namespace', namespace).filter(volume => isSelected(selector, marksOf(volume))).map(volume => ({
    ...identityOf(volume), id: idOf(idPrefixes.volume, volume.metadata.uid), obstacle: obstacleOfVolume(volume, cache),
  }))

const instancesOf = ({ spec: { selector } }: SnapshotSchedule, namespace: string, cache: Cache): Target[] =>
  cache.of(instanceInformer).by('namespace', namespace).filter(instance => isSelected(selector, marksOf(instance))).map(instance => ({
    ...identityOf(instance), id: idOf(idPrefixes.instance, instance.metadata.uid), obstacle: obstacleOfInstance(instance),
  }))

type Selectable = Pick<Volume, 'metadata'> & { spec: { tags?: Record<string, string> } }

const marksOf = ({ metadata, spec }: Selectable): Marks => ({ labels: metadata.labels ?? {}, tags: spec.tags ?? {} })

const identityOf = ({ metadata, spec }: Selectable): Pick<Target, 'name' | 'created' | 'tags'> =>
  ({ name: metadata.name, created: metadata.creationTimestamp ?? '', tags: spec.tags ?? {} })

/** A Snapshot of it would only wait: perhaps for good. */
const obstacleOfVolume = (volume: Volume, cache: Cache): string | undefined => {
  if (volume.metadata.deletionTimestamp !== undefined) return 'it is being deleted'
  const claim = madeFor(volume, cache.of(claimInformer).get(keyOf(volume.metadata)))
  return claim?.status.phase === 'Bound' ? undefined : 'it holds no bytes yet'
}

const obstacleOfInstance = ({ metadata, status }: StoredInstance): string | undefined => {
  if (metadata.deletionTimestamp !== undefined) return 'it is being terminated'
  return status?.blockDevices?.some(({ attachTime }) => attachTime !== undefined) === true ? undefined : 'it has never run, its volumes hold no bytes yet'
}

/** Asked of what waits alone: a look at the whole account. */
const thereIn = (namespace: string, cache: Cache): SnapshotScheduleFacts['isThere'] => {
  const memory: { ids?: Set<string> } = {}
  return targetID => (memory.ids ??= new Set([
    ...cache.of(volumeInformer).by('namespace', namespace).map(({ metadata }) => idOf(idPrefixes.volume, metadata.uid)),
    ...cache.of(instanceInformer).by('namespace', namespace).map(({ metadata }) => idOf(idPrefixes.instance, metadata.uid)),
  ])).has(targetID)
}
