import { idOf, type IdPrefix, idPrefixes } from '../../../crds/ids.ts'
import { keyOf, type KubeObject } from '../../../crds/kubernetes.ts'
import type { Subnet as SubnetObject } from '../../../crds/v1alpha1/subnet.ts'
import { splitKey } from '../../runtime/key.ts'
import type { Cache } from '../../runtime/store.ts'
import { instanceInformer } from '../instance/store.ts'
import { gatewayOf } from '../internet-gateway/attachment.ts'
import { natGatewayInformer } from '../nat-gateway/store.ts'
import { listOf } from '../network-acl/association.ts'
import { tableOf } from '../route-table/association.ts'
import { networkInterfaceInformer } from '../network-interface/store.ts'
import { type ResolvedRoute, resolveRoutes } from '../route-table/routes.ts'
import { targetOf } from '../route-table/store.ts'
import { siblingKey } from '../stored.ts'
import { subnetInformer } from '../subnet/store.ts'
import { peerOf } from '../vpc-peering/peer.ts'
import { peerKeyOf, vpcPeeringInformer } from '../vpc-peering/store.ts'
import { vpcInformer } from '../vpc/store.ts'
import { isWithin } from './filters.ts'
import type { ACL, Network, Port, Route, Subnet, Table, Target, VPC } from './network.ts'
import { portOfGateway, portOfInstance, portOfInterface } from './stored-port.ts'

/** The network of an account as its stores have it. What another account has is never in it, not even at the other end of a peering. */
export const storedNetwork = (cache: Cache): Network => ({
  vpc: key => vpcAt(key, cache),
  subnet: key => subnetAt(key, cache),
  portAt: (vpc, address) => cache.of(subnetInformer).by('vpc', vpc)
    .filter(({ spec }) => isWithin(address, spec.cidrBlock))
    .flatMap(subnet => [
      ...cache.of(instanceInformer).by('address', `${keyOf(subnet.metadata)}/${address}`).flatMap(instance => portOfInstance(instance, cache) ?? []),
      ...cache.of(networkInterfaceInformer).by('address', `${keyOf(subnet.metadata)}/${address}`).flatMap(each => portOfInterface(each, cache) ?? []),
    ])
    .find(({ privateAddress }) => privateAddress === address),
  publicPortAt: () => undefined,
  peersOf: vpc => peeringsOf(vpc, cache).flatMap(peering => ownPeerOf(peering) ?? []),
  peeringTo: (vpc, address) => {
    const found = peeringsOf(vpc, cache).find(peering =>
      ownPeerOf(peering) === undefined && peering.status?.peerCIDRBlocks?.some(cidr => isWithin(address, cidr)) === true)
    return found === undefined ? undefined : named(found, idPrefixes.vpcPeering)
  },
})

/** The same, and with it whoever in some VPCs has a public address. A look at all that is in them. */
export const withPublicPorts = (network: Network, vpcs: readonly string[], cache: Cache): Network => ({
  ...network,
  publicPortAt: address => vpcs.flatMap(vpc => cache.of(subnetInformer).by('vpc', vpc))
    .flatMap(({ metadata }): Port[] => [
      ...cache.of(instanceInformer).by('subnet', keyOf(metadata))
        .flatMap(each => each.status?.publicIPAddress === address ? portOfInstance(each, cache) ?? [] : []),
      ...cache.of(networkInterfaceInformer).by('subnet', keyOf(metadata))
        .flatMap(each => each.status?.publicIPAddress === address ? portOfInterface(each, cache) ?? [] : []),
      ...cache.of(natGatewayInformer).by('subnet', keyOf(metadata))
        .flatMap(each => each.status?.publicIP === address ? portOfGateway(each, cache) ?? [] : []),
    ])[0],
})

const named = (object: KubeObject, prefix: IdPrefix) => ({ name: object.metadata.name, id: idOf(prefix, object.metadata.uid) })

const vpcAt = (key: string, cache: Cache): VPC | undefined => {
  const vpc = cache.of(vpcInformer).get(key)
  if (vpc === undefined) return undefined
  const gateway = gatewayOf(vpc, cache)
  return {
    name: vpc.metadata.name,
    cidrs: vpc.spec.cidrBlocks,
    ...gateway?.status?.state === 'available' ? { gateway: named(gateway, idPrefixes.internetGateway) } : {},
  }
}

const subnetAt = (key: string, cache: Cache): Subnet | undefined => {
  const subnet = cache.of(subnetInformer).get(key)
  if (subnet === undefined) return undefined
  const [acl, table] = [aclOf(subnet, cache), routesOf(subnet, cache)]
  return {
    ...named(subnet, idPrefixes.subnet),
    key,
    vpc: siblingKey(subnet, subnet.spec.vpcRef.name),
    cidr: subnet.spec.cidrBlock,
    ...acl === undefined ? {} : { acl },
    ...table === undefined ? {} : { table },
  }
}

const aclOf = (subnet: SubnetObject, cache: Cache): ACL | undefined => {
  const list = listOf(subnet, cache)
  if (list === undefined) return undefined
  const entries = (list.spec.entries ?? []).map((entry, index) => ({ ...entry, path: `entries[${index}]` }))
  return { ...named(list, idPrefixes.networkACL), entries }
}

const routesOf = (subnet: SubnetObject, cache: Cache): Table | undefined => {
  const table = tableOf(subnet, cache)
  if (table === undefined) return undefined
  return {
    ...named(table, idPrefixes.routeTable),
    routes: resolveRoutes(table, cache).map((resolved, index): Route =>
      ({ path: `routes[${index}]`, destination: resolved.destination, target: targetAt(resolved, table, cache) })),
  }
}

const targetAt = ({ route, target: id, obstacle }: ResolvedRoute, table: KubeObject, cache: Cache): Target => {
  const { kind, name } = targetOf(route)
  if (obstacle !== undefined) return { kind, name, id, obstacle: obstacle.message }
  const key = siblingKey(table, name)
  if (kind === 'NATGateway') {
    const gateway = cache.of(natGatewayInformer).get(key)
    const port = gateway === undefined ? undefined : portOfGateway(gateway, cache)
    return port === undefined ? { kind, name, id, obstacle: 'its subnet does not exist' } : { kind, name, id, port }
  }
  if (kind === 'VPCPeering') {
    const peering = cache.of(vpcPeeringInformer).get(key)
    return { kind, name, id, vpc: peering === undefined ? undefined : ownPeerOf(peering) }
  }
  return { kind, name, id }
}

const peeringsOf = (vpc: string, cache: Cache) => cache.of(vpcPeeringInformer).by('vpc', vpc).filter(peering => peerOf(peering, cache).kind === 'bound')

/** Key of the VPC at the other end, where it is of the same account. */
const ownPeerOf = (peering: Parameters<typeof peerKeyOf>[0]): string | undefined => {
  const key = peerKeyOf(peering)
  return splitKey(key).namespace === peering.metadata.namespace ? key : undefined
}
