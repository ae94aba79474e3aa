import { containsAddress, parseAddress, parseCidr } from '../../../crds/cidr.ts'
import type { ACL, Entry, Group, Packet, Port, Protocol, Rule } from './network.ts'

export type Direction = 'Ingress' | 'Egress'

/** What decides: a group's rule, or all groups together where none has one. */
export type GroupVerdict = { group: Group; rule: Rule | undefined } | { closed: readonly { group: Group; rule: Rule }[] }

/**
 * The rule by which the groups of a port let a packet through; one rule of one group is enough. Else those rules that would, and are not in force.
 * @param other - who is at the other end, where that is known.
 */
export const throughGroups = (port: Port, packet: Packet, direction: Direction, other: Port | undefined): GroupVerdict => {
  const closed: { group: Group; rule: Rule }[] = []
  for (const group of port.groups) {
    const rules = direction === 'Ingress' ? group.ingress : group.egress
    if (rules === 'all') return { group, rule: undefined }
    const matching = rules.filter(rule => isAbout(rule, packet) && isPeer(rule, direction === 'Ingress' ? packet.source : packet.destination, other))
    const open = matching.find(({ obstacle }) => obstacle === undefined)
    if (open !== undefined) return { group, rule: open }
    closed.push(...matching.map(rule => ({ group, rule })))
  }
  return { closed }
}

/** A group stands for its members' private addresses, never their public ones. */
const isPeer = ({ peer }: Rule, address: string, other: Port | undefined): boolean =>
  'cidrs' in peer ? peer.cidrs.some(cidr => isWithin(address, cidr))
    : other !== undefined && other.privateAddress === address && other.groups.some(({ key }) => key === peer.group)

/** `entry` is undefined where none matches. `ports`: those that are stopped, where others pass. */
export type ACLVerdict = { action: 'Allow' | 'Deny'; entry: Entry | undefined; ports?: readonly [number, number] }

/** What a list says of a packet, lowest number first; a packet whose port is not known yet passes only if all that it can be do. */
export const throughACL = ({ entries }: ACL, packet: Packet, direction: Direction): ACLVerdict => {
  const address = direction === 'Ingress' ? packet.source : packet.destination
  const ordered = entries
    .filter(entry => entry.direction === direction && isProtocol(entry.protocol, packet) && isICMP(entry, packet) && isWithin(address, entry.cidr))
    .toSorted((a, b) => a.ruleNumber - b.ruleNumber)
  let left: (readonly [number, number])[] = [packet.destinationPorts]
  let last: Entry | undefined
  for (const entry of ordered) {
    const span = portsOf(entry)
    const met = left.map(part => common(part, span)).find(part => part !== undefined)
    if (met === undefined) continue
    if (entry.action === 'Deny') return { action: 'Deny', entry, ...isPart(met, packet) ? { ports: met } : {} }
    last = entry
    left = left.flatMap(part => without(part, span))
    if (left.length === 0) return { action: 'Allow', entry }
  }
  const [stopped] = left
  return { action: 'Deny', entry: undefined, ...last === undefined || stopped === undefined ? {} : { ports: stopped } }
}

type Span = readonly [number, number]

const allPorts: Span = [0, 65535]

const portsOf = ({ protocol, fromPort, toPort }: Entry): Span =>
  (protocol === 'tcp' || protocol === 'udp') && fromPort !== undefined && toPort !== undefined ? [fromPort, toPort] : allPorts

const common = ([a, b]: Span, [c, d]: Span): Span | undefined => Math.max(a, c) <= Math.min(b, d) ? [Math.max(a, c), Math.min(b, d)] : undefined

const without = (part: Span, taken: Span): Span[] => {
  const met = common(part, taken)
  if (met === undefined) return [part]
  return [[part[0], met[0] - 1] as const, [met[1] + 1, part[1]] as const].filter(([first, last]) => first <= last)
}

const isPart = ([first, last]: Span, { destinationPorts }: Packet): boolean => first !== destinationPorts[0] || last !== destinationPorts[1]

const isAbout = ({ protocol, fromPort = -1, toPort = -1 }: Rule, packet: Packet): boolean => {
  if (protocol === 'all') return true
  if (protocol !== packet.protocol) return false
  if (protocol === 'icmp') return (fromPort === -1 || fromPort === packet.icmp.type) && (toPort === -1 || toPort === packet.icmp.code)
  const [first, last] = packet.destinationPorts
  return fromPort <= first && last <= toPort
}

const isProtocol = (protocol: Protocol, packet: Packet): boolean => protocol === 'all' || protocol === packet.protocol

const isICMP = ({ protocol, icmp }: Entry, packet: Packet): boolean => protocol !== 'icmp' || icmp === undefined ||
  ((icmp.type === -1 || icmp.type === packet.icmp.type) && ((icmp.code ?? -1) === -1 || icmp.code === packet.icmp.code))

/** Whether an IPv4 address is in a block; never in one of IPv6. */
export const isWithin = (address: string, cidr: string): boolean => {
  const [block, parsed] = [parseCidr(cidr), parseAddress(address)]
  return block !== undefined && parsed !== undefined && containsAddress(block, parsed)
}
