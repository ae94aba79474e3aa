import { isDeepStrictEqual } from 'node:util'
import type { KubeObject } from '../../../crds/kubernetes.ts'
import type { SnapshotSchedule, SnapshotScheduleStatus } from '../../../crds/v1alpha1/snapshot-schedule.ts'
import { dataVolumeInformer } from '../../providers/cdi/informers.ts'
import { claimInformer, volumeSnapshotInformer } from '../../providers/csi/informers.ts'
import { type Kind, watch } from '../../runtime/kind.ts'
import type { Cache } from '../../runtime/store.ts'
import { comesOrGoes, counted, isRedefined } from '../change.ts'
import { imageInformer, snapshotNameOf } from '../image/store.ts'
import { instanceInformer } from '../instance/store.ts'
import { snapshotInformer, snapshotKeyOf } from '../snapshot/store.ts'
import { ownersOf, siblingKey } from '../stored.ts'
import { volumeInformer } from '../volume/store.ts'
import { observeSnapshotSchedule, type SnapshotScheduleFacts } from './observe.ts'
import { snapshotScheduleStatus } from './status.ts'
import { snapshotScheduleSteps } from './steps.ts'
import { snapshotScheduleInformer } from './store.ts'

/** SnapshotSchedule → Snapshots of what it selects, by the clock. It holds nothing back when it is deleted: they stay. */
export const snapshotScheduleController = (): Kind<SnapshotSchedule, SnapshotScheduleFacts, SnapshotScheduleStatus> => ({
  name: 'snapshotschedule',
  informer: snapshotScheduleInformer,
  watches: [
    watch(snapshotInformer, ownersOf(snapshotScheduleInformer), counted),
    watch(volumeInformer, (volume, cache, previous) => [
      ...isReselected(volume, previous) ? schedulesBeside(volume, cache) : [],
      ...volume.spec.snapshotRef === undefined ? [] : scheduleOf(snapshotKeyOf(volume.metadata.namespace ?? '', volume.spec.snapshotRef), cache),
    ], counted),
    watch(instanceInformer, (instance, cache, previous) => isReselected(instance, previous) ? schedulesBeside(instance, cache) : [], counted),
    watch(imageInformer, (image, cache, previous) =>
      isRedefined(image, previous) ? snapshotNameOf(image).flatMap(name => scheduleOf(siblingKey(image, name), cache)) : [], counted),
    watch(dataVolumeInformer, ({ spec }, cache) => spec.volumeSnapshot === undefined ? [] : scheduleOfCopy(spec.volumeSnapshot, cache), counted),
    watch(volumeSnapshotInformer, () => []),
    watch(claimInformer, () => []),
  ],
  observe: observeSnapshotSchedule,
  steps: snapshotScheduleSteps,
  status: snapshotScheduleStatus,
})

type Selectable = KubeObject & { spec: { tags?: unknown } }

/** It comes, goes, or another selector might take it. */
const isReselected = (object: Selectable, previous: Selectable | undefined): boolean =>
  previous === undefined || comesOrGoes(object, previous) || !isDeepStrictEqual(object.spec.tags, previous.spec.tags) ||
  !isDeepStrictEqual(object.metadata.labels, previous.metadata.labels)

const schedulesBeside = ({ metadata: { namespace = '' } }: KubeObject, cache: Cache): readonly string[] =>
  cache.of(snapshotScheduleInformer).keysBy('namespace', namespace)

/** The schedule whose snapshot this is: what has used it may be what its end waited for. */
const scheduleOf = (snapshotKey: string, cache: Cache): readonly string[] => {
  const snapshot = cache.of(snapshotInformer).get(snapshotKey)
  return snapshot === undefined ? [] : ownersOf(snapshotScheduleInformer)(snapshot, cache)
}

const scheduleOfCopy = (volumeSnapshotKey: string, cache: Cache): readonly string[] => {
  const source = cache.of(volumeSnapshotInformer).get(volumeSnapshotKey)
  const keys = source === undefined ? [] : ownersOf(snapshotInformer)(source, cache)
  return keys.flatMap(key => scheduleOf(key, cache))
}
