import type { KubeObject } from '../../../crds/kubernetes.ts'
import type { NetworkPolicy } from '../../stand-ins/cdi/egress.ts'
import type { Pod } from '../../stand-ins/kubelet/types.ts'
import type { OvnEip, OvnFip, OvnSnatRule, SecurityGroupRule, Subnet, Vpc } from '../../stand-ins/kube-ovn/types.ts'

/** All that Kube-OVN makes a network of. */
export type NetworkObjects = {
  namespaces: readonly KubeObject[]
  pods: readonly Pod[]
  networkPolicies: readonly NetworkPolicy[]
  vpcs: readonly RoutedVpc[]
  subnets: readonly SwitchedSubnet[]
  securityGroups: readonly RuledSecurityGroup[]
  ovnEips: readonly OvnEip[]
  ovnFips: readonly OvnFip[]
  ovnSnatRules: readonly OvnSnatRule[]
}

export type RoutedVpc = Omit<Vpc, 'spec'> & {
  spec?: Omit<NonNullable<Vpc['spec']>, 'staticRoutes' | 'policyRoutes'> & {
    staticRoutes?: readonly { policy?: string; cidr: string; nextHopIP: string; routeTable?: string }[]
    policyRoutes?: readonly { priority: number; match: string; action: string; nextHopIP?: string }[]
  }
}

export type SwitchedSubnet = Omit<Subnet, 'spec'> & {
  spec: Subnet['spec'] & {
    /** Given where the Subnet is one of the nodes' own networks, such as that of public addresses. */
    vlan?: string
    routeTable?: string
    allowSubnets?: readonly string[]
    allowEWTraffic?: boolean
    acls?: readonly { direction: string; priority: number; match: string; action: string }[]
    dhcpV4Options?: string
    mtu?: number
  }
}

export type RuledSecurityGroup = KubeObject & {
  spec?: { allowSameGroupTraffic?: boolean; ingressRules?: readonly Rule[]; egressRules?: readonly Rule[] }
}

export type Rule = SecurityGroupRule & {
  ipVersion: string
  protocol?: string
  priority: number
  remoteAddress?: string
  policy: string
  portRangeMin?: number
  portRangeMax?: number
}

/** The kinds as they come from an API server, which promises no more than that they are objects. */
export const networkObjects = (lists: Record<keyof NetworkObjects, readonly KubeObject[]>): NetworkObjects => lists as unknown as NetworkObjects
