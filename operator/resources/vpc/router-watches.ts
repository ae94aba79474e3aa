import { type KubeObject, keyOf } from '../../../crds/kubernetes.ts'
import { ovnFipInformer, ovnSnatRuleInformer } from '../../providers/kube-ovn/external-informers.ts'
import type { OvnFip } from '../../providers/kube-ovn/external-resources.ts'
import { kubeOVNSubnetInformer } from '../../providers/kube-ovn/informers.ts'
import { isTranslating } from '../../providers/kube-ovn/public-address.ts'
import { type Watch, watch } from '../../runtime/kind.ts'
import type { Cache } from '../../runtime/store.ts'
import { comesOrGoes, isRedefined } from '../change.ts'
import { hopChanged } from '../instance/hop.ts'
import { instanceInformer } from '../instance/store.ts'
import { internetGatewayInformer } from '../internet-gateway/store.ts'
import { natGatewayInformer } from '../nat-gateway/store.ts'
import { networkACLInformer } from '../network-acl/store.ts'
import { publicIPPoolInformer } from '../public-ip-pool/store.ts'
import { routeTableInformer, routeTargetKey, type TargetKind } from '../route-table/store.ts'
import { ownersOf, siblingKey } from '../stored.ts'
import { subnetInformer } from '../subnet/store.ts'
import { ownKeyOf, peerKeyOf, vpcPeeringInformer } from '../vpc-peering/store.ts'
import { vpcByID, vpcInformer } from './store.ts'

/** Whatever has a say in the router of a VPC. Of what their own controllers write only what the router goes by concerns it. */
export const routerWatches: readonly Watch[] = [
  watch(routeTableInformer, (table, _cache, previous) => isRedefined(table, previous) ? [siblingKey(table, table.spec.vpcRef.name)] : []),
  watch(networkACLInformer, (list, _cache, previous) => isRedefined(list, previous) ? [siblingKey(list, list.spec.vpcRef.name)] : []),
  watch(kubeOVNSubnetInformer, (network, cache, previous) => comesOrGoes(network, previous) ? vpcsOfNetwork(network, cache) : []),
  watch(internetGatewayInformer, gateway => [siblingKey(gateway, gateway.spec.vpcRef.name)]),
  watch(publicIPPoolInformer, (pool, cache, previous) => comesOrGoes(pool, previous) ? [...cache.of(internetGatewayInformer).list()]
    .map(gateway => siblingKey(gateway, gateway.spec.vpcRef.name)) : []),
  // Both ends: what one side writes down, or takes back, is for both routers at once.
  watch(vpcPeeringInformer, peering => [ownKeyOf(peering), peerKeyOf(peering)]),
  watch(vpcInformer, (vpc, cache, previous) => isRedefined(vpc, previous) ? cache.of(vpcPeeringInformer).by('peer', keyOf(vpc.metadata)).map(ownKeyOf) : []),
  watch(natGatewayInformer, (gateway, cache) => vpcsLedTo('NATGateway', gateway, cache)),
  watch(instanceInformer, (instance, cache, previous) => hopChanged(instance, previous) ? vpcsLedTo('Instance', instance, cache) : []),
  // The last of those who use a gateway that is being deleted; and whose packets it lets out.
  watch(ovnFipInformer, (fip, cache, previous) => translatesAnew(fip, previous) ? vpcsByID(fip.spec.vpc, cache) : []),
  watch(ovnSnatRuleInformer, (rule, cache, previous) => comesOrGoes(rule, previous) ? vpcsByID(rule.spec.vpc, cache) : []),
]

const translatesAnew = (fip: OvnFip, previous: OvnFip | undefined): boolean =>
  previous === undefined || comesOrGoes(fip, previous) || isTranslating(fip) !== isTranslating(previous)

const vpcsOfNetwork = (network: KubeObject, cache: Cache): string[] => ownersOf(subnetInformer)(network, cache).flatMap((key) => {
  const subnet = cache.of(subnetInformer).get(key)
  return subnet === undefined ? [] : [siblingKey(subnet, subnet.spec.vpcRef.name)]
})

const vpcsLedTo = (kind: TargetKind, target: KubeObject, cache: Cache): string[] =>
  cache.of(routeTableInformer).by('target', routeTargetKey(kind, target.metadata)).map(table => siblingKey(table, table.spec.vpcRef.name))

const vpcsByID = (id: string, cache: Cache): string[] => cache.of(vpcInformer).by(vpcByID, id).map(({ metadata }) => keyOf(metadata))
