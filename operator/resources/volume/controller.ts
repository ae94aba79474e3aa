import { keyOf } from '../../../crds/kubernetes.ts'
import type { Volume, VolumeStatus } from '../../../crds/v1alpha1/volume.ts'
import type { VolumeAttachment } from '../../../crds/v1alpha1/volume-attachment.ts'
import type { VolumeType } from '../../../crds/v1alpha1/volume-type.ts'
import { dataVolumeInformer } from '../../providers/cdi/informers.ts'
import { attributesClassInformer } from '../../providers/csi/attributes-class.ts'
import { claimInformer, persistentVolumeInformer, storageClassInformer } from '../../providers/csi/informers.ts'
import { virtualMachineInformer, virtualMachineInstanceInformer } from '../../providers/kubevirt/informers.ts'
import type { VirtualMachine } from '../../providers/kubevirt/resources.ts'
import { ownerUIDOf } from '../../providers/made.ts'
import { type Kind, type Watch, watch } from '../../runtime/kind.ts'
import type { OperatorSettings } from '../../settings.ts'
import { comesOrGoes, isRedefined } from '../change.ts'
import { imageInformer } from '../image/store.ts'
import { volumesOf } from '../instance/block-devices.ts'
import { instanceInformer } from '../instance/store.ts'
import { namespaceInformer } from '../namespace.ts'
import { snapshotInformer } from '../snapshot/store.ts'
import { ownersOf, siblingKey } from '../stored.ts'
import { volumeAttachmentInformer } from '../volume-attachment/store.ts'
import { volumeTypeInformer } from '../volume-type/store.ts'
import { adoptBytes } from './adopt.ts'
import { checkReferences, ensureData } from './data.ts'
import { checkKey } from './encryption.ts'
import { finalizeVolume } from './finalize.ts'
import { ensureKept } from './keep.ts'
import { dropLate } from './late.ts'
import { ensureModified } from './modification.ts'
import { observeVolume, questionOfVolume, type VolumeFacts } from './observe.ts'
import { volumeStatus } from './status.ts'
import { dropTerminated } from './terminated.ts'
import { volumeFinalizer, volumeInformer } from './store.ts'

/** Types, and what they make for volumes that are being modified. */
const ofItsType: readonly Watch[] = [
  watch(volumeTypeInformer, (type, cache, previous) => isRedefined(type, previous) ? cache.of(volumeInformer).keysBy('volumeType', type.metadata.name)
    : isInstalled(type) !== isInstalled(previous ?? type) ? cache.of(volumeInformer).keysBy('modifying', type.metadata.name) : []),
  watch(attributesClassInformer, (each, cache, previous) => previous !== undefined && previous !== each ? []
    : cache.of(volumeTypeInformer).by('uid', ownerUIDOf(each) ?? '').flatMap(type => cache.of(volumeInformer).keysBy('modifying', type.metadata.name))),
]

/** What its classes are of is in the cluster, as far as the type has found. */
const isInstalled = ({ status }: VolumeType): boolean =>
  status?.conditions?.some(({ type, reason }) => type === 'Ready' && reason === 'NotInstalled') !== true

/** Volume → a DataVolume and its claim of the same name, whose PersistentVolume is kept until the Volume is deleted by name. */
export const volumeController = (settings: OperatorSettings): Kind<Volume, VolumeFacts, VolumeStatus> => ({
  name: 'volume',
  informer: volumeInformer,
  finalizer: volumeFinalizer,
  watches: [
    watch(dataVolumeInformer, ownersOf(volumeInformer)),
    watch(claimInformer, ownersOf(volumeInformer)),
    watch(persistentVolumeInformer, (kept, cache, previous) =>
      [...ownersOf(volumeInformer)(kept, cache), ...[kept.spec.offer, previous?.spec.offer].filter(key => key !== undefined)]),
    watch(storageClassInformer, () => []),
    ...ofItsType,
    watch(imageInformer, (image, cache) => cache.of(volumeInformer).keysBy('image', keyOf(image.metadata))),
    watch(snapshotInformer, (snapshot, cache) =>
      [...cache.of(volumeInformer).keysBy('snapshot', keyOf(snapshot.metadata)), ...ownersOf(volumeInformer)(snapshot, cache)]),
    watch(namespaceInformer, () => []),
    watch(virtualMachineInformer, (machine, _cache, previous) => isSameUse(machine, previous) ? []
      : [...new Set([...machine.spec.claims, ...previous?.spec.claims ?? []])].map(name => keyOf({ ...machine.metadata, name }))),
    watch(virtualMachineInstanceInformer, (run, cache, previous) => run.status.phase === previous?.status.phase ? []
      : (cache.of(virtualMachineInformer).get(keyOf(run.metadata))?.spec.claims ?? []).map(name => keyOf({ ...run.metadata, name }))),
    watch(volumeAttachmentInformer, (attachment, _cache, previous) => isSameAttachment(attachment, previous) ? []
      : [siblingKey(attachment, attachment.spec.volumeRef.name)]),
    watch(instanceInformer, (instance, cache, previous) =>
      previous !== undefined && instance.metadata.deletionTimestamp === previous.metadata.deletionTimestamp ? []
        : volumesOf(instance).map(({ name }) => siblingKey(instance, name)).filter(key => cache.of(volumeInformer).get(key) !== undefined)),
  ],
  question: questionOfVolume,
  observe: observeVolume,
  steps: {
    late: dropLate,
    kept: ensureKept,
    terminated: dropTerminated,
    key: checkKey,
    adopted: adoptBytes,
    references: checkReferences,
    data: ensureData,
    modification: ensureModified(settings),
  },
  finalize: finalizeVolume(settings),
  status: volumeStatus,
})

/** Whatever else its machine does, a volume asks whether it mounts the claim, whether it runs, and whether it is there to stay. */
const isSameUse = (machine: VirtualMachine, previous: VirtualMachine | undefined): boolean =>
  previous !== undefined && !comesOrGoes(machine, previous) &&
  previous.metadata.deletionTimestamp === machine.metadata.deletionTimestamp && previous.spec.runStrategy === machine.spec.runStrategy &&
  previous.spec.claims.join() === machine.spec.claims.join()

/** What a volume tells of an attachment of it. */
const isSameAttachment = (attachment: VolumeAttachment, previous: VolumeAttachment | undefined): boolean =>
  previous !== undefined && !isRedefined(attachment, previous) &&
  previous.status?.state === attachment.status?.state && previous.status?.attachTime === attachment.status?.attachTime
