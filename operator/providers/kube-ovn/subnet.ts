import { type Cidr, formatAddress, formatCidr, lastOf, routerAddress } from '../../../crds/cidr.ts'
import { apiVersionOf } from '../../../crds/kubernetes.ts'
import type { NetworkACLEntry } from '../../../crds/v1alpha1/network-acl.ts'
import { buildSubnetACLs, type SubnetACL } from './network-acl.ts'
import { type AttachmentName, providerOf } from './network-attachment.ts'
import { type Subnet, subnetResource } from './resources.ts'

/**
 * A switch in a VPC. Everything that Kube-OVN would fill in or rewrite is given in the form that it rewrites to: it updates the whole object, and a
 * value that it changed would be its own from then on and look like drift to us.
 * No `namespaces`: pods come to a subnet of ours by the annotations of their template, never because of where they are.
 */
export const buildSubnet = ({ id, vpcID, cidr, attachment, routeTable, entries, hasResolver }: SubnetPlan) => ({
  apiVersion: apiVersionOf(subnetResource),
  kind: subnetResource.kind,
  metadata: { name: id },
  spec: {
    vpc: vpcID,
    provider: providerOf(attachment),
    protocol: 'IPv4',
    cidrBlock: formatCidr(cidr),
    gateway: formatAddress(routerAddress(cidr)),
    excludeIps: excludedIPs(cidr),
    ...routeTable === undefined ? {} : { routeTable },
    ...aclsOf({ id, vpcID, entries, hasResolver }),
  },
})

export type SubnetPlan = {
  id: string
  vpcID: string
  cidr: Cidr
  attachment: AttachmentName
  /** Table of the VPC's router that what leaves the subnet follows. Left out: the common one, which has no routes. */
  routeTable?: string | undefined
  /** Of its network ACL. Left out: everything passes. */
  entries?: readonly NetworkACLEntry[] | undefined
  /** Whether the VPC has DNS servers. */
  hasResolver?: boolean | undefined
}

const aclsOf = ({ id, vpcID, entries, hasResolver = false }: Pick<SubnetPlan, 'id' | 'vpcID' | 'entries' | 'hasResolver'>): { acls?: SubnetACL[] } => {
  const acls = entries === undefined ? [] : buildSubnetACLs(entries, { subnetID: id, vpcID }, hasResolver)
  return acls.length === 0 ? {} : { acls }
}

/** EC2 keeps the first four addresses of a subnet and the last. Sorted as text, as Kube-OVN sorts them. */
const excludedIPs = (cidr: Cidr): string[] =>
  [`${formatAddress(cidr.first)}..${formatAddress(cidr.first + 3)}`, formatAddress(lastOf(cidr))].sort()

/** What Kube-OVN has made of a Subnet: `refused` comes with its own words. */
export type SubnetState = { kind: 'ready' } | { kind: 'pending' } | { kind: 'refused'; message: string }

/** Kube-OVN keeps no generation in conditions. What we change of a Subnet later, its table, makes it no more or less ready: none is needed. */
export const subnetStateOf = (subnet: Subnet | undefined): SubnetState => {
  const conditions = subnet?.status?.conditions ?? []
  const validated = conditions.find(condition => condition.type === 'Validated')
  if (validated?.status === 'False') return { kind: 'refused', message: validated.message ?? validated.reason ?? '' }
  return conditions.some(condition => condition.type === 'Ready' && condition.status === 'True') ? { kind: 'ready' } : { kind: 'pending' }
}
