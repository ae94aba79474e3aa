import { type Cidr, overlaps, parseCidr } from '../../../crds/cidr.ts'
import { apiVersionOf } from '../../../crds/kubernetes.ts'
import type { SubnetACL } from './network-acl.ts'
import { type AttachmentName, providerOf } from './network-attachment.ts'
import { type Link, routerPortOf, switchPortOf } from './ports.ts'
import { subnetResource } from './resources.ts'

/**
 * Where the DNS servers of every VPC are: two addresses out of what IANA has set apart for protocols (RFC 6890), so that none of them is a tenant's,
 * a peer's or the platform's. The same in each VPC, behind each VPC's own router. Not link-local: Kube-OVN takes no such Subnet.
 */
export const resolverAddresses = ['192.0.0.250', '192.0.0.251'] as const
export const resolverBlock = '192.0.0.248/29'
export const resolverGateway = '192.0.0.249'

const servers = `{${resolverAddresses.join(', ')}}`
const asks = '(udp.dst == 53 || tcp.dst == 53)'
const answers = `ip4.src == ${servers} && (udp.src == 53 || tcp.src == 53)`

/** Whether a VPC's own blocks leave the servers their addresses. */
export const leavesResolver = (blocks: readonly string[]): boolean =>
  !blocks.some(block => overlaps(parseCidr(block) ?? nothing, parseCidr(resolverBlock) ?? nothing))

const nothing: Cidr = { first: 0, prefixLength: 32 }

/**
 * The switch of a VPC's DNS servers. What comes from the router is a question to one of them or is dropped, what a server sends is an answer or is
 * dropped: whatever the host behind it would do with other packets, it gets none and is rid of none. Its provider is no network's that a pod
 * could ask for: a server is put on it by the name of the switch, and one that lost that is on none, not on another VPC's.
 */
export const buildResolverSubnet = ({ name, namespace, vpcID }: AttachmentName & { vpcID: string }) => ({
  apiVersion: apiVersionOf(subnetResource),
  kind: subnetResource.kind,
  metadata: { name },
  spec: {
    vpc: vpcID,
    provider: providerOf({ namespace, name }),
    protocol: 'IPv4',
    cidrBlock: resolverBlock,
    gateway: resolverGateway,
    excludeIps: ['192.0.0.248..192.0.0.249', '192.0.0.252..192.0.0.255'],
    acls: switchRules({ subnetID: name, vpcID }),
  },
})

const switchRules = (link: Link): SubnetACL[] => {
  const fromRouter = `inport == "${switchPortOf(link)}"`
  return [
    { direction: 'from-lport', priority: 3, match: `${fromRouter} && ip4.dst == ${servers} && ${asks}`, action: 'allow-stateless' },
    { direction: 'from-lport', priority: 2, match: `${fromRouter} && ip`, action: 'drop' },
    // No `allow`: it would be above what a policy of the pods says, or make it forget its connections.
    { direction: 'from-lport', priority: 1, match: `ip && !(${answers})`, action: 'drop' },
  ]
}

/** Answers pass a network ACL's rules, as EC2's filter nothing that its resolver says. Above all of them. */
export const resolverAnswers = (link: Link): SubnetACL =>
  ({ direction: 'from-lport', priority: 32767, match: `inport == "${switchPortOf(link)}" && ${answers}`, action: 'allow-stateless' })

/**
 * In the router, above what network ACLs deny (32000) and above all that routes: each of the VPC's own subnets may ask, the servers may answer it,
 * and nothing else goes to them or comes from them. Nobody else sends by their addresses, or a peer, a neighbour of the internet or an instance that
 * may send by any address would pass the network ACLs as a server.
 */
export const resolverPolicies = ({ id, blocks, subnets }: OwnNetworks, resolver: string) => {
  const inport = (subnetID: string): string => `inport == "${routerPortOf({ subnetID, vpcID: id })}"`
  return [
    { priority: 32504, match: `${inport(resolver)} && ip4.dst == {${[...blocks].sort().join(', ')}} && ${answers}`, action: 'allow' as const },
    { priority: 32503, match: inport(resolver), action: 'drop' as const },
    { priority: 32502, match: `ip4.src == ${resolverBlock}`, action: 'drop' as const },
    ...subnets.map(subnet => ({ priority: 32501, match: `${inport(subnet.id)} && ip4.dst == ${servers} && ${asks}`, action: 'allow' as const })),
    { priority: 32500, match: `ip4.dst == ${resolverBlock}`, action: 'drop' as const },
  ]
}

type OwnNetworks = { id: string; blocks: readonly string[]; subnets: readonly { id: string }[] }
