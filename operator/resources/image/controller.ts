import { keyOf } from '../../../crds/kubernetes.ts'
import type { Image, ImageStatus } from '../../../crds/v1alpha1/image.ts'
import { dataSourceInformer, dataVolumeInformer } from '../../providers/cdi/informers.ts'
import { claimInformer, storageClassInformer, volumeSnapshotClassInformer, volumeSnapshotInformer } from '../../providers/csi/informers.ts'
import { virtualMachineInformer, virtualMachineInstanceInformer } from '../../providers/kubevirt/informers.ts'
import { networkPolicyInformer } from '../../providers/network-policy/informer.ts'
import { createProbe } from '../../image-sources/probe.ts'
import { createProbes, type Probes } from '../../image-sources/probes.ts'
import { type Kind, type Step, watch } from '../../runtime/kind.ts'
import { ready } from '../../runtime/outcome.ts'
import type { Cache } from '../../runtime/store.ts'
import type { OperatorSettings } from '../../settings.ts'
import { instanceInformer } from '../instance/store.ts'
import { snapshotInformer } from '../snapshot/store.ts'
import { ownersOf } from '../stored.ts'
import { volumeInformer } from '../volume/store.ts'
import { volumeTypeInformer } from '../volume-type/store.ts'
import { ensureCaptured } from './capture.ts'
import { isFamily } from './family.ts'
import { ensureFence } from './fence.ts'
import { finalizeImage } from './finalize.ts'
import { announce, checkSource, ensureDataSource, ensureImport, ensureSnapshot } from './import.ts'
import { type ImageFacts, observeImage } from './observe.ts'
import { awaitVersion, dropVersions, ensureVersions } from './refresh.ts'
import { imageStatus } from './status.ts'
import { imageInformer } from './store.ts'

/**
 * Image → a fence round what imports it, the import, a snapshot of it where the storage can, and the DataSource that every launch clones; or the
 * Snapshot that it consists of, and the DataSource.
 */
export const imageController = (
  settings: OperatorSettings, probes: Probes = createProbes(createProbe(settings)),
): Kind<Image, ImageFacts, ImageStatus> => ({
  name: 'image',
  informer: imageInformer,
  finalizer: 'kumulus.dev/image',
  watches: [
    watch(imageInformer, ownersOf(imageInformer)),
    watch(dataVolumeInformer, (volume, cache) => [...ownersOf(imageInformer)(volume, cache), ...imageOfClone(volume.spec.dataSource, cache)]),
    watch(claimInformer, ownersOf(imageInformer)),
    watch(volumeSnapshotInformer, (taken, cache) =>
      [...ownersOf(imageInformer)(taken, cache), ...imagesOfSnapshots(ownersOf(snapshotInformer)(taken, cache), cache)]),
    watch(dataSourceInformer, ownersOf(imageInformer)),
    watch(networkPolicyInformer, ownersOf(imageInformer)),
    watch(snapshotInformer, (snapshot, cache) =>
      [...ownersOf(imageInformer)(snapshot, cache), ...cache.of(imageInformer).keysBy('snapshot', keyOf(snapshot.metadata))]),
    watch(instanceInformer, ({ metadata }, cache) => cache.of(imageInformer).keysBy('instance', keyOf(metadata))),
    watch(virtualMachineInformer, ({ metadata }, cache) => cache.of(imageInformer).keysBy('instance', keyOf(metadata))),
    watch(virtualMachineInstanceInformer, ({ metadata }, cache) => cache.of(imageInformer).keysBy('instance', keyOf(metadata))),
    // Asked about while the image is made of them.
    watch(volumeInformer, () => []),
    watch(volumeTypeInformer, (_type, cache) => unfinished(cache)),
    watch(storageClassInformer, (_storage, cache) => unfinished(cache)),
    watch(volumeSnapshotClassInformer, (_snapshots, cache) => unfinished(cache)),
  ],
  observe: observeImage(settings, probes),
  steps: {
    source: checkSource,
    versions: ensureVersions(probes),
    version: awaitVersion,
    captured: ofBytes(ensureCaptured),
    fence: ofBytes(ensureFence(settings)),
    import: ofBytes(ensureImport(settings)),
    snapshot: ofBytes(ensureSnapshot),
    dataSource: ofBytes(ensureDataSource),
    announce,
  },
  finalize: { versions: dropVersions(probes), ...finalizeImage },
  status: imageStatus,
})

/** A family has none itself. */
const ofBytes = (step: Step<Image, ImageFacts>): Step<Image, ImageFacts> => context => isFamily(context.object) ? ready : step(context)

const imagesOfSnapshots = (keys: readonly string[], cache: Cache): readonly string[] => keys.flatMap(key => cache.of(imageInformer).keysBy('snapshot', key))

/** A clone that ends may be what the deletion of its image waits for. */
const imageOfClone = (dataSource: string | undefined, cache: Cache): string[] => {
  const source = dataSource === undefined ? undefined : cache.of(dataSourceInformer).get(dataSource)
  const keys = source === undefined ? [] : ownersOf(imageInformer)(source, cache)
  return keys.filter(key => cache.of(imageInformer).get(key)?.metadata.deletionTimestamp !== undefined)
}

/** Images that the platform's storage may have kept waiting. */
const unfinished = (cache: Cache): string[] =>
  [...cache.of(imageInformer).list()].filter(({ status }) => status?.state !== 'available').map(({ metadata }) => keyOf(metadata))
