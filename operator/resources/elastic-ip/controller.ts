import type { ElasticIP, ElasticIPStatus } from '../../../crds/v1alpha1/elastic-ip.ts'
import type { NetworkInterface } from '../../../crds/v1alpha1/network-interface.ts'
import type { VPC } from '../../../crds/v1alpha1/vpc.ts'
import { keyOf } from '../../../crds/kubernetes.ts'
import { ovnEipInformer, ovnFipInformer } from '../../providers/kube-ovn/external-informers.ts'
import { type Kind, watch } from '../../runtime/kind.ts'
import type { Cache } from '../../runtime/store.ts'
import { comesOrGoes, isRedefined } from '../change.ts'
import { instanceInformer, type StoredInstance } from '../instance/store.ts'
import { internetGatewayInformer } from '../internet-gateway/store.ts'
import { natGatewayInformer } from '../nat-gateway/store.ts'
import { networkInterfaceInformer } from '../network-interface/store.ts'
import type { AddressBook } from '../public-ip-pool/address-book.ts'
import { isOpen } from '../public-ip-pool/holding.ts'
import { publicIPPoolInformer } from '../public-ip-pool/store.ts'
import { routeTableInformer } from '../route-table/store.ts'
import { reachedIn } from '../subnet/internet.ts'
import { ownersOf, siblingKey } from '../stored.ts'
import { subnetInformer } from '../subnet/store.ts'
import { vpcInformer } from '../vpc/store.ts'
import { finalizeElasticIP, announce, ensureAddress, ensureAssociation } from './steps.ts'
import { type ElasticIPFacts, observeElasticIP } from './observe.ts'
import { elasticIPStatus } from './status.ts'
import { elasticIPInformer } from './store.ts'

/** ElasticIP → an address that Kube-OVN keeps, and what leads it to an instance. */
export const elasticIPController = (book: AddressBook): Kind<ElasticIP, ElasticIPFacts, ElasticIPStatus> => ({
  name: 'elastic-ip',
  informer: elasticIPInformer,
  finalizer: 'kumulus.dev/elastic-ip',
  watches: [
    watch(ovnEipInformer, (eip, cache, previous) => eip !== previous ? ownersOf(elasticIPInformer)(eip, cache)
      : [...ownersOf(elasticIPInformer)(eip, cache), ...withoutAddress(eip.poolUID, cache)]),
    watch(ovnFipInformer, (fip, cache) => [
      ...ownersOf(elasticIPInformer)(fip, cache),
      ...elasticIPsAt([fip.targetUID], cache),
    ]),
    watch(publicIPPoolInformer, (pool, cache, previous) =>
      previous !== undefined && isOpen(previous) === isOpen(pool) && !isRedefined(pool, previous) ? [] : withoutAddress(pool.metadata.uid, cache)),
    watch(instanceInformer, (instance, cache, previous) =>
      isElsewhere(instance, previous) ? cache.of(elasticIPInformer).keysBy('instance', keyOf(instance.metadata)) : []),
    // A private address is given as soon as its subnet is there; where it leads is known once the VPC is too.
    watch(vpcInformer, (vpc, cache, previous) => comesOrGoes(vpc, previous) ? elasticIPsAt(membersOf(vpc, cache), cache) : []),
    // And which instance has it, which is told with it.
    watch(networkInterfaceInformer, (object, cache, previous) => isElsewhere(object, previous) || attachedTo(object) !== attachedTo(previous)
      ? cache.of(elasticIPInformer).keysBy('networkInterface', keyOf(object.metadata)) : []),
    // Of those that want to lead to the same instance one has its turn when another goes, and all learn who has it.
    watch(elasticIPInformer, (eip, cache, previous) => !isRedefined(eip, previous) ? []
      : [eip, ...previous === undefined ? [] : [previous]].flatMap(each => rivalsOf(each, cache))),
    watch(natGatewayInformer, (gateway, _cache, previous) =>
      gateway.spec.elasticIPRef === undefined || !isRedefined(gateway, previous) ? [] : [siblingKey(gateway, gateway.spec.elasticIPRef.name)]),
    watch(routeTableInformer, (table, cache, previous) => isRedefined(table, previous) ? elasticIPsAt(reachedIn(table, cache), cache) : []),
    watch(internetGatewayInformer, (gateway, cache, previous) =>
      isRedefined(gateway, previous) || previous?.status?.state !== gateway.status?.state ? elasticIPsAt(reachedIn(gateway, cache), cache) : []),
  ],
  observe: observeElasticIP(book),
  steps: {
    address: ensureAddress(book),
    association: ensureAssociation,
    announce,
  },
  finalize: finalizeElasticIP,
  status: elasticIPStatus,
})

const elasticIPsAt = (uids: readonly string[], cache: Cache): string[] => uids.flatMap(uid => [
  ...cache.of(instanceInformer).keysBy('uid', uid).flatMap(key => cache.of(elasticIPInformer).keysBy('instance', key)),
  ...cache.of(networkInterfaceInformer).keysBy('uid', uid).flatMap(key => cache.of(elasticIPInformer).keysBy('networkInterface', key)),
])

/** All that want to lead where one does. */
const rivalsOf = (eip: ElasticIP, cache: Cache): string[] => {
  const { instanceRef, networkInterfaceRef } = eip.spec
  return [
    ...instanceRef === undefined ? [] : cache.of(elasticIPInformer).keysBy('instance', siblingKey(eip, instanceRef.name)),
    ...networkInterfaceRef === undefined ? [] : cache.of(elasticIPInformer).keysBy('networkInterface', siblingKey(eip, networkInterfaceRef.name)),
  ]
}

/** UIDs of all that may be led to in a VPC. */
const membersOf = (vpc: VPC, cache: Cache): string[] => cache.of(subnetInformer).keysBy('vpc', keyOf(vpc.metadata)).flatMap(key =>
  [...cache.of(instanceInformer).by('subnet', key), ...cache.of(networkInterfaceInformer).by('subnet', key)].map(({ metadata }) => metadata.uid))

const attachedTo = (object: NetworkInterface | undefined): string | undefined => object?.status?.attachment?.instanceID

/** Those whom an address that is free again, or a pool that opens, may serve. */
const withoutAddress = (poolUID: string, cache: Cache): readonly string[] =>
  cache.of(publicIPPoolInformer).by('uid', poolUID).flatMap(pool => cache.of(elasticIPInformer).keysBy('unplaced', pool.metadata.name))

/** Of all that happens to where it leads, an address cares when that comes or goes, gets its private address, or is about to lose it. */
const isElsewhere = <T extends StoredInstance | NetworkInterface>(target: T, previous: T | undefined): boolean =>
  previous === undefined || comesOrGoes(target, previous) || previous.status?.privateIPAddress !== target.status?.privateIPAddress ||
  previous.metadata.deletionTimestamp !== target.metadata.deletionTimestamp || isProtected(previous) !== isProtected(target)

const isProtected = ({ spec }: StoredInstance | NetworkInterface): boolean => 'disableAPITermination' in spec && spec.disableAPITermination
