import { keyOf } from '../../../crds/kubernetes.ts'
import type { Volume, VolumeStatus } from '../../../crds/v1alpha1/volume.ts'
import { dataVolumeInformer } from '../../providers/cdi/informers.ts'
import { claimInformer, persistentVolumeInformer, storageClassInformer } from '../../providers/csi/informers.ts'
import { virtualMachineInformer, virtualMachineInstanceInformer } from '../../providers/kubevirt/informers.ts'
import { type Kind, watch } from '../../runtime/kind.ts'
import type { OperatorSettings } from '../../settings.ts'
import { imageInformer } from '../image/store.ts'
import { volumesOf } from '../instance/block-devices.ts'
import { instanceInformer } from '../instance/store.ts'
import { ownersOf } from '../stored.ts'
import { volumeTypeInformer } from '../volume-type/store.ts'
import { checkReferences, checkServed, ensureData, ensureSize } from './data.ts'
import { finalizeVolume } from './finalize.ts'
import { ensureKept } from './keep.ts'
import { observeVolume, type VolumeFacts } from './observe.ts'
import { volumeStatus } from './status.ts'
import { volumeInformer } from './store.ts'

/** Volume → a DataVolume and its claim of the same name, whose PersistentVolume is kept until the Volume is deleted by name. */
export const volumeController = (_settings: OperatorSettings): Kind<Volume, VolumeFacts, VolumeStatus> => ({
  name: 'volume',
  informer: volumeInformer,
  finalizer: 'kumulus.dev/volume',
  watches: [
    watch(dataVolumeInformer, ownersOf(volumeInformer)),
    watch(claimInformer, ownersOf(volumeInformer)),
    watch(persistentVolumeInformer, ownersOf(volumeInformer)),
    watch(storageClassInformer, () => []),
    watch(volumeTypeInformer, (type, cache) => keysOf(cache.of(volumeInformer).by('volumeType', type.metadata.name))),
    watch(imageInformer, (image, cache) => keysOf(cache.of(volumeInformer).by('image', keyOf(image.metadata)).filter(isBeingMade))),
    watch(virtualMachineInformer, (machine, _cache, previous) => [...new Set([...machine.spec.claims, ...previous?.spec.claims ?? []])]
      .map(name => keyOf({ ...machine.metadata, name }))),
    watch(virtualMachineInstanceInformer, (run, cache, previous) => run.status.phase === previous?.status.phase ? []
      : (cache.of(virtualMachineInformer).get(keyOf(run.metadata))?.spec.claims ?? []).map(name => keyOf({ ...run.metadata, name }))),
    watch(instanceInformer, (instance, _cache, previous) =>
      previous !== undefined && instance.metadata.deletionTimestamp === previous.metadata.deletionTimestamp ? []
        : volumesOf(instance).map(({ name }) => keyOf({ ...instance.metadata, name }))),
  ],
  observe: observeVolume,
  steps: {
    kept: ensureKept,
    served: checkServed,
    references: checkReferences,
    data: ensureData,
    size: ensureSize,
  },
  finalize: finalizeVolume,
  status: volumeStatus,
})

const keysOf = (volumes: readonly Volume[]): string[] => volumes.map(({ metadata }) => keyOf(metadata))

/** A volume that is made depends on its image no longer. */
const isBeingMade = ({ status }: Volume): boolean => status?.state === undefined || status.state === 'creating'
