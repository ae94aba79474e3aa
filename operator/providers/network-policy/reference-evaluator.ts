import ipaddr from 'ipaddr.js'
import type { NetworkPolicyPeer, NetworkPolicySpec } from 'kubernetes-types/networking/v1.d.ts'
import { blocksOf, type GroupRules, isIPv6, type Permission } from '../permission.ts'
import { groupOfLabel } from './labels.ts'

/** A packet between a member of a group and somebody else. */
export type Packet = {
  direction: 'ingress' | 'egress'
  protocol: 'tcp' | 'udp' | 'icmp' | 'other'
  /** Destination port of tcp and udp. */
  port: number
  remoteAddress: string
  /** IDs of the groups that the other end is in, if it is a pod. */
  remoteGroups: readonly string[]
  /** Its namespace, if that is another. */
  remoteNamespace?: string
}

/** Whether the rules of a group let a packet through, as EC2 means them. */
export const rulesAllow = ({ ingress, egress }: GroupRules, packet: Packet): boolean => {
  const permissions = packet.direction === 'ingress' ? ingress : egress
  return permissions === 'all' || permissions.some(permission => permits(permission, packet))
}

/** Whether a NetworkPolicy lets a packet through, as Kubernetes means it. */
export const policyAllows = ({ ingress = [], egress = [] }: Pick<NetworkPolicySpec, 'ingress' | 'egress'>, packet: Packet): boolean =>
  packet.direction === 'ingress'
    ? ingress.some(({ from, ports }) => peersMatch(from, packet) && portsMatch(ports, packet))
    : egress.some(({ to, ports }) => peersMatch(to, packet) && portsMatch(ports, packet))

const permits = ({ protocol, fromPort = 0, toPort = 65535, peer }: Permission, packet: Packet): boolean => {
  const matchesPeer = 'groupID' in peer ? peer.namespace === packet.remoteNamespace && packet.remoteGroups.includes(peer.groupID) : blocksOf(peer).some(cidr => isWithin(packet.remoteAddress, cidr))
  if (!matchesPeer) return false
  if (protocol === 'all') return true
  if (protocol === 'icmp' || protocol === 'icmpv6') return packet.protocol === 'icmp' && isIPv6(packet.remoteAddress) === (protocol === 'icmpv6')
  return packet.protocol === protocol && packet.port >= fromPort && packet.port <= toPort
}

const peersMatch = (peers: readonly NetworkPolicyPeer[] | undefined, packet: Packet): boolean =>
  peers === undefined || peers.length === 0 || peers.some(({ ipBlock, podSelector, namespaceSelector }) => {
    if (ipBlock === undefined && namespaceSelector?.matchLabels?.['kubernetes.io/metadata.name'] !== packet.remoteNamespace) return false
    if (ipBlock !== undefined) {
      return isWithin(packet.remoteAddress, ipBlock.cidr) && !(ipBlock.except ?? []).some(except => isWithin(packet.remoteAddress, except))
    }
    const expressions = podSelector?.matchExpressions ?? []
    return expressions.every(({ key, operator }) => operator === 'Exists' && packet.remoteGroups.includes(groupOfLabel(key) ?? ''))
  })

type Ports = readonly { protocol?: string; port?: number | string; endPort?: number }[] | undefined

const portsMatch = (ports: Ports, packet: Packet): boolean =>
  ports === undefined || ports.length === 0 || ports.some(({ protocol = 'TCP', port, endPort }) => {
    if (protocol.toLowerCase() !== packet.protocol) return false
    return port === undefined || (packet.port >= Number(port) && packet.port <= (endPort ?? Number(port)))
  })

const isWithin = (address: string, cidr: string): boolean => {
  const [block, prefixLength] = ipaddr.parseCIDR(cidr)
  const parsed = ipaddr.parse(address)
  return parsed.kind() === block.kind() && parsed.match(block, prefixLength)
}
