/**
 * EC2's rules: whether somebody gets an answer from an address. A packet is followed from its sender hop by hop, then its answer back.
 *
 * At an interface its security groups are asked, which remember what they let through. Leaving or entering a subnet its network ACL is asked, which
 * remembers nothing. Between subnets the route table of the one that is left decides.
 */
import { isWithin, prefixLengthOf } from './addresses.ts'
import { stoppedByACL, stoppedByGroups } from './filters.ts'
import { arePeered, find, need, vpcOf } from './lookup.ts'
import { isIn, type Packet, replyTo, requestOf } from './packet.ts'
import type { NATGateway, NetworkInterface, Protocol, Route, Source, Subnet, Verdict, World } from './world.ts'

/** Something in a subnet that sends and receives. Security groups are an interface's alone: a NAT gateway has none. */
type Port = { subnet: string; privateAddress: string; publicAddress?: string | undefined; card?: NetworkInterface; nat?: NATGateway }

/** `translated`: whose packets a NAT gateway has sent on as its own. */
type Leg = { world: World; isReply: boolean; translated: Map<string, Port> }

type End = { stop: string } | { packet: Packet; at: Port | 'the internet' }

export const mayPass = (world: World, from: Source, to: string, protocol: Protocol, port: number): Verdict => {
  const translated = new Map<string, Port>()
  const sender = 'interface' in from ? cardPort(need(world.interfaces, from.interface)) : undefined
  const source = sender?.privateAddress ?? ('internet' in from ? from.internet : '')
  const request = requestOf(protocol, source, to, port, sender?.card?.id)
  const there = travel({ world, isReply: false, translated }, sender, request)
  if ('stop' in there) return { passes: false, arrives: false, reason: `request: ${there.stop}` }
  if (sender === undefined && there.at === 'the internet') return { passes: false, arrives: false, reason: 'request: it never leaves the internet' }
  const receiver = there.at === 'the internet' ? undefined : there.at
  const met = { arrives: true, receiver: receiver?.card?.id ?? to, seenAs: there.packet.source }
  const back = travel({ world, isReply: true, translated }, receiver, replyTo(there.packet, receiver?.card?.id))
  const wrong = 'stop' in back ? back.stop
    : back.at !== 'the internet' && back.at.card?.id !== sender?.card?.id ? 'somebody else gets it'
    : back.packet.source !== to ? `it comes from ${back.packet.source}, which nobody asked` : undefined
  return wrong === undefined ? { ...met, passes: true, reason: `${met.receiver} answers` } : { ...met, passes: false, reason: `reply: ${wrong}` }
}

const travel = (leg: Leg, sender: Port | undefined, packet: Packet): End =>
  sender === undefined ? fromInternet(leg, packet) : send(leg, sender, packet)

const send = (leg: Leg, from: Port, packet: Packet): End => {
  const { world } = leg
  const stop = from.card === undefined || leg.isReply ? undefined : stoppedByGroups(world, from.card, packet, 'egress')
  if (stop !== undefined) return { stop }
  const subnet = need(world.subnets, from.subnet)
  if (isWithin(packet.destination, subnet.cidr)) return arrive(leg, portAt(world, subnet.vpc, packet.destination), subnet, packet)
  const denied = stoppedByACL(world, subnet, packet, 'egress')
  return denied === undefined ? route(leg, from, subnet, packet) : { stop: denied }
}

/** Local first, then the longest prefix. */
const route = (leg: Leg, from: Port, subnet: Subnet, packet: Packet): End => {
  const { world } = leg
  const { destination } = packet
  if (isIn(need(world.vpcs, subnet.vpc).cidrs, destination)) return arrive(leg, portAt(world, subnet.vpc, destination), subnet, packet)
  const routes = subnet.routeTable === undefined ? [] : need(world.routeTables, subnet.routeTable).routes
  const best = routes.filter(({ cidr }) => isWithin(destination, cidr)).sort((a, b) => prefixLengthOf(b.cidr) - prefixLengthOf(a.cidr))[0]
  if (best === undefined) return { stop: `${subnet.id} has no route to ${destination}` }
  return follow(leg, best, from, subnet, packet)
}

const follow = (leg: Leg, { cidr, target }: Route, from: Port, subnet: Subnet, packet: Packet): End => {
  const { world } = leg
  const name = `route ${cidr} at ${subnet.id}`
  const blackhole = { stop: `${name} is a black hole` }
  if ('internetGateway' in target) {
    if (find(world.internetGateways, target.internetGateway)?.vpc !== subnet.vpc) return blackhole
    if (from.publicAddress === undefined) return { stop: `${name}: ${from.privateAddress} has no public address` }
    // It answers for the addresses of its VPC alone: a sender that passes on a stranger's packet gets nothing translated.
    if (packet.source !== from.privateAddress) return { stop: `${name}: ${packet.source} is not its sender's own` }
    return fromInternet(leg, { ...packet, source: from.publicAddress })
  }
  if ('natGateway' in target) {
    const gateway = find(world.natGateways, target.natGateway)
    return gateway === undefined || vpcOf(world, gateway.subnet) !== subnet.vpc ? blackhole : translate(leg, gateway, from, subnet, packet, name)
  }
  if ('peering' in target) {
    const peering = find(world.peerings, target.peering)
    if (peering === undefined || peering.vpc !== subnet.vpc || !arePeered(world, peering.vpc, peering.peer)) return blackhole
    return arrive(leg, portAt(world, peering.peer, packet.destination), subnet, packet)
  }
  return find(world.interfaces, target.instance) === undefined ? blackhole : { stop: `${name} hands it to ${target.instance}` }
}

/** Only what begins behind a NAT gateway passes it, and leaves by the routes of the gateway's own subnet. */
const translate = (leg: Leg, gateway: NATGateway, from: Port, subnet: Subnet, packet: Packet, name: string): End => {
  if (leg.isReply) return { stop: `${name}: ${gateway.id} knows of no such connection` }
  if (leg.translated.has(gateway.id)) return { stop: `${name} leads round to ${gateway.id} again` }
  const stop = entering(leg, gateway.subnet, subnet, packet)
  if (stop !== undefined) return { stop }
  leg.translated.set(gateway.id, from)
  return send(leg, natPort(gateway), { ...packet, source: gateway.privateAddress, sender: undefined })
}

const privateBlocks = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16']

const fromInternet = (leg: Leg, packet: Packet): End => {
  const { world } = leg
  const port = portsOf(world).find(each => each.publicAddress === packet.destination)
  if (port === undefined) {
    return isIn(privateBlocks, packet.destination) ? { stop: `the internet has no ${packet.destination}` } : { packet, at: 'the internet' }
  }
  const vpc = vpcOf(world, port.subnet)
  if (!world.internetGateways.some(gateway => gateway.vpc === vpc)) return { stop: `${vpc} has no internet gateway` }
  return arrive(leg, port, undefined, { ...packet, destination: port.privateAddress })
}

/** `left` is the subnet that the packet comes from, if any. */
const arrive = (leg: Leg, port: Port | undefined, left: Subnet | undefined, packet: Packet): End => {
  if (port === undefined) return { stop: `nobody has ${packet.destination}` }
  const stop = entering(leg, port.subnet, left, packet)
  if (stop !== undefined) return { stop }
  if (port.nat !== undefined) return backThrough(leg, port, port.nat, packet)
  const closed = port.card === undefined || leg.isReply ? undefined : stoppedByGroups(leg.world, port.card, packet, 'ingress')
  return closed === undefined ? { packet, at: port } : { stop: closed }
}

/** Inside a subnet no network ACL is asked. */
const entering = ({ world }: Leg, subnet: string, left: Subnet | undefined, packet: Packet): string | undefined =>
  left?.id === subnet ? undefined : stoppedByACL(world, need(world.subnets, subnet), packet, 'ingress')

const backThrough = (leg: Leg, port: Port, gateway: NATGateway, packet: Packet): End => {
  const behind = leg.isReply ? leg.translated.get(gateway.id) : undefined
  if (behind === undefined) return { stop: `${gateway.id} lets nothing in` }
  return send(leg, port, { ...packet, destination: behind.privateAddress })
}

const portAt = (world: World, vpc: string, address: string): Port | undefined =>
  portsOf(world).find(port => port.privateAddress === address && vpcOf(world, port.subnet) === vpc)

const portsOf = ({ interfaces, natGateways }: World): Port[] => [...interfaces.map(cardPort), ...natGateways.map(natPort)]

const cardPort = (card: NetworkInterface): Port =>
  ({ card, subnet: card.subnet, privateAddress: card.privateAddress, publicAddress: card.publicAddress })

const natPort = (nat: NATGateway): Port =>
  ({ nat, subnet: nat.subnet, privateAddress: nat.privateAddress, publicAddress: nat.publicAddress })
