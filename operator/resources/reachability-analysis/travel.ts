import type { ReachabilityHop } from '../../../crds/v1alpha1/reachability-analysis.ts'
import { type Direction, isWithin, throughACL, throughGroups } from './filters.ts'
import { groupHop, listHop } from './words.ts'
import type { Network, Packet, Port, Route, Subnet, Target, VPC } from './network.ts'

/** One way of a connection. `hops` grows; `translated`: whose packets a NATGateway has sent on as its own. */
export type Leg = {
  network: Network
  direction: 'Forward' | 'Return'
  translated: Map<string, Port>
  hops: ReachabilityHop[]
  /** Whom it is for, where that is known. */
  receiver: Port | undefined
}

export type End =
  | { kind: 'stopped' }
  | { kind: 'arrived'; port: Port; packet: Packet }
  | { kind: 'outside'; packet: Packet }
  /** Into another account's VPC. */
  | { kind: 'peer'; packet: Packet }

type Start =
  | { port: Port }
  /** `nobodyIn`: a VPC whose addresses nobody outside has. */
  | { outside: 'internet'; nobodyIn?: VPC }
  | { outside: 'peer'; peering: { name: string; id: string }; to: Port }

/** Follows a packet until it arrives or is stopped. */
export const travel = (leg: Leg, start: Start, packet: Packet): End => {
  if ('port' in start) return send(leg, start.port, packet)
  if (start.outside === 'peer') {
    pass(leg, { component: 'VPCPeering', ...start.peering, rule: '', message: `comes in by VPCPeering "${start.peering.name}"; what let it out there is not shown here` })
    return arrive(leg, start.to, undefined, packet)
  }
  if (start.nobodyIn !== undefined && start.nobodyIn.cidrs.some(cidr => isWithin(packet.source, cidr))) {
    return stop(leg, { component: 'Internet', name: '', id: '', rule: '', message: `nobody in VPC "${start.nobodyIn.name}" has ${packet.source}: ask from an address that is in use` })
  }
  return fromInternet(leg, packet)
}

const send = (leg: Leg, port: Port, packet: Packet): End => {
  if (port.vacant !== undefined) return stop(leg, portHop(port, port.vacant))
  if (leg.direction === 'Forward' && port.kind !== 'NATGateway' && !askGroups(leg, port, packet, 'Egress')) return stopped
  const subnet = leg.network.subnet(port.subnet)
  if (subnet === undefined) return stop(leg, portHop(port, `the subnet of ${titleOf(port)} does not exist: create it`))
  const isInside = isWithin(packet.destination, subnet.cidr)
  if (!isInside && !askList(leg, subnet, packet, 'Egress')) return stopped
  const local = leg.network.vpc(subnet.vpc)?.cidrs.some(cidr => isWithin(packet.destination, cidr)) === true
  return isInside || local ? deliver(leg, subnet.vpc, subnet, packet) : byTable(leg, port, subnet, packet)
}

/** To whoever has the address in a VPC. */
const deliver = (leg: Leg, vpc: string, left: Subnet, packet: Packet): End => {
  const port = leg.network.portAt(vpc, packet.destination)
  const where = leg.network.vpc(vpc)?.name ?? ''
  return port !== undefined ? arrive(leg, port, left, packet)
    : stop(leg, { component: 'NetworkInterface', name: '', id: '', rule: '', message: `nobody in VPC "${where}" has ${packet.destination}: ask for an address that is in use` })
}

/** The longest prefix counts; where there is none the packet goes nowhere. */
const byTable = (leg: Leg, from: Port, subnet: Subnet, packet: Packet): End => {
  const { table } = subnet
  const named = { component: 'RouteTable' as const, name: table?.name ?? '', id: table?.id ?? '' }
  const route = table?.routes.filter(({ destination }) => isWithin(packet.destination, destination))
    .reduce<Route | undefined>((best, each) => best === undefined || lengthOf(each) > lengthOf(best) ? each : best, undefined)
  if (route === undefined) {
    const which = table === undefined ? `subnet "${subnet.name}" has no route table` : `RouteTable "${table.name}" of subnet "${subnet.name}" has no route to ${packet.destination}`
    return stop(leg, { ...named, rule: '', message: `${which}: add a route, for example of 0.0.0.0/0 to an InternetGateway or a NATGateway` })
  }
  const { target } = route
  const said = `RouteTable "${named.name}": ${route.destination} to ${target.kind} "${target.name}"`
  if ('obstacle' in target) return stop(leg, { ...named, rule: route.path, message: `${said} is a blackhole: ${target.obstacle}` })
  pass(leg, { ...named, rule: route.path, message: said })
  return follow(leg, target, from, subnet, packet)
}

const lengthOf = ({ destination }: Route): number => Number(destination.split('/')[1])

const follow = (leg: Leg, target: Exclude<Target, { obstacle: string }>, from: Port, subnet: Subnet, packet: Packet): End => {
  const named = { component: target.kind, name: target.name, id: target.id, rule: '' }
  switch (target.kind) {
    case 'InternetGateway': {
      if (from.publicAddress === undefined) {
        return stop(leg, { ...named, message: `${titleOf(from)} has no public address: give it an ElasticIP, or route its subnet to a NATGateway` })
      }
      pass(leg, { ...named, message: `leaves as ${from.publicAddress}` })
      return fromInternet(leg, { ...packet, source: from.publicAddress })
    }
    case 'NATGateway': return translate(leg, target.port, from, subnet, packet)
    case 'VPCPeering': {
      pass(leg, { ...named, message: `crosses VPCPeering "${target.name}"` })
      return target.vpc === undefined ? { kind: 'peer', packet } : deliver(leg, target.vpc, subnet, packet)
    }
    case 'Instance': return stop(leg, { ...named, message: `is handed to Instance "${target.name}": what its guest does with it can't be seen from here` })
  }
}

/** Only what begins behind a NATGateway passes it, and leaves by the table of the gateway's own subnet. */
const translate = (leg: Leg, gateway: Port, from: Port, left: Subnet, packet: Packet): End => {
  if (leg.direction === 'Return') return stop(leg, portHop(gateway, `${titleOf(gateway)} knows of no such connection: answers leave by the way that the request came`))
  if (leg.translated.has(gateway.name)) return stop(leg, portHop(gateway, `the routes lead round to ${titleOf(gateway)} again: route its own subnet to an InternetGateway`))
  if (!enter(leg, gateway, left, packet)) return stopped
  leg.translated.set(gateway.name, from)
  pass(leg, portHop(gateway, `is sent on by ${titleOf(gateway)}`))
  return send(leg, gateway, { ...packet, source: gateway.privateAddress, sender: undefined })
}

const fromInternet = (leg: Leg, packet: Packet): End => {
  const port = leg.network.publicPortAt(packet.destination)
  const { receiver } = leg
  if (port === undefined) {
    if (receiver?.publicAddress === undefined && packet.destination === receiver?.privateAddress) {
      return stop(leg, portHop(receiver, `${titleOf(receiver)} has no public address: give it an ElasticIP`))
    }
    if (notOnInternet.some(block => isWithin(packet.destination, block))) {
      const message = `the internet has no ${packet.destination}: for a private address the route has to lead to a VPCPeering or an Instance`
      return stop(leg, { component: 'Internet', name: '', id: '', rule: '', message })
    }
    pass(leg, { component: 'Internet', name: '', id: '', rule: '', message: `reaches ${packet.destination} by the internet` })
    return { kind: 'outside', packet }
  }
  const vpc = leg.network.vpc(port.vpc)
  if (vpc?.gateway === undefined) {
    return stop(leg, { component: 'InternetGateway', name: '', id: '', rule: '', message: `VPC "${vpc?.name ?? ''}" has no InternetGateway: create one` })
  }
  pass(leg, { component: 'InternetGateway', ...vpc.gateway, rule: '', message: `comes in by InternetGateway "${vpc.gateway.name}", for ${titleOf(port)}` })
  return arrive(leg, port, undefined, { ...packet, destination: port.privateAddress })
}

/** Private and shared addresses, which nobody on the internet has. Source: RFC 1918, RFC 6598. */
const notOnInternet = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10']

/** @param left - the subnet that the packet comes from, if any. */
const arrive = (leg: Leg, port: Port, left: Subnet | undefined, packet: Packet): End => {
  if (!enter(leg, port, left, packet)) return stopped
  if (port.kind === 'NATGateway') return backThrough(leg, port, packet)
  if (leg.direction === 'Forward' && !askGroups(leg, port, packet, 'Ingress')) return stopped
  if (port.vacant !== undefined) return stop(leg, portHop(port, port.vacant))
  pass(leg, portHop(port, `arrives at ${titleOf(port)}`))
  return { kind: 'arrived', port, packet }
}

/** Inside a subnet no list is asked. */
const enter = (leg: Leg, port: Port, left: Subnet | undefined, packet: Packet): boolean => {
  const subnet = leg.network.subnet(port.subnet)
  return subnet === undefined || subnet.key === left?.key || askList(leg, subnet, packet, 'Ingress')
}

const backThrough = (leg: Leg, gateway: Port, packet: Packet): End => {
  const behind = leg.direction === 'Return' ? leg.translated.get(gateway.name) : undefined
  if (behind === undefined) return stop(leg, portHop(gateway, `${titleOf(gateway)} lets nothing in that was not asked for: use an ElasticIP`))
  pass(leg, portHop(gateway, `is handed back by ${titleOf(gateway)}`))
  return send(leg, gateway, { ...packet, destination: behind.privateAddress })
}

const askGroups = (leg: Leg, port: Port, packet: Packet, direction: Direction): boolean => {
  const other = direction === 'Ingress' ? packet.sender : leg.receiver
  return hop(leg, groupHop(port, packet, direction, throughGroups(port, packet, direction, other)))
}

const askList = (leg: Leg, subnet: Subnet, packet: Packet, direction: Direction): boolean =>
  subnet.acl === undefined || hop(leg, listHop(subnet, subnet.acl, packet, direction, throughACL(subnet.acl, packet, direction)))

type Said = Omit<ReachabilityHop, 'direction' | 'action'>

const stopped: End = { kind: 'stopped' }

const hop = (leg: Leg, said: Omit<ReachabilityHop, 'direction'>): boolean => {
  leg.hops.push({ ...said, direction: leg.direction, message: said.message.slice(0, 1024) })
  return said.action === 'Allow'
}

const pass = (leg: Leg, said: Said): void => void hop(leg, { ...said, action: 'Allow' })

const stop = (leg: Leg, said: Said): End => {
  hop(leg, { ...said, action: 'Deny' })
  return stopped
}

const portHop = (port: Port, message: string): Said => ({ component: port.kind, name: port.name, id: port.id, rule: '', message })

const titleOf = ({ kind, name }: Port): string => `${kind} "${name}"`
