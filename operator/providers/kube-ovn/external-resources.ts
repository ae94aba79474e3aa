import type { KubeObject, ResourceType } from '../../../crds/kubernetes.ts'

/** Kube-OVN's addresses on an external network, and what leads in and out by them. All are cluster-scoped. */
export const ovnEipResource: ResourceType = { group: 'kubeovn.io', version: 'v1', kind: 'OvnEip', plural: 'ovn-eips', namespaced: false }

export const ovnFipResource: ResourceType = { group: 'kubeovn.io', version: 'v1', kind: 'OvnFip', plural: 'ovn-fips', namespaced: false }

export const ovnSnatRuleResource: ResourceType = { group: 'kubeovn.io', version: 'v1', kind: 'OvnSnatRule', plural: 'ovn-snat-rules', namespaced: false }

/** What we read of an OvnEip. */
export type OvnEip = KubeObject & {
  spec: { v4Ip: string; externalSubnet: string }
  status: { v4Ip?: string; ready?: boolean }
  /** UID of the PublicIPPool that its address is of; empty if it says none. */
  poolUID: string
  /** When its holder gave it back, RFC 3339: from then on it is the pool's, and nobody's for a while. */
  releasedAt?: string
}

/** What we read of an OvnFip. */
export type OvnFip = KubeObject & {
  spec: { ovnEip: string; vpc: string; v4Ip: string }
  status: { ready?: boolean }
  targetUID: string
}

/** What we read of an OvnSnatRule. */
export type OvnSnatRule = KubeObject & {
  spec: { ovnEip: string; vpc: string; v4IpCidr: string }
  status: { ready?: boolean }
}
