/**
 * Manifests of ours as the reference model sees them: by what the API's contract says they mean, whatever the operator makes of them.
 */
import type { SecurityGroupDriver } from '../../operator/settings.ts'
import { type ACLEntry, idOf, type Manifest, ofKind, type SecurityGroupRule, type TableRoute } from './manifests.ts'
import type * as model from './model/world.ts'

/** What the cloud chose, by kind and ID: `Instance team-a/web`. What a manifest asks for itself need not be here. */
export type Addresses = ReadonlyMap<string, { private?: string; public?: string }>

export type Reading = {
  addresses?: Addresses
  /** What carries out the groups' rules; left out, EC2 itself. A rule that it can't say lets nobody through. */
  driver?: SecurityGroupDriver
}

/** The world that manifests describe. */
export const readWorld = (manifests: readonly Manifest[], { addresses = new Map(), driver }: Reading = {}): model.World => ({
  vpcs: ofKind(manifests, 'VPC').map(vpc => ({ id: idOf(vpc), cidrs: vpc.spec.cidrBlocks })),
  subnets: subnetsOf(manifests),
  interfaces: interfacesOf(manifests, addresses),
  securityGroups: [...ofKind(manifests, 'SecurityGroup').map(each => groupOf(each, driver)), ...defaultGroups(manifests)],
  prefixLists: ofKind(manifests, 'PrefixList').map(each => ({ id: idOf(each), cidrs: (each.spec.entries ?? []).map(({ cidr }) => cidr) })),
  networkACLs: ofKind(manifests, 'NetworkACL').map(each => ({ id: idOf(each), entries: (each.spec.entries ?? []).map(entryOf) })),
  routeTables: ofKind(manifests, 'RouteTable').map(each => ({ id: idOf(each), routes: (each.spec.routes ?? []).map(route => routeOf(each, route)) })),
  internetGateways: ofKind(manifests, 'InternetGateway').map(each => ({ id: idOf(each), vpc: beside(each, each.spec.vpcRef) })),
  natGateways: ofKind(manifests, 'NATGateway').map(each => ({
    id: idOf(each),
    subnet: beside(each, each.spec.subnetRef),
    privateAddress: addresses.get(`NATGateway ${idOf(each)}`)?.private ?? `of ${idOf(each)}`,
    publicAddress: each.spec.elasticIPRef === undefined ? undefined : elasticAddress(manifests, addresses, beside(each, each.spec.elasticIPRef)),
  })),
  peerings: ofKind(manifests, 'VPCPeering').map(each => ({ id: idOf(each), vpc: beside(each, each.spec.vpcRef), peer: beside(each, each.spec.peer) })),
})

type Named = { namespace: string; name: string }

/** The ID of what is referred to: in the same namespace unless the reference says otherwise. */
const beside = ({ namespace }: Named, ref: { name: string; namespace?: string }): string =>
  idOf({ namespace: ref.namespace ?? namespace, name: ref.name })

const subnetsOf = (manifests: readonly Manifest[]): model.Subnet[] => ofKind(manifests, 'Subnet').map(subnet => {
  const names = (table: Named & { spec: { subnetRefs?: { name: string }[] } }) =>
    table.namespace === subnet.namespace && table.spec.subnetRefs?.some(({ name }) => name === subnet.name) === true
  const vpc = ofKind(manifests, 'VPC').find(each => idOf(each) === beside(subnet, subnet.spec.vpcRef))
  const tables = ofKind(manifests, 'RouteTable')
  const lists = ofKind(manifests, 'NetworkACL')
  const main = vpc?.spec.mainRouteTableRef?.name ?? `${subnet.spec.vpcRef.name}-main`
  const named = <T extends Named>(all: T[], name: string) => all.find(each => each.namespace === subnet.namespace && each.name === name)
  const table = tables.find(names) ?? named(tables, main)
  const list = lists.find(names) ?? named(lists, `${subnet.spec.vpcRef.name}-default`)
  return {
    id: idOf(subnet), vpc: beside(subnet, subnet.spec.vpcRef), cidr: subnet.spec.cidrBlock,
    routeTable: table === undefined ? undefined : idOf(table), networkACL: list === undefined ? undefined : idOf(list),
  }
})

/** An instance's public address is an elastic one where it has that, else the one that it was given. */
const interfacesOf = (manifests: readonly Manifest[], addresses: Addresses): model.NetworkInterface[] => ofKind(manifests, 'Instance').map(each => {
  const elastic = ofKind(manifests, 'ElasticIP').find(({ namespace, spec }) => namespace === each.namespace && spec.instanceRef?.name === each.name)
  const subnet = ofKind(manifests, 'Subnet').find(other => idOf(other) === beside(each, each.spec.subnetRef))
  return {
    id: idOf(each),
    subnet: beside(each, each.spec.subnetRef),
    privateAddress: each.spec.privateIPAddress,
    publicAddress: elastic === undefined ? addresses.get(`Instance ${idOf(each)}`)?.public : elasticAddress(manifests, addresses, idOf(elastic)),
    securityGroups: each.spec.securityGroupRefs?.map(ref => beside(each, ref)) ?? [beside(each, { name: `${subnet?.spec.vpcRef.name}-default` })],
  }
})

const elasticAddress = (manifests: readonly Manifest[], addresses: Addresses, id: string): string | undefined =>
  ofKind(manifests, 'ElasticIP').find(each => idOf(each) === id)?.spec.address ?? addresses.get(`ElasticIP ${id}`)?.public

const anywhere = ['0.0.0.0/0', '::/0'].map((cidr): model.Rule => ({ protocol: 'all', peer: { cidr } }))

const groupOf = (group: ReturnType<typeof ofKind<'SecurityGroup'>>[number], driver: SecurityGroupDriver | undefined): model.SecurityGroup => {
  const said = (rule: SecurityGroupRule) => driver === undefined || canSay[driver](rule)
  const rulesOf = (rules: readonly SecurityGroupRule[]) => rules.filter(said).map(rule => ruleOf(group, rule))
  return {
    id: idOf(group),
    vpc: beside(group, group.spec.vpcRef),
    ingress: rulesOf(group.spec.ingressRules ?? []),
    egress: group.spec.egressRules === undefined ? anywhere : rulesOf(group.spec.egressRules),
  }
}

const isAboutICMP = ({ protocol }: SecurityGroupRule): boolean => protocol === 'icmp' || protocol === 'icmpv6'

/** As docs promise: NetworkPolicies know no ICMP, Kube-OVN's groups none of its types and codes. */
const canSay: Record<SecurityGroupDriver, (rule: SecurityGroupRule) => boolean> = {
  networkPolicy: rule => !isAboutICMP(rule),
  kubeOVN: rule => !isAboutICMP(rule) || [rule.fromPort, rule.toPort].every(each => each === undefined || each === -1),
}

const ruleOf = (group: Named, { protocol, fromPort, toPort, cidr, securityGroupRef, prefixListRef }: SecurityGroupRule): model.Rule => ({
  protocol, from: fromPort, to: toPort,
  peer: cidr !== undefined ? { cidr }
    : securityGroupRef !== undefined ? { group: beside(group, securityGroupRef) } : { prefixList: beside(group, prefixListRef ?? { name: '' }) },
})

/** Made with each VPC, unless the manifests say what is in it: all from itself, all out. */
const defaultGroups = (manifests: readonly Manifest[]): model.SecurityGroup[] => {
  const written = new Set(ofKind(manifests, 'SecurityGroup').map(idOf))
  return ofKind(manifests, 'VPC').map(vpc => ({ vpc: idOf(vpc), id: `${idOf(vpc)}-default` })).filter(({ id }) => !written.has(id))
    .map(({ vpc, id }) => ({ id, vpc, ingress: [{ protocol: 'all', peer: { group: id } }], egress: anywhere }))
}

const entryOf = ({ ruleNumber, direction, action, protocol, cidr, fromPort, toPort, icmp }: ACLEntry): model.Entry => ({
  number: ruleNumber,
  direction: direction === 'Ingress' ? 'ingress' : 'egress',
  action: action === 'Allow' ? 'allow' : 'deny',
  protocol, cidr, from: icmp?.type ?? fromPort, to: icmp?.code ?? toPort,
})

const routeOf = (table: Named, route: TableRoute): model.Route => ({ cidr: route.destinationCIDR, target: targetOf(table, route) })

const targetOf = (table: Named, { internetGatewayRef, natGatewayRef, vpcPeeringRef, instanceRef }: TableRoute): model.Target => {
  if (internetGatewayRef !== undefined) return { internetGateway: beside(table, internetGatewayRef) }
  if (natGatewayRef !== undefined) return { natGateway: beside(table, natGatewayRef) }
  if (vpcPeeringRef !== undefined) return { peering: beside(table, vpcPeeringRef) }
  return { instance: beside(table, instanceRef ?? { name: '' }) }
}
