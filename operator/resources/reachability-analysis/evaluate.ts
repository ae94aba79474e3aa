import type { ReachabilityHop } from '../../../crds/v1alpha1/reachability-analysis.ts'
import type { Network, Packet, Port } from './network.ts'
import { type Leg, type End, travel } from './travel.ts'

/** What is asked. An end that is no port is an address: of the VPC of the other end, of a peered one, or of the internet. */
export type Question = {
  network: Network
  source: Port | { address: string }
  destination: Port | { address: string }
  protocol: 'tcp' | 'udp' | 'icmp'
  /** Destination port of tcp and udp. */
  port?: number | undefined
  /** Left out: all that Linux takes for clients, which must all get answers. */
  sourcePort?: number | undefined
  /** Left out: an echo request. */
  icmp?: { type: number; code: number } | undefined
}

export type Answer = {
  result: 'Reachable' | 'NotReachable' | 'ReachableToPeer'
  /** What is met, in order; where it is not reachable the last one says why. */
  hops: readonly ReachabilityHop[]
  explanation: string
}

/**
 * Whether a connection comes about, by EC2's rules: the packet is followed from its sender, then the answer back. At a port its groups are asked,
 * which remember what they let through; at the edge of a subnet its list, which remembers nothing; between subnets the table of the one that is
 * left decides. Pure.
 */
export const evaluate = (question: Question): Answer => {
  const { network, protocol, port = 0, sourcePort } = question
  const source = asPort(question.source, question.destination, network)
  const destination = asPort(question.destination, question.source, network)
  const hops: ReachabilityHop[] = []
  const packet: Packet = {
    protocol,
    sender: source.port,
    source: source.port?.privateAddress ?? source.address,
    destination: addressOf(destination, source, network),
    sourcePorts: sourcePort === undefined ? [32768, 60999] : [sourcePort, sourcePort],
    destinationPorts: [port, port],
    icmp: question.icmp ?? { type: 8, code: 0 },
  }
  const translated = new Map<string, Port>()
  const there = travel({ network, direction: 'Forward', translated, hops, receiver: destination.port }, from(source, destination, network), packet)
  if (there.kind === 'stopped') return answer('NotReachable', hops)
  if (there.kind === 'peer') return answer('ReachableToPeer', hops)
  if (protocol === 'icmp' && packet.icmp.type !== 8) return answer('Reachable', hops)
  const leg: Leg = { network, direction: 'Return', translated, hops, receiver: source.port }
  const back = travel(leg, there.kind === 'arrived' ? { port: there.port } : { outside: 'internet' }, replyTo(there.packet, there))
  if (back.kind === 'stopped') return answer('NotReachable', hops)
  if (back.packet.source !== packet.destination) {
    const message = `the answer comes from ${back.packet.source}, which nobody asked: ask ${back.packet.source} itself`
    return answer('NotReachable', [...hops, { direction: 'Return', component: 'Internet', name: '', id: '', rule: '', action: 'Deny', message }])
  }
  return answer(back.kind === 'peer' ? 'ReachableToPeer' : 'Reachable', hops)
}

type Place = { port: Port | undefined; address: string }

/** An address that one of ours has is that one: a port of the VPC of the other end, of a VPC peered with it, or a public address of the account. */
const asPort = (end: Question['source'], other: Question['source'], network: Network): Place => {
  if ('kind' in end) return { port: end, address: end.privateAddress }
  const { address } = end
  if (!('kind' in other)) return { port: undefined, address }
  const port = [other.vpc, ...network.peersOf(other.vpc)].map(vpc => network.portAt(vpc, address)).find(found => found !== undefined)
  return { port, address }
}

/** Inside a VPC and across a peering by the private address, else by the public one, if there is any. */
const addressOf = ({ port, address }: Place, source: Place, network: Network): string => {
  if (port === undefined || port.publicAddress === undefined) return address
  const isNear = source.port !== undefined && [source.port.vpc, ...network.peersOf(source.port.vpc)].includes(port.vpc)
  return isNear ? address : port.publicAddress
}

const from = (source: Place, destination: Place, network: Network): Parameters<typeof travel>[1] => {
  if (source.port !== undefined) return { port: source.port }
  const vpc = destination.port?.vpc
  const peering = vpc === undefined ? undefined : network.peeringTo(vpc, source.address)
  if (peering !== undefined && destination.port !== undefined) return { outside: 'peer', peering, to: destination.port }
  const own = vpc === undefined ? undefined : network.vpc(vpc)
  return { outside: 'internet', ...own === undefined ? {} : { nobodyIn: own } }
}

const replyTo = ({ source, destination, sourcePorts, destinationPorts, ...rest }: Packet, end: End): Packet => ({
  ...rest, sender: end.kind === 'arrived' ? end.port : undefined, source: destination, destination: source, sourcePorts: destinationPorts,
  destinationPorts: sourcePorts, icmp: { type: 0, code: 0 },
})

const answer = (result: Answer['result'], hops: readonly ReachabilityHop[]): Answer => {
  const stop = hops.at(-1)
  const explanation = {
    Reachable: 'reachable: everything on the way lets it through, and the answers back',
    ReachableToPeer: 'it reaches the peering; beyond it the rules of another account hold, which are not shown here',
    NotReachable: `${stop?.direction === 'Return' ? 'the answer is stopped: ' : ''}${stop?.message ?? ''}`,
  }[result]
  return { result, hops, explanation: explanation.slice(0, 1024) }
}
