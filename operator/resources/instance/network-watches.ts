import { keyOf } from '../../../crds/kubernetes.ts'
import type { ElasticIP } from '../../../crds/v1alpha1/elastic-ip.ts'
import type { NetworkInterface } from '../../../crds/v1alpha1/network-interface.ts'
import { defaultSecurityGroupName } from '../../../crds/v1alpha1/vpc.ts'
import { ovnEipInformer, ovnFipInformer } from '../../providers/kube-ovn/external-informers.ts'
import { kubeOVNSecurityGroupInformer, networkAttachmentInformer } from '../../providers/kube-ovn/informers.ts'
import { isGroupReady } from '../../providers/kube-ovn/security-group.ts'
import { ownerUIDOf } from '../../providers/made.ts'
import { type Watch, watch } from '../../runtime/kind.ts'
import type { Cache } from '../../runtime/store.ts'
import { comesOrGoes, isRedefined } from '../change.ts'
import { elasticIPInformer } from '../elastic-ip/store.ts'
import { internetGatewayInformer } from '../internet-gateway/store.ts'
import { networkInterfaceInformer } from '../network-interface/store.ts'
import { isOpen } from '../public-ip-pool/holding.ts'
import { publicIPPoolInformer } from '../public-ip-pool/store.ts'
import { routeTableInformer } from '../route-table/store.ts'
import { securityGroupInformer } from '../security-group/store.ts'
import { ownersOf, siblingKey } from '../stored.ts'
import { reachedIn } from '../subnet/internet.ts'
import { subnetInformer } from '../subnet/store.ts'
import { isSame, keysBy, withoutAddress } from './news.ts'
import { instanceInformer } from './store.ts'

/** What an instance has of the network beside its subnet: interfaces, groups, public addresses. */
export const networkWatches: readonly Watch[] = [
  // What it is to be to the machine, and what it has come to: both are shown by the instance.
  watch(networkInterfaceInformer, (object, cache, previous) => [
    ...[object, previous].flatMap(attachedTo),
    ...object === previous ? withoutAddress(object, object.spec.subnetRef.name, cache) : [],
  ]),
  watch(networkAttachmentInformer, (network, cache, previous) => !comesOrGoes(network, previous) ? []
    : cache.of(networkInterfaceInformer).by('uid', ownerUIDOf(network) ?? '').flatMap(attachedTo)),
  // Of what groups become those who are in them wait for one thing: that ports can be put into it.
  watch(kubeOVNSecurityGroupInformer, (made, cache, previous) => isGroupReady(made) === isGroupReady(previous) ? []
    : ownersOf(securityGroupInformer)(made, cache).flatMap(key => membersOf(key, cache))),
  watch(securityGroupInformer, (group, cache, previous) => isSame(group, previous) ? [] : [
    ...keysBy('securityGroup', keyOf(group.metadata), cache),
    ...cache.of(networkInterfaceInformer).by('securityGroup', keyOf(group.metadata)).flatMap(attachedTo),
  ]),
  // The address that it was given, what leads to it, who else has one for it, and that there may be one again.
  watch(ovnEipInformer, (eip, cache, previous) =>
    [...ownersOf(instanceInformer)(eip, cache), ...eip === previous ? withoutPublicAddress(cache) : []]),
  watch(ovnFipInformer, (fip, cache) => [...ownersOf(instanceInformer)(fip, cache), ...keysBy('uid', fip.targetUID, cache)]),
  watch(elasticIPInformer, (eip, _cache, previous) => leadsAnew(eip, previous) ? [eip, previous].flatMap(instanceKeyOf) : []),
  watch(publicIPPoolInformer, (pool, cache, previous) =>
    previous !== undefined && isOpen(previous) === isOpen(pool) ? [] : withoutPublicAddress(cache)),
  watch(routeTableInformer, (table, cache, previous) => isSame(table, previous) ? [] : withPublicAddress(table, cache)),
  watch(internetGatewayInformer, (gateway, cache, previous) => isSame(gateway, previous) ? [] : withPublicAddress(gateway, cache)),
]

/** Instances that name a group, and for the default group of a VPC those that name none. */
const membersOf = (key: string, cache: Cache): readonly string[] => {
  const group = cache.of(securityGroupInformer).get(key)
  if (group === undefined) return []
  const subnets = cache.of(subnetInformer).keysBy('vpc', siblingKey(group, group.spec.vpcRef.name))
  const isDefault = group.metadata.name === defaultSecurityGroupName(group.spec.vpcRef.name)
  const interfaces = cache.of(networkInterfaceInformer)
  return [
    ...keysBy('securityGroup', key, cache), ...interfaces.by('securityGroup', key).flatMap(attachedTo),
    ...isDefault ? subnets.flatMap(subnet => [...keysBy('ungrouped', subnet, cache), ...interfaces.by('ungrouped', subnet).flatMap(attachedTo)]) : [],
  ]
}

const attachedTo = (object: NetworkInterface | undefined): string[] =>
  object?.spec.attachment === undefined ? [] : [siblingKey(object, object.spec.attachment.instanceRef.name)]

const withoutPublicAddress = (cache: Cache): readonly string[] => keysBy('publicAddress', 'waits', cache)

const withPublicAddress = (object: Parameters<typeof reachedIn>[0], cache: Cache): readonly string[] =>
  reachedIn(object, cache).flatMap(uid => keysBy('uid', uid, cache))

const leadsAnew = (eip: ElasticIP, previous: ElasticIP | undefined): boolean =>
  isRedefined(eip, previous) || previous?.status?.publicIP !== eip.status?.publicIP

const instanceKeyOf = (eip: ElasticIP | undefined): string[] =>
  eip?.spec.instanceRef === undefined ? [] : [siblingKey(eip, eip.spec.instanceRef.name)]
