import ipaddr from 'ipaddr.js'
import type { NetworkPolicyPeer, NetworkPolicyPort, NetworkPolicySpec } from 'kubernetes-types/networking/v1.d.ts'
import { apiVersionOf } from '../../../crds/kubernetes.ts'
import { securityGroupLabel } from './labels.ts'
import { networkPolicyResource } from './resources.ts'

/** Traffic that a group lets through, with the group at the other end already looked up. */
export type Permission = {
  protocol: 'tcp' | 'udp' | 'icmp' | 'icmpv6' | 'all'
  fromPort?: number | undefined
  toPort?: number | undefined
  peer: { cidr: string } | { groupID: string }
}

export type GroupPolicy = {
  groupID: string
  namespace: string
  ingress: readonly Permission[]
  /** `all` where the group says nothing of egress. */
  egress: readonly Permission[] | 'all'
}

/**
 * The NetworkPolicy of one group. It selects the group's members by label, so that a pod in several groups has the union of what they let
 * through; both directions are named, so that whatever no rule lets through is denied. Every permission must be one that `obstacleTo` finds
 * nothing against. Named by ID: see `buildIsolation`.
 */
export const buildGroupPolicy = ({ groupID, namespace, ingress, egress }: GroupPolicy) => ({
  apiVersion: apiVersionOf(networkPolicyResource),
  kind: networkPolicyResource.kind,
  metadata: { name: groupID, namespace },
  spec: {
    podSelector: membersOf(groupID),
    policyTypes: ['Ingress', 'Egress'],
    ingress: ingress.map(permission => ({ from: [peerOf(permission)], ...portsOf(permission) })),
    egress: egress === 'all' ? [{}] : egress.map(permission => ({ to: [peerOf(permission)], ...portsOf(permission) })),
  } satisfies NetworkPolicySpec,
})

/** Why a NetworkPolicy can't say this; undefined where it can. What it can't say stays closed. */
export const obstacleTo = ({ protocol, fromPort = 0, toPort = 65535, peer }: Permission): string | undefined => {
  if (protocol === 'icmp' || protocol === 'icmpv6') return 'NetworkPolicies know no ICMP; a rule of protocol all lets it through with all else'
  if (protocol !== 'all' && toPort < 1) return 'NetworkPolicies know no port 0'
  if (protocol !== 'all' && fromPort > toPort) return 'fromPort is after toPort'
  if ('cidr' in peer && !ipaddr.isValidCIDR(peer.cidr)) return 'cidr is no block of addresses'
  return undefined
}

/** No namespaceSelector: pods of the policy's own namespace, never another's. */
const peerOf = ({ peer }: Permission): NetworkPolicyPeer =>
  'cidr' in peer ? { ipBlock: { cidr: canonicalCIDR(peer.cidr) } } : { podSelector: membersOf(peer.groupID) }

const membersOf = (groupID: string) => ({ matchExpressions: [{ key: securityGroupLabel(groupID), operator: 'Exists' }] })

/** Kube-OVN refuses IPv6 in capital letters. */
const canonicalCIDR = (cidr: string): string => {
  const [address, prefixLength] = ipaddr.parseCIDR(cidr)
  return `${address.toString()}/${prefixLength}`
}

/** Without `ports`, a policy lets every protocol through: that is what `all` means, and must never come out of anything else. */
const portsOf = ({ protocol, fromPort = 0, toPort = 65535 }: Permission): { ports?: NetworkPolicyPort[] } => {
  switch (protocol) {
    case 'all': return {}
    case 'tcp': return { ports: [portRange('TCP', fromPort, toPort)] }
    case 'udp': return { ports: [portRange('UDP', fromPort, toPort)] }
    case 'icmp':
    case 'icmpv6': throw new Error('NetworkPolicies know no ICMP')
  }
}

/** Ports of a NetworkPolicy begin at 1. */
const portRange = (protocol: 'TCP' | 'UDP', from: number, to: number): NetworkPolicyPort => {
  if (from <= 0 && to >= 65535) return { protocol }
  const port = Math.max(1, from)
  return port === to ? { protocol, port } : { protocol, port, endPort: to }
}
