import { referenceTo, type Reference } from '../ovn/ovsdb/values.ts'
import type { Row } from '../ovn/rows.ts'
import { COMMON_TIER } from '../ovn/versions.ts'

export type Direction = 'from-lport' | 'to-lport'

export type Acl = {
  direction: string
  priority: number
  match: string
  action: string
  /** Default 2: NetworkPolicies, rules of Subnets and SecurityGroups alike are there. */
  tier?: number
  /** Judges what a load balancer has made of a packet. As Kube-OVN has it for NetworkPolicies, and for nothing else. */
  afterLoadBalancer?: boolean
  log?: boolean
}

/** Priorities of Kube-OVN's own rules. Source: kube-ovn v1.16.2, pkg/util/const.go. */
export const priorities = {
  nodeAllow: 3000, groupHighest: 18484, groupBase: 2005, groupAllow: 2004, groupDrop: 2003, policyAllow: 2001, policyDrop: 2000, eastWest: 1900,
  subnetAllow: 1001, subnetDrop: 1000,
} as const

export const directions = ['to-lport', 'from-lport'] as const

/** The end that a rule of this direction is about: packets to a port are judged where they come out, packets from it where they go in. */
export const portOf = (direction: Direction): 'outport' | 'inport' => (direction === 'to-lport' ? 'outport' : 'inport')

/** And the address of the other end. */
export const remoteOf = (direction: Direction): 'src' | 'dst' => (direction === 'to-lport' ? 'src' : 'dst')

/** Rows of the ACLs of a switch or a port group, and the references for its `acls`. As upstream, one of two that are alike is left out. */
export const aclRows = (parent: string, acls: readonly Acl[]): { rows: Row[]; references: Reference[] } => {
  const rows = [...new Map(acls.map((acl) => rowOf(parent, acl)).map((row) => [row.key, row])).values()]
  return { rows, references: rows.map(({ key }) => referenceTo('ACL', key)) }
}

const rowOf = (parent: string, { direction, priority, match, action, tier = COMMON_TIER, afterLoadBalancer = false, log = false }: Acl): Row => ({
  table: 'ACL',
  key: [parent, direction, tier, priority, match].join(' '),
  columns: {
    direction, priority, match, action, tier, log, options: { entries: afterLoadBalancer ? { 'apply-after-lb': 'true' } : {} },
    external_ids: { entries: { parent } },
  },
})
