import { type Cidr, formatCidr, lastOf } from '../../../crds/cidr.ts'
import type { NetworkACLEntry } from '../../../crds/v1alpha1/network-acl.ts'
import { canonicalCIDR, isIPv6 } from '../permission.ts'
import { deniedBy, everyService, type Range, type Services } from './denied-traffic.ts'
import { type Link, routerPortOf, switchPortOf } from './ports.ts'
import { resolverAnswers } from './resolver-network.ts'

/** One item of a Kube-OVN Subnet's `acls`. */
export type SubnetACL = { direction: 'from-lport'; priority: number; match: string; action: 'allow-stateless' | 'drop' }

/** One item of a Kube-OVN Vpc's `policyRoutes`, of those that route nothing. */
export type DropPolicy = { priority: number; match: string; action: 'drop' }

/**
 * What a network ACL lets into a subnet, for the Subnet's `acls`. On packets that come out of the switch's link to the router: what stays inside a
 * subnet is not a network ACL's to judge, and there is no connection tracking there, nor any rule of a security group, which an ACL that allows
 * would override: Kube-OVN puts both into the same tier.
 * @param hasResolver - whether the VPC has DNS servers, whose answers pass: all else is one lower then. Left out, nothing of older lists moves.
 */
export const buildSubnetACLs = (entries: readonly NetworkACLEntry[], link: Link, hasResolver = false): SubnetACL[] => {
  const ordered = entries.filter(({ direction }) => direction === 'Ingress').sort((a, b) => a.ruleNumber - b.ruleNumber)
  if (ordered[0] !== undefined && isOpen(ordered[0])) return []
  const lower = hasResolver ? 1 : 0
  const inport = `inport == "${switchPortOf(link)}"`
  return [
    ...hasResolver ? [resolverAnswers(link)] : [],
    ...ordered.map((entry): SubnetACL => ({
      direction: 'from-lport',
      priority: highest - lower - entry.ruleNumber,
      match: `${inport} && ${[sourceOf(entry), protocolOf(entry)].filter(part => part !== '').join(' && ')}`,
      action: entry.action === 'Allow' ? 'allow-stateless' : 'drop',
    })),
    { direction: 'from-lport', priority: 1 - lower, match: `${inport} && ip`, action: 'drop' },
  ]
}

/**
 * What a network ACL keeps from leaving its subnets, for the Vpc's `policyRoutes`. Not an ACL of the switch: the state of a connection, which
 * security groups need, survives from the instance's port to the link's, and OVN lets every answer of a connection pass whatever an ACL there says.
 * A network ACL knows no connections, so answers have to be stopped where nothing else knows them either: in the router. There a policy that
 * allows would end the search before those that route; so what is denied is said, and what is allowed goes on to them.
 * @param links - of all the subnets that the list guards.
 */
export const buildEgressPolicies = (entries: readonly NetworkACLEntry[], links: readonly Link[]): DropPolicy[] => {
  if (links.length === 0) return []
  const ports = links.map(link => `"${routerPortOf(link)}"`).sort()
  const from = `inport == ${ports.length === 1 ? ports.join() : `{${ports.join(', ')}}`}`
  return deniedBy(entries.filter(({ direction }) => direction === 'Egress')).flatMap(({ addresses, services }) => {
    const to = destinationsOf(addresses)
    return servicesOf(services).map((service): DropPolicy =>
      ({ priority: egressPriority, match: [from, to, service].filter(part => part !== '').join(' && '), action: 'drop' }))
  })
}

/** Above everything that routes. */
const egressPriority = 32000

/** Rule 1 is at 32767, OVN's highest, the last one at 2. */
const highest = 32768

/** A list that begins by allowing everything needs nothing of OVN: subnets have IPv4 alone, and later entries never come to bear. */
const isOpen = ({ action, protocol, cidr }: NetworkACLEntry): boolean => action === 'Allow' && protocol === 'all' && cidr === '0.0.0.0/0'

/** In OVN's language: logical fields of ovn-sb(5). A test of `tcp.dst` or `ip4.src` implies the protocol. */
const sourceOf = ({ cidr }: NetworkACLEntry): string => {
  const ip = isIPv6(cidr) ? 'ip6' : 'ip4'
  return cidr.endsWith('/0') ? ip : `${ip}.src == ${canonicalCIDR(cidr)}`
}

const protocolOf = ({ protocol, fromPort = 0, toPort = 65535, icmp }: NetworkACLEntry): string => {
  switch (protocol) {
    case 'all': return ''
    case 'tcp':
    case 'udp': return fromPort === 0 && toPort === 65535 ? protocol : within(`${protocol}.dst`, [{ first: fromPort, last: toPort }])
    case 'icmp': return icmpOf('icmp4', icmp)
    case 'icmpv6': return icmpOf('icmp6', icmp)
  }
}

const icmpOf = (name: 'icmp4' | 'icmp6', { type, code = -1 }: NonNullable<NetworkACLEntry['icmp']> = { type: -1 }): string => {
  if (type === -1) return name
  return code === -1 ? `${name}.type == ${type}` : `${name}.type == ${type} && ${name}.code == ${code}`
}

/** One expression a protocol: their fields exclude each other. */
const servicesOf = ({ tcp, udp, icmp, other }: Services): string[] => {
  if (JSON.stringify({ tcp, udp, icmp, other }) === JSON.stringify(everyService)) return ['']
  return [
    ...tcp.length === 0 ? [] : [isWhole(tcp) ? 'tcp' : within('tcp.dst', tcp)],
    ...udp.length === 0 ? [] : [isWhole(udp) ? 'udp' : within('udp.dst', udp)],
    ...isWhole(icmp) ? ['icmp4'] : icmp.flatMap(typesOf),
    ...other.length === 0 ? [] : ['ip.proto != {1, 6, 17}'],
  ]
}

const isWhole = (ranges: readonly Range[]): boolean => ranges[0]?.first === 0 && ranges[0].last === 65535

/** Of `type × 256 + code`: the types that are in it whole, and those at either end of which only some codes are. */
const typesOf = ({ first, last }: Range): string[] => {
  const [from, to] = [Math.floor(first / 256), Math.floor(last / 256)]
  const codes = (type: number, low: number, high: number): string[] => [`icmp4.type == ${type} && ${within('icmp4.code', [{ first: low, last: high }])}`]
  if (from === to && last - first < 255) return codes(from, first % 256, last % 256)
  const whole = { first: first % 256 === 0 ? from : from + 1, last: last % 256 === 255 ? to : to - 1 }
  return [
    ...first % 256 === 0 ? [] : codes(from, first % 256, 255),
    ...whole.first > whole.last ? [] : [within('icmp4.type', [whole])],
    ...last % 256 === 255 ? [] : codes(to, 0, last % 256),
  ]
}

const within = (field: string, ranges: readonly Range[]): string => {
  const parts = ranges.map(({ first, last }) => first === last ? `${field} == ${first}` : `${first} <= ${field} <= ${last}`)
  return parts.length === 1 ? parts.join() : `(${parts.join(' || ')})`
}

const destinationsOf = (addresses: readonly Range[]): string => {
  const blocks = addresses.flatMap(blocksIn).map(formatCidr)
  return blocks[0] === '0.0.0.0/0' ? 'ip4' : `ip4.dst == ${blocks.length === 1 ? blocks.join() : `{${blocks.join(', ')}}`}`
}

/** The fewest blocks that make up a range of addresses. */
const blocksIn = ({ first, last }: Range): Cidr[] => {
  const blocks: Cidr[] = []
  for (let next = first; next <= last;) {
    let prefixLength = 32
    while (prefixLength > 0 && next % 2 ** (33 - prefixLength) === 0 && next + 2 ** (33 - prefixLength) - 1 <= last) prefixLength--
    const block = { first: next, prefixLength }
    blocks.push(block)
    next = lastOf(block) + 1
  }
  return blocks
}
