import type { NetworkPolicyPeer, NetworkPolicyPort, NetworkPolicySpec } from 'kubernetes-types/networking/v1.d.ts'
import { apiVersionOf } from '../../../crds/kubernetes.ts'
import { blocksOf, canonicalCIDR, faultOf, type GroupRules, type Permission } from '../permission.ts'
import { securityGroupLabel } from './labels.ts'
import { networkPolicyResource } from './resources.ts'

export type GroupPolicy = GroupRules & { namespace: string }

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
    ingress: ingress.filter(hasPeers).map(permission => ({ from: peersOf(permission), ...portsOf(permission) })),
    egress: egress === 'all' ? [{}] : egress.filter(hasPeers).map(permission => ({ to: peersOf(permission), ...portsOf(permission) })),
  } satisfies NetworkPolicySpec,
})

/** Why a NetworkPolicy can't say this; undefined where it can. What it can't say stays closed. */
export const obstacleTo = (permission: Permission): string | undefined => {
  const { protocol, toPort = 65535 } = permission
  if (protocol === 'icmp' || protocol === 'icmpv6') return 'NetworkPolicies know no ICMP; a rule of protocol all lets it through with all else'
  if (protocol !== 'all' && toPort < 1) return 'NetworkPolicies know no port 0'
  return faultOf(permission)
}

/** A list of peers that is empty means everybody: a rule by a prefix list without entries must not come out at all. */
const hasPeers = ({ peer }: Permission): boolean => 'groupID' in peer || blocksOf(peer).length > 0

/** Without a namespaceSelector, pods of the policy's own namespace and of no other. The label of namespaces is one that Kubernetes sets. */
const peersOf = ({ peer }: Permission): NetworkPolicyPeer[] => {
  if (!('groupID' in peer)) return blocksOf(peer).map(cidr => ({ ipBlock: { cidr: canonicalCIDR(cidr) } }))
  const elsewhere = peer.namespace === undefined ? {} : { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': peer.namespace } } }
  return [{ ...elsewhere, podSelector: membersOf(peer.groupID) }]
}

const membersOf = (groupID: string) => ({ matchExpressions: [{ key: securityGroupLabel(groupID), operator: 'Exists' }] })

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
