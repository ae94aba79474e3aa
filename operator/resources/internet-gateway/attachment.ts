import { keyOf } from '../../../crds/kubernetes.ts'
import type { InternetGateway } from '../../../crds/v1alpha1/internet-gateway.ts'
import { defaultPoolName, type PublicIPPool } from '../../../crds/v1alpha1/public-ip-pool.ts'
import type { VPC } from '../../../crds/v1alpha1/vpc.ts'
import { cameFirst } from '../../../webhooks/verdicts/precedence.ts'
import type { Cache } from '../../runtime/store.ts'
import { publicIPPoolInformer } from '../public-ip-pool/store.ts'
import { siblingKey } from '../stored.ts'
import { vpcInformer } from '../vpc/store.ts'
import { internetGatewayInformer } from './store.ts'
import { usersOf } from './users.ts'

/**
 * The one gateway of a VPC: of several the oldest. One that is being deleted and that nobody uses any more is none: the VPC is cut off from the
 * internet before its gateway is gone, never the other way round.
 */
export const gatewayOf = (vpc: VPC, cache: Cache): InternetGateway | undefined =>
  cache.of(internetGatewayInformer).by('vpc', keyOf(vpc.metadata))
    .filter(gateway => gateway.metadata.deletionTimestamp === undefined || usersOf(gateway, vpc, cache).length > 0)
    .reduce<InternetGateway | undefined>((first, each) => first === undefined || cameFirst(each.metadata, first.metadata) ? each : first, undefined)

/** The Kube-OVN Subnet that a gateway leads to. Undefined where it is not the one of its VPC, or where the platform has no public addresses. */
export const publicNetworkOf = (gateway: InternetGateway, cache: Cache): string | undefined => {
  const vpc = cache.of(vpcInformer).get(siblingKey(gateway, gateway.spec.vpcRef.name))
  return vpc === undefined || gatewayOf(vpc, cache)?.metadata.uid !== gateway.metadata.uid ? undefined : publicNetwork(cache)
}

/**
 * The one network of public addresses that gateways lead to: that of the default pool, else of the first by name. A router has one way to each
 * destination, so that a VPC with two public networks would answer the callers of one by the other.
 */
export const publicNetwork = (cache: Cache): string | undefined => {
  const pools = cache.of(publicIPPoolInformer)
  return (pools.get(defaultPoolName) ?? firstByName([...pools.list()]))?.spec.externalSubnet
}

const firstByName = (pools: readonly PublicIPPool[]): PublicIPPool | undefined =>
  pools.reduce<PublicIPPool | undefined>((first, pool) => first === undefined || pool.metadata.name < first.metadata.name ? pool : first, undefined)
