import { keyOf } from '../../../crds/kubernetes.ts'
import type { Snapshot, SnapshotStatus } from '../../../crds/v1alpha1/snapshot.ts'
import { dataVolumeInformer } from '../../providers/cdi/informers.ts'
import {
  claimInformer, storageClassInformer, volumeSnapshotClassInformer, volumeSnapshotContentInformer, volumeSnapshotInformer,
} from '../../providers/csi/informers.ts'
import { byClaim, virtualMachineInformer, virtualMachineInstanceInformer } from '../../providers/kubevirt/informers.ts'
import { type Kind, watch } from '../../runtime/kind.ts'
import type { Cache } from '../../runtime/store.ts'
import { comesOrGoes } from '../change.ts'
import { imageInformer, snapshotNameOf } from '../image/store.ts'
import { instanceInformer } from '../instance/store.ts'
import { namespaceInformer } from '../namespace.ts'
import { ownersOf, siblingKey } from '../stored.ts'
import { volumeInformer } from '../volume/store.ts'
import { finalizeSnapshot } from './finalize.ts'
import { createHolds } from './holds.ts'
import { awaitBytes, keepBytes } from './keep.ts'
import { observeSnapshot, type SnapshotFacts } from './observe.ts'
import { beginSnapshot } from './plan.ts'
import { snapshotStatus } from './status.ts'
import { snapshotFinalizer, snapshotInformer } from './store.ts'
import { takeVolumes } from './take.ts'

/** Snapshot → a VolumeSnapshot of each volume, taken while the guest stands still where it can, and kept until the Snapshot is deleted by name. */
export const snapshotController = (holds = createHolds()): Kind<Snapshot, SnapshotFacts, SnapshotStatus> => ({
  name: 'snapshot',
  informer: snapshotInformer,
  finalizer: snapshotFinalizer,
  watches: [
    watch(volumeSnapshotInformer, ownersOf(snapshotInformer)),
    watch(volumeSnapshotContentInformer, () => []),
    watch(volumeInformer, ({ metadata }, cache) => wantedOf(keyOf(metadata), cache)),
    watch(claimInformer, ({ metadata }, cache) => wantedOf(keyOf(metadata), cache)),
    watch(instanceInformer, ({ metadata }, cache) => cache.of(snapshotInformer).keysBy('instance', keyOf(metadata))),
    watch(virtualMachineInformer, ({ metadata }, cache) => cache.of(snapshotInformer).keysBy('instance', keyOf(metadata))),
    watch(virtualMachineInstanceInformer, () => []),
    watch(imageInformer, (image, cache) =>
      snapshotNameOf(image).map(name => siblingKey(image, name)).filter(key => cache.of(snapshotInformer).get(key) !== undefined)),
    watch(storageClassInformer, () => []),
    watch(volumeSnapshotClassInformer, (_class, cache) => unfinished(cache)),
    watch(dataVolumeInformer, (volume, cache) => volume.spec.volumeSnapshot === undefined ? [] : ownersOfSnapshot(volume.spec.volumeSnapshot, cache)),
    watch(namespaceInformer, (namespace, cache, previous) =>
      comesOrGoes(namespace, previous) ? cache.of(snapshotInformer).keysBy('sharedWith', namespace.metadata.name) : []),
  ],
  observe: observeSnapshot,
  steps: { begin: beginSnapshot(holds), take: takeVolumes(holds), bytes: awaitBytes, keep: keepBytes },
  finalize: finalizeSnapshot(holds),
  status: snapshotStatus,
})

/** Snapshots that are to keep a volume, by name or as one of an instance's. */
const wantedOf = (volumeKey: string, cache: Cache): readonly string[] => [
  ...cache.of(snapshotInformer).keysBy('volume', volumeKey),
  ...cache.of(virtualMachineInformer).by(byClaim, volumeKey).flatMap(({ metadata }) => cache.of(snapshotInformer).keysBy('instance', keyOf(metadata))),
]

/** The end of a clone may be what the deletion of its snapshot waits for. */
const ownersOfSnapshot = (volumeSnapshotKey: string, cache: Cache): readonly string[] => {
  const source = cache.of(volumeSnapshotInformer).get(volumeSnapshotKey)
  return source === undefined ? [] : ownersOf(snapshotInformer)(source, cache)
}

/** Snapshots that the platform's storage may have kept waiting. */
const unfinished = (cache: Cache): string[] =>
  [...cache.of(snapshotInformer).list()].filter(({ status }) => status?.state !== 'completed').map(({ metadata }) => keyOf(metadata))
