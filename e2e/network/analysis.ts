/** What the operator's reachability analysis says of a world, in the terms of the matrix. */
import { evaluate, type Question as Asked } from '../../operator/resources/reachability-analysis/evaluate.ts'
import type { Entry, Group, Network, Port, Route, Rule, Subnet, Target } from '../../operator/resources/reachability-analysis/network.ts'
import type { Answer, Probe } from './matrix.ts'
import { arePeered, find, need, vpcOf } from './model/lookup.ts'
import { ephemeralPort } from './model/packet.ts'
import type * as Model from './model/world.ts'

/** One end is to be an interface: what the internet asks of an address that nobody has there is no question of an account's. */
export const canAsk = (world: Model.World, { from, to }: Probe): boolean => 'interface' in from || world.interfaces.some(({ publicAddress }) => publicAddress === to)

export const analyse = (world: Model.World, probe: Probe): Answer => {
  const { from, to, protocol, port } = probe
  const source: Asked['source'] = 'interface' in from ? portOf(world, need(world.interfaces, from.interface)) : { address: from.internet }
  const receiver = 'interface' in from ? undefined : world.interfaces.find(each => each.publicAddress === to)
  const destination: Asked['source'] = receiver === undefined ? { address: to } : portOf(world, receiver)
  const { result, explanation } = evaluate({
    network: networkOf(world), source, destination, protocol, sourcePort: ephemeralPort, ...protocol === 'icmp' ? {} : { port },
  })
  return { passes: result === 'Reachable', reason: explanation }
}

const networkOf = (world: Model.World): Network => {
  const ports = [...world.interfaces.map(card => portOf(world, card)), ...world.natGateways.map(gateway => gatewayPortOf(world, gateway))]
  return {
    vpc: key => {
      const gateway = world.internetGateways.find(({ vpc }) => vpc === key)
      return { name: key, cidrs: need(world.vpcs, key).cidrs, ...gateway === undefined ? {} : { gateway: named(gateway.id) } }
    },
    subnet: key => subnetOf(world, need(world.subnets, key)),
    portAt: (vpc, address) => ports.find(each => each.vpc === vpc && each.privateAddress === address),
    publicPortAt: address => ports.find(({ publicAddress }) => publicAddress === address),
    peersOf: key => world.vpcs.map(({ id }) => id).filter(id => id !== key && arePeered(world, key, id)),
    peeringTo: () => undefined,
  }
}

const named = (id: string) => ({ name: id, id })

const portOf = (world: Model.World, card: Model.NetworkInterface): Port => ({
  ...named(card.id),
  kind: 'NetworkInterface',
  vpc: vpcOf(world, card.subnet),
  subnet: card.subnet,
  privateAddress: card.privateAddress,
  ...card.publicAddress === undefined ? {} : { publicAddress: card.publicAddress },
  groups: card.securityGroups.map(id => groupOf(world, need(world.securityGroups, id), vpcOf(world, card.subnet))),
})

const gatewayPortOf = (world: Model.World, { id, subnet, privateAddress, publicAddress }: Model.NATGateway): Port => ({
  ...named(id), kind: 'NATGateway', vpc: vpcOf(world, subnet), subnet, privateAddress, ...publicAddress === undefined ? {} : { publicAddress }, groups: [],
})

const groupOf = (world: Model.World, { id, ingress, egress }: Model.SecurityGroup, vpc: string): Group => {
  const asRules = (rules: readonly Model.Rule[], field: string) => rules.map((rule, index): Rule => {
    const path = `${field}[${index}]`
    return { path, title: path, protocol: rule.protocol, fromPort: rule.from, toPort: rule.to, peer: peerOf(world, rule.peer, vpc) }
  })
  return { ...named(id), key: id, ingress: asRules(ingress, 'ingressRules'), egress: asRules(egress, 'egressRules') }
}

const peerOf = (world: Model.World, peer: Model.Rule['peer'], vpc: string): Rule['peer'] => {
  if ('cidr' in peer) return { cidrs: [peer.cidr] }
  if ('prefixList' in peer) return { cidrs: find(world.prefixLists, peer.prefixList)?.cidrs ?? [] }
  const group = find(world.securityGroups, peer.group)
  return group === undefined || (group.vpc !== vpc && !arePeered(world, vpc, group.vpc)) ? { cidrs: [] } : { group: group.id }
}

const subnetOf = (world: Model.World, { id, vpc, cidr, networkACL, routeTable }: Model.Subnet): Subnet => ({
  ...named(id), key: id, vpc, cidr,
  ...networkACL === undefined ? {} : { acl: { ...named(networkACL), entries: (find(world.networkACLs, networkACL)?.entries ?? []).map(entryOf) } },
  ...routeTable === undefined ? {} : { table: { ...named(routeTable), routes: routesOf(world, routeTable, vpc) } },
})

const routesOf = (world: Model.World, table: string, vpc: string): Route[] => need(world.routeTables, table).routes.map(({ cidr, target }, index) =>
  ({ path: `routes[${index}]`, destination: cidr, target: targetOf(world, target, vpc) }))

const entryOf = ({ number, direction, action, protocol, cidr, from, to }: Model.Entry, index: number): Entry => ({
  path: `entries[${index}]`,
  ruleNumber: number,
  direction: direction === 'ingress' ? 'Ingress' : 'Egress',
  action: action === 'allow' ? 'Allow' : 'Deny',
  protocol,
  cidr,
  ...protocol === 'icmp' ? { icmp: { type: from ?? -1, code: to ?? -1 } } : { fromPort: from, toPort: to },
})

const targetOf = (world: Model.World, target: Model.Target, vpc: string): Target => {
  const dark = (kind: Target['kind'], id: string): Target => ({ ...named(id), kind, obstacle: 'there is none' })
  if ('internetGateway' in target) {
    const { internetGateway: id } = target
    return find(world.internetGateways, id)?.vpc === vpc ? { ...named(id), kind: 'InternetGateway' } : dark('InternetGateway', id)
  }
  if ('natGateway' in target) {
    const gateway = find(world.natGateways, target.natGateway)
    return gateway === undefined || vpcOf(world, gateway.subnet) !== vpc ? dark('NATGateway', target.natGateway)
      : { ...named(gateway.id), kind: 'NATGateway', port: gatewayPortOf(world, gateway) }
  }
  if ('peering' in target) {
    const peering = find(world.peerings, target.peering)
    return peering === undefined || peering.vpc !== vpc || !arePeered(world, peering.vpc, peering.peer) ? dark('VPCPeering', target.peering)
      : { ...named(peering.id), kind: 'VPCPeering', vpc: peering.peer }
  }
  return { ...named(target.instance), kind: 'Instance' }
}
