import { keyOf } from '../../../crds/kubernetes.ts'
import { idOf, idPrefixes } from '../../../crds/ids.ts'
import type { VPC } from '../../../crds/v1alpha1/vpc.ts'
import { byVpc, ovnFipInformer } from '../../providers/kube-ovn/external-informers.ts'
import { kubeOVNSubnetInformer } from '../../providers/kube-ovn/informers.ts'
import { isTranslating } from '../../providers/kube-ovn/public-address.ts'
import type { Router } from '../../providers/kube-ovn/routes.ts'
import { madeFor } from '../../providers/made.ts'
import type { Cache } from '../../runtime/store.ts'
import { gatewayOf, publicNetwork } from '../internet-gateway/attachment.ts'
import { egressPoliciesOf } from '../network-acl/association.ts'
import { tableOf } from '../route-table/association.ts'
import { resolveRoutes, routeTableID } from '../route-table/routes.ts'
import { routeTableInformer } from '../route-table/store.ts'
import { subnetInformer } from '../subnet/store.ts'
import { peersOf } from '../vpc-peering/peer.ts'

/** A router, as far as stores tell: what they don't is the gateway of the public network, which is the platform's own Kube-OVN Subnet. */
export type RouterPlan = Omit<Router, 'external'> & { publicNetwork: string | undefined }

/**
 * All that stands in the one router of a VPC, from all the objects that have a say in it. Nobody but the VPC's controller writes the router, so that
 * there is nothing for two controllers to quarrel over, and what must change together changes in one write.
 * @param resolver - the switch of its DNS servers, if it has or is to have one.
 */
export const routerOf = (vpc: VPC, cache: Cache, resolver?: string): RouterPlan => {
  const key = keyOf(vpc.metadata)
  const id = idOf(idPrefixes.vpc, vpc.metadata.uid)
  return {
    id,
    namespace: vpc.metadata.namespace ?? '',
    blocks: vpc.spec.cidrBlocks,
    subnets: cache.of(subnetInformer).by('vpc', key).flatMap((subnet) => {
      const id = idOf(idPrefixes.subnet, subnet.metadata.uid)
      // One that was never realised has no port at the router; another may have its block.
      if (madeFor(subnet, cache.of(kubeOVNSubnetInformer).get(id)) === undefined) return []
      const table = tableOf(subnet, cache)
      return [{ id, cidr: subnet.spec.cidrBlock, routeTable: table === undefined ? undefined : routeTableID(table) }]
    }),
    routeTables: cache.of(routeTableInformer).by('vpc', key).map(table => ({
      id: routeTableID(table), routes: resolveRoutes(table, cache).map(({ destination, nextHop }) => ({ destination, nextHop })),
    })),
    peers: peersOf(vpc, cache),
    denied: egressPoliciesOf(vpc, cache),
    publicAddresses: cache.of(ovnFipInformer).by(byVpc, id).filter(isTranslating).map(({ spec }) => spec.v4Ip),
    publicNetwork: gatewayOf(vpc, cache) === undefined ? undefined : publicNetwork(cache),
    resolver,
  }
}
