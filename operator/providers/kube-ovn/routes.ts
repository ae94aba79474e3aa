import { type Cidr, containsCidr, parseCidr } from '../../../crds/cidr.ts'
import type { DropPolicy } from './network-acl.ts'
import { peerLink } from './peer-link.ts'
import { resolverPolicies } from './resolver-network.ts'

/** Where a route sends what it matches. */
export type NextHop =
  /** A Kube-OVN Subnet of public addresses, for senders that have one each (an internet gateway), or by the one that their subnet shares. */
  | { kind: 'external'; subnet: string; by: 'ownAddress' | 'sharedAddress' }
  /** The router of a VPC that is peered. */
  | { kind: 'peer'; vpcID: string }
  /** An address in a subnet of the VPC. */
  | { kind: 'inside'; subnetID: string; address: string }
  /** Nowhere: what it matches is dropped. */
  | { kind: 'blackhole' }

export type RouterRoute = { destination: string; nextHop: NextHop }

/** All that a router of a VPC is made of. */
export type Router = {
  /** ID of the VPC. */
  id: string
  namespace: string
  /** Blocks of the VPC. */
  blocks: readonly string[]
  /** Its subnets, each with the ID of the table that it follows; undefined: none, so that nothing leaves it but to the VPC's own blocks. */
  subnets: readonly { id: string; cidr: string; routeTable: string | undefined }[]
  routeTables: readonly { id: string; routes: readonly RouterRoute[] }[]
  /** Kube-OVN Subnets of public addresses that it is connected to, each with the address of its gateway. */
  external: readonly { subnet: string; gateway: string }[]
  /** Private addresses that public ones lead to: only what comes from these is translated by an internet gateway. */
  publicAddresses?: readonly string[]
  /** What network ACLs keep from leaving its subnets. */
  denied?: readonly DropPolicy[]
  /** VPCs that it is peered with. */
  peers: readonly { vpcID: string; blocks: readonly string[] }[]
  /** The switch of its DNS servers, where it has some. */
  resolver?: string | undefined
}

/** With the empty fields that Kube-OVN writes: it updates whole objects, and a field that it added would look like somebody else's change. */
export type StaticRoute = { policy: 'policyDst'; cidr: string; nextHopIP: string; ecmpMode: ''; bfdId: ''; routeTable: string }

export type PolicyRoute = { priority: number; match: string } & ({ action: 'allow' | 'drop' } | { action: 'reroute'; nextHopIP: string })

/** The routes that lead somewhere, each in the table of its RouteTable. The common table stays empty: what comes from outside finds no way on. */
export const staticRoutes = (router: Router): StaticRoute[] => router.routeTables
  .flatMap(({ id, routes }) => routes.flatMap(({ destination, nextHop }) => {
    const address = addressOf(router, nextHop)
    return address === undefined || isLocal(router, destination) ? [] : [{
      policy: 'policyDst' as const, cidr: destination, nextHopIP: address, ecmpMode: '' as const, bfdId: '' as const, routeTable: id,
    }]
  }))
  .sort((a, b) => compare(a.routeTable, b.routeTable) || compare(a.cidr, b.cidr))

/**
 * What the tables alone can't say. A router's connected networks count in every table and a route that is not there lets a wider one match, so each
 * way out of a subnet is named here with where it leads, and everything else is dropped: a blackhole falls through to nothing, a private
 * subnet reaches no neighbour on the public network, an address of the VPC that nobody has never leaves it, and a peer gets no further than here.
 * One entry a subnet and route, so that a change of one removes no other for the moment that Kube-OVN takes to replace it.
 */
export const policyRoutes = (router: Router): PolicyRoute[] => [
  ...router.resolver === undefined ? [] : resolverPolicies(router, router.resolver), ...router.denied ?? [], ...routingPolicies(router),
]
  .sort((a, b) => b.priority - a.priority || compare(a.match, b.match))

const routingPolicies = (router: Router): PolicyRoute[] => isClosed(router) ? [] : [
  ...router.peers.flatMap(peer => arrivals(router, peer)),
  ...router.external.map(({ subnet }) => strangers(router, subnet)),
  ...router.subnets.map(({ cidr }) => ({ priority: priorities.local, match: `ip4.dst == ${cidr}`, action: 'allow' as const })),
  ...router.blocks.map(block => ({ priority: priorities.unassigned, match: `ip4.dst == ${block}`, action: 'drop' as const })),
  ...router.subnets.flatMap(subnet => departures(router, subnet)),
  ...router.external.map(({ subnet }) => ({ priority: priorities.rest, match: `inport == ${port(router, subnet)}`, action: 'drop' as const })),
]

/**
 * From 0 to 32767, the highest counts; what network ACLs deny is above all of these. Kube-OVN adds entries of its own at 31000 that allow whatever is
 * for a subnet: what a peer may not send has to be dropped above them, since of two of one priority OVN takes any. Routes are two apart a bit of
 * prefix. Source: kube-ovn v1.16.2, addCommonRoutesForSubnet in pkg/controller/subnet.go.
 */
const priorities = { fromPeer: 31002, restOfPeer: 31001, stranger: 31001, local: 30000, unassigned: 29000, route: 1000, rest: 100 }

/** Of a peer's traffic only what comes from its own blocks and is for the VPC's. */
const arrivals = (router: Router, { vpcID, blocks }: Router['peers'][number]): PolicyRoute[] => {
  const from = `inport == ${port(router, vpcID)}`
  return [
    { priority: priorities.fromPeer, match: `${from} && ip4.src == ${setOf(blocks)} && ip4.dst == ${setOf(router.blocks)}`, action: 'allow' },
    { priority: priorities.restOfPeer, match: from, action: 'drop' },
  ]
}

/**
 * Nobody outside has an address of the VPC's or of a peer's: who claims one would be taken for a member of a group, or for whom a rule names. Others
 * on the public network may send what they like, and some of them are other tenants.
 */
const strangers = (router: Router, external: string): PolicyRoute => ({
  priority: priorities.stranger,
  match: `inport == ${port(router, external)} && ip4.src == ${setOf([...router.blocks, ...router.peers.flatMap(({ blocks }) => blocks)])}`,
  action: 'drop',
})

const departures = (router: Router, subnet: Router['subnets'][number]): PolicyRoute[] => {
  const from = `inport == ${port(router, subnet.id)}`
  const routes = router.routeTables.find(({ id }) => id === subnet.routeTable)?.routes ?? []
  return [
    ...routes.filter(({ destination }) => !isLocal(router, destination)).flatMap(({ destination, nextHop }): PolicyRoute[] => {
      const priority = priorities.route + 2 * (parseCidr(destination)?.prefixLength ?? 0)
      const match = `${from} && ${destination === '0.0.0.0/0' ? 'ip4' : `ip4.dst == ${destination}`}`
      const nextHopIP = addressOf(router, nextHop)
      if (nextHopIP === undefined) return [{ priority, match, action: 'drop' }]
      return nextHop.kind === 'external' ? outward(router, subnet, nextHop, { priority, match }) : [{ priority, match, action: 'reroute', nextHopIP }]
    }),
    { priority: priorities.rest, match: from, action: 'drop' },
  ]
}

/**
 * To a neighbour on the public network directly, as its connected route says, not by its gateway. What no translation is for would arrive there by
 * the address that it claims, at whoever shares the network: another tenant whose rules name that very address. So it is dropped, and takes no
 * wider route. Translated is what comes from an address that a public one leads to, or from the subnet's own block; an instance that forwards
 * may send by any other.
 */
const outward = (
  router: Router, { cidr }: Router['subnets'][number], { subnet, by }: NextHop & { kind: 'external' }, route: { priority: number; match: string },
): PolicyRoute[] => {
  const { priority, match } = route
  const { publicAddresses = [] } = router
  const translated = by === 'sharedAddress' ? cidr : publicAddresses.length === 0 ? undefined : setOf(publicAddresses)
  const drop: PolicyRoute = { priority, match, action: 'drop' }
  if (translated === undefined) return [drop]
  return [{ priority: priority + 1, match: `${match} && ip4.src == ${translated} && outport == ${port(router, subnet)}`, action: 'allow' }, drop]
}

/** A router that leads nowhere has nothing to keep closed. */
const isClosed = ({ external, peers, routeTables }: Router): boolean =>
  external.length === 0 && peers.length === 0 && routeTables.every(({ routes }) => routes.length === 0)

/** Undefined where the router has no way there: a route to what it isn't connected to is a blackhole, whoever says otherwise. */
const addressOf = ({ id, external, peers, subnets }: Router, nextHop: NextHop): string | undefined => {
  switch (nextHop.kind) {
    case 'external': return external.find(({ subnet }) => subnet === nextHop.subnet)?.gateway
    case 'peer': return peers.some(({ vpcID }) => vpcID === nextHop.vpcID) ? peerLink(id, nextHop.vpcID).remote : undefined
    case 'inside': return subnets.some(subnet => subnet.id === nextHop.subnetID) ? nextHop.address : undefined
    case 'blackhole': return undefined
  }
}

/** Kube-OVN names every port of a router by the router and what it leads to. Source: kube-ovn v1.16.2, pkg/ovs and pkg/controller/vpc.go. */
const port = (router: Router, to: string): string => `"${router.id}-${to}"`

/** Traffic inside the VPC stays inside: no route of any table is ever asked. */
const isLocal = ({ blocks }: Router, destination: string): boolean => {
  const inner = parseCidr(destination)
  return inner === undefined || blocks.map(parseCidr).some((outer): outer is Cidr => outer !== undefined && containsCidr(outer, inner))
}

const setOf = (blocks: readonly string[]): string => `{${[...blocks].sort().join(', ')}}`

const compare = (a: string, b: string): number => a < b ? -1 : a > b ? 1 : 0
