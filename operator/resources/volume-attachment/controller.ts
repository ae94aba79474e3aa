import { keyOf } from '../../../crds/kubernetes.ts'
import type { VolumeAttachment, VolumeAttachmentStatus } from '../../../crds/v1alpha1/volume-attachment.ts'
import { claimInformer } from '../../providers/csi/informers.ts'
import { virtualMachineInformer, virtualMachineInstanceInformer } from '../../providers/kubevirt/informers.ts'
import { type Kind, watch } from '../../runtime/kind.ts'
import type { Cache } from '../../runtime/store.ts'
import { isRedefined } from '../change.ts'
import { instanceInformer } from '../instance/store.ts'
import { siblingKey } from '../stored.ts'
import { subnetInformer } from '../subnet/store.ts'
import { volumeInformer } from '../volume/store.ts'
import { ensureRecord } from './claim.ts'
import { observeVolumeAttachment, type VolumeAttachmentFacts } from './observe.ts'
import { awaitAttached, plugIn } from './plug.ts'
import { awaitReferences } from './references.ts'
import { volumeAttachmentStatus } from './status.ts'
import { volumeAttachmentInformer } from './store.ts'
import { finalizeVolumeAttachment, letGoOfLost } from './unplug.ts'

/** VolumeAttachment → a record on the claim of its Volume, and a disk of the machine of its Instance that comes and goes while that runs. */
export const volumeAttachmentController = (): Kind<VolumeAttachment, VolumeAttachmentFacts, VolumeAttachmentStatus> => ({
  name: 'volume-attachment',
  informer: volumeAttachmentInformer,
  finalizer: 'kumulus.dev/volume-attachment',
  watches: [
    watch(volumeInformer, (volume, cache, previous) => isRedefined(volume, previous) || previous?.status?.state !== volume.status?.state
      ? of('volume', keyOf(volume.metadata), cache) : []),
    watch(claimInformer, (claim, cache) => of('volume', keyOf(claim.metadata), cache)),
    watch(instanceInformer, (instance, cache, previous) => isRedefined(instance, previous) ? [
      ...of('instance', keyOf(instance.metadata), cache),
      // What it was launched with may be attached elsewhere once it has gone.
      ...instance === previous ? (instance.status?.blockDevices ?? []).flatMap(({ volumeName }) => of('volume', siblingKey(instance, volumeName), cache)) : [],
    ] : []),
    watch(virtualMachineInformer, (machine, cache) => of('instance', keyOf(machine.metadata), cache)),
    watch(virtualMachineInstanceInformer, (run, cache) => of('instance', keyOf(run.metadata), cache)),
    watch(subnetInformer, (subnet, cache, previous) => isRedefined(subnet, previous)
      ? cache.of(instanceInformer).keysBy('subnet', keyOf(subnet.metadata)).flatMap(key => of('instance', key, cache)) : []),
    // One that goes makes room for another, at the volume or at the instance.
    watch(volumeAttachmentInformer, (other, cache, previous) => !isRedefined(other, previous) ? []
      : [...of('volume', siblingKey(other, other.spec.volumeRef.name), cache), ...of('instance', siblingKey(other, other.spec.instanceRef.name), cache)]
        .filter(key => key !== keyOf(other.metadata))),
  ],
  observe: observeVolumeAttachment,
  steps: {
    lost: letGoOfLost,
    references: awaitReferences,
    record: ensureRecord,
    plugged: plugIn,
    attached: awaitAttached,
  },
  finalize: finalizeVolumeAttachment,
  status: volumeAttachmentStatus,
})

const of = (index: 'volume' | 'instance', key: string, cache: Cache): readonly string[] => cache.of(volumeAttachmentInformer).keysBy(index, key)
