import { keyOf, type KubeObject } from '../../../crds/kubernetes.ts'
import { hasDisks } from '../../../webhooks/verdicts/instance.ts'
import { launcherPodInformer, virtualMachineInformer, virtualMachineInstanceInformer } from '../../providers/kubevirt/informers.ts'
import { type Watch, watch } from '../../runtime/kind.ts'
import type { Cache } from '../../runtime/store.ts'
import { imageInformer } from '../image/store.ts'
import { instanceTypeInformer } from '../instance-type/store.ts'
import { keyPairInformer } from '../key-pair/store.ts'
import { securityGroupInformer } from '../security-group/store.ts'
import { ownersOf } from '../stored.ts'
import { subnetInformer } from '../subnet/store.ts'
import { volumeTypeInformer } from '../volume-type/store.ts'
import { volumeInformer } from '../volume/store.ts'
import { vpcInformer } from '../vpc/store.ts'
import { instanceInformer, type StoredInstance } from './store.ts'

const keysBy = (index: string, value: string, cache: Cache): string[] =>
  cache.of(instanceInformer).by(index, value).map(({ metadata }) => keyOf(metadata))

/** All that an instance has or refers to. */
export const instanceWatches: readonly Watch[] = [
  watch(virtualMachineInformer, ownersOf(instanceInformer)),
  watch(virtualMachineInstanceInformer, ownersOf(instanceInformer)),
  watch(launcherPodInformer, ownersOf(instanceInformer)),
  watch(volumeInformer, ownersOf(instanceInformer)),
  watch(instanceInformer, (gone, cache, previous) => gone === previous ? withoutAddress(gone, cache) : []),
  watch(volumeTypeInformer, (type, cache, previous) => isSame(type, previous) ? [] : withoutDisks(cache)),
  watch(imageInformer, (image, cache, previous) => isSame(image, previous) ? [] : keysBy('image', keyOf(image.metadata), cache)),
  watch(subnetInformer, (subnet, cache, previous) => isSame(subnet, previous) ? [] : keysBy('subnet', keyOf(subnet.metadata), cache)),
  watch(vpcInformer, (vpc, cache, previous) => isSame(vpc, previous) ? []
    : cache.of(subnetInformer).by('vpc', keyOf(vpc.metadata)).flatMap(({ metadata }) => keysBy('subnet', keyOf(metadata), cache))),
  watch(securityGroupInformer, (group, cache, previous) => isSame(group, previous) ? [] : keysBy('securityGroup', keyOf(group.metadata), cache)),
  watch(keyPairInformer, (pair, cache, previous) => isSame(pair, previous) ? [] : keysBy('keyPair', keyOf(pair.metadata), cache)),
  watch(instanceTypeInformer, (type, cache, previous) => isSame(type, previous) ? [] : keysBy('instanceType', type.metadata.name, cache)),
]

/** Those whom an instance that has gone may have kept waiting: for its address, or for any at all. */
const withoutAddress = ({ metadata, spec }: StoredInstance, cache: Cache): string[] =>
  cache.of(instanceInformer).by('subnet', keyOf({ ...metadata, name: spec.subnetRef.name }))
    .filter(({ status }) => status?.privateIPAddress === undefined).map(({ metadata }) => keyOf(metadata))

/** Types of volumes are asked at launch alone; they change so seldom that an index would cost more than a look at all. */
const withoutDisks = (cache: Cache): string[] =>
  [...cache.of(instanceInformer).list()].filter(instance => !hasDisks(instance)).map(({ metadata }) => keyOf(metadata))

/**
 * Whether a change of what instances refer to means nothing to them: a group's count of members moves with every one of its instances, and would
 * bring all of them back each time.
 */
const isSame = (object: Referred, previous: Referred | undefined): boolean =>
  previous !== undefined && previous.metadata.uid === object.metadata.uid && previous.metadata.generation === object.metadata.generation &&
  previous.metadata.deletionTimestamp === object.metadata.deletionTimestamp && isReady(previous) === isReady(object)

type Referred = KubeObject & { status?: { state?: string; conditions?: readonly { type: string; status: string }[] } | undefined }

const isReady = ({ status }: Referred): string =>
  `${status?.state ?? ''}/${status?.conditions?.find(({ type }) => type === 'Ready')?.status ?? ''}`
