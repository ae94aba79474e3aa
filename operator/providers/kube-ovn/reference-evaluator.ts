import ipaddr from 'ipaddr.js'
import type { SecurityGroupRule } from './security-group.ts'

/** A packet as OVN's match language sees it. */
export type Packet = {
  /** Logical port that it came in by. */
  inport: string
  source: string
  destination: string
  protocol: 'tcp' | 'udp' | 'icmp4' | 'icmp6' | 'other'
  /** Destination port of tcp and udp, type of ICMP. */
  port: number
  /** Code of ICMP. */
  code: number
}

type Rule = { priority: number; match: string; action: string }

/**
 * Whether ACLs of a switch, or policies of a router, let a packet pass: of those that match the highest priority decides; what none matches
 * passes.
 */
export const rulesPass = (rules: readonly Rule[], packet: Packet): boolean => {
  const matching = rules.filter(({ match }) => matches(match, packet))
  const highest = Math.max(...matching.map(({ priority }) => priority))
  const deciding = new Set(matching.filter(({ priority }) => priority === highest).map(({ action }) => action))
  if (deciding.size > 1) throw new Error('OVN leaves open which of two rules of one priority decides')
  return !deciding.has('drop')
}

/**
 * The part of OVN's expressions that we write: comparisons with constants and sets of them, joined by `&&` and, in parentheses, `||`. Throws on
 * everything else. Source: ovn-sb(5), Logical_Flow.
 */
const matches = (match: string, packet: Packet): boolean => {
  const rest = match.match(/"[^"]*"|[(){},]|&&|\|\||[!=<]=|[^\s(){},]+/g) ?? []
  const value = joined('&&', rest, packet)
  if (rest.length > 0) throw new Error(`not an expression of ours: ${match}`)
  return value
}

/** Takes from `rest` what it reads, as do those below. */
const joined = (operator: '&&' | '||', rest: string[], packet: Packet): boolean => {
  const values = [compared(rest, packet)]
  while (rest[0] === operator) {
    rest.shift()
    values.push(compared(rest, packet))
  }
  return operator === '&&' ? values.every(Boolean) : values.some(Boolean)
}

const compared = (rest: string[], packet: Packet): boolean => {
  const first = rest.shift() ?? ''
  if (first === '(') {
    const inner = joined('||', rest, packet)
    if (rest.shift() !== ')') throw new Error('a parenthesis is not closed')
    return inner
  }
  if (/^\d+$/.test(first)) {
    const [less, field = '', orLess, last] = rest.splice(0, 4)
    if (less !== '<=' || orLess !== '<=') throw new Error('only ranges begin with a number')
    return inRange(fieldOf(field, packet), Number(first), Number(last))
  }
  if (rest[0] !== '==' && rest[0] !== '!=') return isOf(first, packet)
  const isEqual = rest.shift() === '=='
  const field = first === 'inport' ? `"${packet.inport}"` : fieldOf(first, packet)
  const wanted = constantsIn(rest)
  return field !== undefined && wanted.some(constant => isConstant(field, constant)) === isEqual
}

const constantsIn = (rest: string[]): string[] => {
  const first = rest.shift() ?? ''
  return first === '{' ? rest.splice(0, rest.indexOf('}') + 1).filter(token => token !== ',' && token !== '}') : [first]
}

/** A packet between a port in groups of Kube-OVN's and somebody else. */
export type GroupPacket = {
  direction: 'ingress' | 'egress'
  protocol: 'tcp' | 'udp' | 'icmp' | 'other'
  port: number
  remoteAddress: string
  /** Names of the groups that the other end is in. */
  remoteGroups: readonly string[]
}

type Spec = { ingressRules: readonly SecurityGroupRule[]; egressRules: readonly SecurityGroupRule[] }

/** Whether Kube-OVN lets a packet through a port that is in these groups: any group denies what none of them allows. */
export const groupsAllow = (groups: readonly Spec[], packet: GroupPacket): boolean =>
  groups.some(({ ingressRules, egressRules }) => (packet.direction === 'ingress' ? ingressRules : egressRules).some(rule => allows(rule, packet)))

const allows = (rule: SecurityGroupRule, packet: GroupPacket): boolean => {
  if (ipaddr.parse(packet.remoteAddress).kind() !== rule.ipVersion) return false
  const isPeer = rule.remoteType === 'address' ? isWithin(packet.remoteAddress, rule.remoteAddress) : packet.remoteGroups.includes(rule.remoteSecurityGroup)
  if (!isPeer) return false
  if (rule.protocol === 'all') return true
  if (rule.protocol !== packet.protocol) return false
  return rule.protocol === 'icmp' || inRange(packet.port, rule.portRangeMin ?? NaN, rule.portRangeMax ?? NaN)
}

const isOf = (name: string, { source, protocol }: Packet): boolean => {
  const family = source.includes(':') ? 'ip6' : 'ip4'
  return name === 'ip' || name === family || name === protocol
}

/** Undefined where the packet has no such field: a comparison with it never matches. */
const fieldOf = (name: string, packet: Packet): string | number | undefined => {
  const [layer = '', field] = name.split('.')
  if (!isOf(layer, packet)) return undefined
  switch (field) {
    case 'src': return packet.source
    case 'dst': return layer.startsWith('ip') ? packet.destination : packet.port
    case 'proto': return protocolNumbers[packet.protocol]
    case 'type': return packet.port
    case 'code': return packet.code
    default: throw new Error(`not a field of ours: ${name}`)
  }
}

const protocolNumbers = { icmp4: 1, tcp: 6, udp: 17, icmp6: 58, other: 132 }

const isConstant = (field: string | number, constant: string): boolean => {
  if (typeof field === 'number') return field === Number(constant)
  return field.startsWith('"') ? field === constant : isWithin(field, constant.includes('/') ? constant : `${constant}/32`)
}

const inRange = (value: string | number | undefined, from: number, to: number): boolean => typeof value === 'number' && value >= from && value <= to

const isWithin = (address: string, block: string): boolean => {
  const [first, prefixLength] = ipaddr.parseCIDR(block)
  const parsed = ipaddr.parse(address)
  return parsed.kind() === first.kind() && parsed.match(first, prefixLength)
}
