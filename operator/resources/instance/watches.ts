import { keyOf, type KubeObject } from '../../../crds/kubernetes.ts'
import type { ElasticIP } from '../../../crds/v1alpha1/elastic-ip.ts'
import type { Volume } from '../../../crds/v1alpha1/volume.ts'
import { defaultSecurityGroupName } from '../../../crds/v1alpha1/vpc.ts'
import { hasDisks } from '../../../webhooks/verdicts/instance.ts'
import { ovnEipInformer, ovnFipInformer } from '../../providers/kube-ovn/external-informers.ts'
import { kubeOVNSecurityGroupInformer } from '../../providers/kube-ovn/informers.ts'
import { isGroupReady } from '../../providers/kube-ovn/security-group.ts'
import { launcherPodInformer, virtualMachineInformer, virtualMachineInstanceInformer } from '../../providers/kubevirt/informers.ts'
import { splitKey } from '../../runtime/key.ts'
import { type Watch, watch } from '../../runtime/kind.ts'
import type { Cache } from '../../runtime/store.ts'
import { comesOrGoes, isRedefined } from '../change.ts'
import { elasticIPInformer } from '../elastic-ip/store.ts'
import { imageInformer } from '../image/store.ts'
import { instanceTypeInformer } from '../instance-type/store.ts'
import { internetGatewayInformer } from '../internet-gateway/store.ts'
import { keyPairInformer } from '../key-pair/store.ts'
import { isOpen } from '../public-ip-pool/holding.ts'
import { publicIPPoolInformer } from '../public-ip-pool/store.ts'
import { routeTableInformer } from '../route-table/store.ts'
import { securityGroupInformer } from '../security-group/store.ts'
import { ownersOf, siblingKey } from '../stored.ts'
import { reachedIn } from '../subnet/internet.ts'
import { subnetInformer } from '../subnet/store.ts'
import { volumeTypeInformer } from '../volume-type/store.ts'
import { volumeInformer } from '../volume/store.ts'
import { vpcInformer } from '../vpc/store.ts'
import { type Ends, noteLauncher, noteMachine, noteRun } from './ends.ts'
import { instanceInformer, type StoredInstance } from './store.ts'
import { isUsable, stallOf } from './volumes.ts'

const keysBy = (index: string, value: string, cache: Cache): readonly string[] => cache.of(instanceInformer).keysBy(index, value)

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
  watch(instanceInformer, (gone, cache, previous) => {
    if (gone !== previous) return []
    ends.delete(keyOf(gone.metadata))
    return withoutAddress(gone, cache)
  }),
  watch(volumeTypeInformer, (type, cache, previous) => isSame(type, previous) ? [] : withoutDisks(cache)),
  watch(imageInformer, (image, cache, previous) => isSame(image, previous) ? [] : keysBy('image', keyOf(image.metadata), cache)),
  watch(subnetInformer, (subnet, cache, previous) => isSame(subnet, previous) ? [] : keysBy('subnet', keyOf(subnet.metadata), cache)),
  watch(vpcInformer, (vpc, cache, previous) => isSame(vpc, previous) ? []
    : cache.of(subnetInformer).keysBy('vpc', keyOf(vpc.metadata)).flatMap(key => keysBy('subnet', key, cache))),
  // Of what groups become those who are in them wait for one thing: that ports can be put into it.
  watch(kubeOVNSecurityGroupInformer, (made, cache, previous) => isGroupReady(made) === isGroupReady(previous) ? []
    : ownersOf(securityGroupInformer)(made, cache).flatMap(key => membersOf(key, cache))),
  watch(securityGroupInformer, (group, cache, previous) => isSame(group, previous) ? [] : keysBy('securityGroup', keyOf(group.metadata), cache)),
  // The address that it was given, what leads to it, who else has one for it, and that there may be one again.
  watch(ovnEipInformer, (eip, cache, previous) =>
    [...ownersOf(instanceInformer)(eip, cache), ...eip === previous ? withoutPublicAddress(cache) : []]),
  watch(ovnFipInformer, (fip, cache) => [...ownersOf(instanceInformer)(fip, cache), ...keysBy('uid', fip.targetUID, cache)]),
  watch(elasticIPInformer, (eip, _cache, previous) => leadsAnew(eip, previous) ? [eip, previous].flatMap(instanceKeyOf) : []),
  watch(publicIPPoolInformer, (pool, cache, previous) =>
    previous !== undefined && isOpen(previous) === isOpen(pool) ? [] : withoutPublicAddress(cache)),
  watch(routeTableInformer, (table, cache, previous) => isSame(table, previous) ? [] : withPublicAddress(table, cache)),
  watch(internetGatewayInformer, (gateway, cache, previous) => isSame(gateway, previous) ? [] : withPublicAddress(gateway, cache)),
  watch(keyPairInformer, (pair, cache, previous) => isSame(pair, previous) ? [] : keysBy('keyPair', keyOf(pair.metadata), cache)),
  watch(instanceTypeInformer, (type, cache, previous) => isSame(type, previous) ? [] : keysBy('instanceType', type.metadata.name, cache)),
]

/** Instances that name a group, and for the default group of a VPC those that name none. */
const membersOf = (key: string, cache: Cache): readonly string[] => {
  const group = cache.of(securityGroupInformer).get(key)
  if (group === undefined) return []
  const subnets = cache.of(subnetInformer).keysBy('vpc', siblingKey(group, group.spec.vpcRef.name))
  const isDefault = group.metadata.name === defaultSecurityGroupName(group.spec.vpcRef.name)
  return [...keysBy('securityGroup', key, cache), ...isDefault ? subnets.flatMap(subnet => keysBy('ungrouped', subnet, cache)) : []]
}

/** Those whom an instance that has gone may have kept waiting: for its address, or for any at all. */
const withoutAddress = (gone: StoredInstance, cache: Cache): readonly string[] => keysBy('unplaced', siblingKey(gone, gone.spec.subnetRef.name), cache)

const withoutPublicAddress = (cache: Cache): readonly string[] => keysBy('publicAddress', 'waits', cache)

const withPublicAddress = (object: Parameters<typeof reachedIn>[0], cache: Cache): readonly string[] =>
  reachedIn(object, cache).flatMap(uid => keysBy('uid', uid, cache))

const leadsAnew = (eip: ElasticIP, previous: ElasticIP | undefined): boolean =>
  isRedefined(eip, previous) || previous?.status?.publicIP !== eip.status?.publicIP

const instanceKeyOf = (eip: ElasticIP | undefined): string[] =>
  eip?.spec.instanceRef === undefined ? [] : [siblingKey(eip, eip.spec.instanceRef.name)]

/** Types of volumes are asked at launch alone; they change so seldom that an index would cost more than a look at all. */
const withoutDisks = (cache: Cache): string[] =>
  [...cache.of(instanceInformer).list()].filter(instance => !hasDisks(instance)).map(({ metadata }) => keyOf(metadata))

/**
 * Whether a change of what instances refer to means nothing to them: a group's count of members moves with every one of its instances, and would
 * bring all of them back each time.
 */
const isSame = (object: Referred, previous: Referred | undefined): boolean =>
  previous !== undefined && !isRedefined(object, previous) && isReady(previous) === isReady(object)

/** An instance waits for its disks to be there, and says what they say keeps them from it. Who has them is no news to it. */
const isSameDisk = (volume: Volume, previous: Volume | undefined): boolean =>
  previous !== undefined && !comesOrGoes(volume, previous) && previous.metadata.deletionTimestamp === volume.metadata.deletionTimestamp &&
  isUsable(previous) === isUsable(volume) && stallOf(previous) === stallOf(volume)

type Referred = KubeObject & { status?: { state?: string; conditions?: readonly { type: string; status: string }[] } | undefined }

const isReady = ({ status }: Referred): string =>
  `${status?.state ?? ''}/${status?.conditions?.find(({ type }) => type === 'Ready')?.status ?? ''}`
