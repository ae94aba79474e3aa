import { apiVersionOf } from '../../../crds/kubernetes.ts'
import { blocksOf, canonicalCIDR, faultOf, type GroupRules, isIPv6, type Permission } from '../permission.ts'
import { resolverAddresses } from './resolver-network.ts'
import { type SecurityGroup, securityGroupResource } from './resources.ts'

/** One rule of a Kube-OVN SecurityGroup. */
export type SecurityGroupRule = {
  ipVersion: 'ipv4' | 'ipv6'
  protocol: 'all' | 'icmp' | 'tcp' | 'udp'
  priority: number
  policy: 'allow'
  portRangeMin?: number
  portRangeMax?: number
} & ({ remoteType: 'address'; remoteAddress: string } | { remoteType: 'securityGroup'; remoteSecurityGroup: string })

/**
 * The Kube-OVN SecurityGroup of one group: rules that allow, and nothing else. What denies is Kube-OVN's own, on every port that is in a group. Of
 * one priority, so that a port in several groups has the union. Every group that a rule names must be there: of a group with a rule whose group is
 * missing Kube-OVN updates nothing any more, not even what closes something. Source: kube-ovn v1.16.2, pkg/controller/security_group.go.
 */
export const buildSecurityGroup = ({ groupID, ingress, egress }: GroupRules) => ({
  apiVersion: apiVersionOf(securityGroupResource),
  kind: securityGroupResource.kind,
  metadata: { name: groupID },
  spec: {
    ingressRules: rulesOf(ingress),
    egressRules: rulesOf(egress === 'all' ? everywhere : egress),
  },
})

/**
 * A group named by its VPC that every port of the VPC is in, and that lets nothing through but questions to the VPC's DNS servers, where there are
 * some: it is there before the VPC is available and stays as long as it does, so that no port is ever in none. A port all of whose groups are missing
 * is open to everybody in Kube-OVN.
 */
export const buildIsolationGroup = (vpcID: string, hasResolver = false) =>
  buildSecurityGroup({ groupID: vpcID, ingress: [], egress: hasResolver ? questions : [] })

const questions: readonly Permission[] = resolverAddresses.flatMap(address => (['udp', 'tcp'] as const).map((protocol): Permission =>
  ({ protocol, fromPort: 53, toPort: 53, peer: { cidr: `${address}/32` } })))

/** Why a Kube-OVN SecurityGroup can't say this; undefined where it can. What it can't say stays closed. */
export const obstacleToGroup = (permission: Permission): string | undefined => {
  const { protocol, fromPort, toPort } = permission
  if ((protocol === 'icmp' || protocol === 'icmpv6') && [fromPort, toPort].some(each => each !== undefined && each !== -1)) {
    return 'Kube-OVN\'s SecurityGroups know no types and codes of ICMP: leave fromPort and toPort out for all of them'
  }
  if ((protocol === 'tcp' || protocol === 'udp') && (toPort ?? 65535) < 1) return 'Kube-OVN\'s SecurityGroups know no port 0'
  return faultOf(permission)
}

/** Whether Kube-OVN has made the port group and both its directions: until then nothing may be put into it. */
export const isGroupReady = (group: SecurityGroup | undefined): boolean =>
  (group?.status?.portGroup ?? '') !== '' && group?.status?.ingressLastSyncSuccess === true && group.status.egressLastSyncSuccess === true

const everywhere: readonly Permission[] = ['0.0.0.0/0', '::/0'].map(cidr => ({ protocol: 'all', peer: { cidr } }))

/** Each rule once: rules of ours that differ may come to the same, and OVN wants no two of a kind. */
const rulesOf = (permissions: readonly Permission[]): SecurityGroupRule[] => {
  const rules = permissions.flatMap(rulesOfOne)
  return [...new Map(rules.map(rule => [JSON.stringify(rule), rule])).values()]
}

const rulesOfOne = (permission: Permission): SecurityGroupRule[] => {
  const { peer, protocol } = permission
  const rest = { priority: 1, policy: 'allow' as const, ...portsOf(permission) }
  const families = protocol === 'icmp' ? ['ipv4' as const] : protocol === 'icmpv6' ? ['ipv6' as const] : ['ipv4' as const, 'ipv6' as const]
  const named = { protocol: protocol === 'icmpv6' ? 'icmp' as const : protocol, ...rest }
  if ('groupID' in peer) return families.map(ipVersion => ({ ipVersion, ...named, remoteType: 'securityGroup', remoteSecurityGroup: peer.groupID }))
  return blocksOf(peer).flatMap(cidr => families.filter(family => isIPv6(cidr) === (family === 'ipv6'))
    .map(ipVersion => ({ ipVersion, ...named, remoteType: 'address', remoteAddress: canonicalCIDR(cidr) })))
}

/** Ports begin at 1. */
const portsOf = ({ protocol, fromPort = 0, toPort = 65535 }: Permission): { portRangeMin?: number; portRangeMax?: number } =>
  protocol === 'tcp' || protocol === 'udp' ? { portRangeMin: Math.max(1, fromPort), portRangeMax: toPort } : {}
