import { keyOf } from '../../../crds/kubernetes.ts'
import type { Volume } from '../../../crds/v1alpha1/volume.ts'
import type { VolumeAttachment } from '../../../crds/v1alpha1/volume-attachment.ts'
import { hasDisks } from '../../../webhooks/verdicts/instance.ts'
import { launcherPodInformer, virtualMachineInformer, virtualMachineInstanceInformer } from '../../providers/kubevirt/informers.ts'
import { splitKey } from '../../runtime/key.ts'
import { type Watch, watch } from '../../runtime/kind.ts'
import type { Cache } from '../../runtime/store.ts'
import { comesOrGoes, isRedefined } from '../change.ts'
import { imageInformer } from '../image/store.ts'
import { instanceTypeInformer } from '../instance-type/store.ts'
import { keyPairInformer } from '../key-pair/store.ts'
import { ownersOf, siblingKey } from '../stored.ts'
import { subnetInformer } from '../subnet/store.ts'
import { volumeAttachmentInformer } from '../volume-attachment/store.ts'
import { volumeTypeInformer } from '../volume-type/store.ts'
import { volumeInformer } from '../volume/store.ts'
import { vpcInformer } from '../vpc/store.ts'
import { type Ends, noteLauncher, noteMachine, noteRun } from './ends.ts'
import { networkWatches } from './network-watches.ts'
import { isSame, keysBy, withoutAddress } from './news.ts'
import { instanceInformer } from './store.ts'
import { isUsable, stallOf } from './volumes.ts'

/** All that an instance has or refers to. @param ends - of runs, noted as they are told of. */
export const instanceWatches = (ends: Ends): readonly Watch[] => [
  watch(virtualMachineInformer, (machine, cache) => {
    noteMachine(ends, machine)
    return ownersOf(instanceInformer)(machine, cache)
  }),
  watch(virtualMachineInstanceInformer, (run, cache) => {
    const keys = ownersOf(instanceInformer)(run, cache)
    if (keys.includes(keyOf(run.metadata))) noteRun(ends, run, cache)
    return keys
  }),
  watch(launcherPodInformer, (pod, cache, previous) => {
    const keys = ownersOf(instanceInformer)(pod, cache)
    for (const key of keys) if (splitKey(key).namespace === pod.metadata.namespace) noteLauncher(ends, key, pod, previous, cache)
    return keys
  }),
  watch(volumeInformer, (volume, cache, previous) => isSameDisk(volume, previous) ? [] : ownersOf(instanceInformer)(volume, cache)),
  watch(volumeAttachmentInformer, (attachment, _cache, previous) => isSameAttachment(attachment, previous) ? []
    : [siblingKey(attachment, attachment.spec.instanceRef.name)]),
  watch(instanceInformer, (gone, cache, previous) => {
    if (gone !== previous) return []
    ends.delete(keyOf(gone.metadata))
    return withoutAddress(gone, gone.spec.subnetRef.name, cache)
  }),
  watch(volumeTypeInformer, (type, cache, previous) => isSame(type, previous) ? [] : withoutDisks(cache)),
  watch(imageInformer, (image, cache, previous) => [
    ...isSame(image, previous) ? [] : keysBy('image', keyOf(image.metadata), cache),
    ...image.spec.source.instanceRef === undefined ? [] : [siblingKey(image, image.spec.source.instanceRef.name)],
  ]),
  watch(subnetInformer, (subnet, cache, previous) => isSame(subnet, previous) ? [] : keysBy('subnet', keyOf(subnet.metadata), cache)),
  watch(vpcInformer, (vpc, cache, previous) => isSame(vpc, previous) ? []
    : cache.of(subnetInformer).keysBy('vpc', keyOf(vpc.metadata)).flatMap(key => keysBy('subnet', key, cache))),
  ...networkWatches,
  watch(keyPairInformer, (pair, cache, previous) => isSame(pair, previous) ? [] : keysBy('keyPair', keyOf(pair.metadata), cache)),
  watch(instanceTypeInformer, (type, cache, previous) => isSame(type, previous) ? [] : keysBy('instanceType', type.metadata.name, cache)),
]

/** Types of volumes are asked at launch alone; they change so seldom that an index would cost more than a look at all. */
const withoutDisks = (cache: Cache): string[] =>
  [...cache.of(instanceInformer).list()].filter(instance => !hasDisks(instance)).map(({ metadata }) => keyOf(metadata))

/** What an instance tells of an attachment to it. */
const isSameAttachment = (attachment: VolumeAttachment, previous: VolumeAttachment | undefined): boolean =>
  previous !== undefined && !isRedefined(attachment, previous) && previous.status?.instanceID === attachment.status?.instanceID &&
  previous.status?.state === attachment.status?.state && previous.status?.attachTime === attachment.status?.attachTime

/** An instance waits for its disks to be there, and says what they say keeps them from it. Who has them is no news to it. */
const isSameDisk = (volume: Volume, previous: Volume | undefined): boolean =>
  previous !== undefined && !comesOrGoes(volume, previous) && previous.metadata.deletionTimestamp === volume.metadata.deletionTimestamp &&
  isUsable(previous) === isUsable(volume) && stallOf(previous) === stallOf(volume)
