/** What a plan's numbers mean: manifests of ours. */
import { addressIn } from '../model/addresses.ts'
import { type ACLEntry, manifest, type Manifest, type SecurityGroupRule, type TableRoute } from '../manifests.ts'
import type { EntryPlan, PeerPlan, RoutePlan, RulePlan, VPCPlan, WorldPlan } from './plan.ts'

/** Plays the internet: an address of nobody in any world. */
export const internetHost = '203.0.113.9'

export const tenants = ['team-a', 'team-b'] as const

/** The network of public addresses, and the pool that elastic ones are from. Kube-OVN draws addresses of routers from the rest. */
export const external = { name: 'external', cidr: '198.51.100.0/24', gateway: '198.51.100.1' }
export const pool = { name: 'default', cidr: '198.51.100.64/26' }

type Site = {
  plan: VPCPlan
  namespace: string
  name: string
  cidr: string
  /** Neighbours touch: where one block ends the next one begins. */
  subnets: readonly { name: string; cidr: string }[]
  instances: readonly { name: string; address: string; subnet: number; groups: readonly number[]; elastic: boolean }[]
  peerings: readonly { name: string; cidr: string }[]
}

type Named = { namespace: string; name: string }

type Elastic = { next: () => string }

/** Names begin anew in each account: the same ones mean different things there. */
export const render = (plan: WorldPlan): Manifest[] => {
  const sites = sitesOf(plan)
  const counter = { given: 0 }
  const elastic: Elastic = { next: () => addressIn(pool.cidr, counter.given++) }
  return [
    ...prefixListsOf(plan, sites),
    ...sites.flatMap(site => [
      ...networkOf(site), ...groupsOf(site, plan, sites), ...listsOf(site, sites), ...tablesOf(site, sites), ...machinesOf(site, elastic),
    ]),
    ...peeringsOf(plan, sites),
  ]
}

const sitesOf = (plan: WorldPlan): Site[] => {
  const names = plan.vpcs.map(({ tenant }, index) => ({
    namespace: tenants[tenant] ?? tenants[0], name: `net-${plan.vpcs.slice(0, index).filter(other => other.tenant === tenant).length}`,
  }))
  return plan.vpcs.map((vpc, index) => {
    const { namespace, name } = names[index] as Named
    const cidr = networkBlock(vpc)
    const subnets = vpc.subnets.map(({ small }, place) =>
      ({ name: `${name}-${'abc'[place]}`, cidr: `${addressIn(cidr, 256 + 32 * place)}/${small ? 28 : 27}` }))
    const peerings = pairsOf(plan).filter(([from]) => from === index)
      .map(([from, to]) => ({ name: peeringName(names[from] as Named, names[to] as Named), cidr: networkBlock(plan.vpcs[to] as VPCPlan) }))
    return { plan: vpc, namespace, name, cidr, subnets, instances: instancesOf(vpc, subnets), peerings }
  })
}

const networkBlock = ({ network }: VPCPlan): string => `10.${network}.0.0/16`

/** At the first address that can be had, the one beside it, and the last. */
const instancesOf = ({ subnets: plans, groups }: VPCPlan, subnets: Site['subnets']): Site['instances'] => plans.flatMap(({ instances, small }, place) => {
  const { name = '', cidr = '' } = subnets[place] ?? {}
  return uniqueBy(instances, each => each.place).map(each => ({
    name: `${name}-${each.place}`, address: addressIn(cidr, each.place < 2 ? 4 + each.place : small ? 14 : 30),
    subnet: place, groups: each.groups.filter(group => group < groups.length), elastic: each.elastic,
  }))
})

const uniqueBy = <T>(all: readonly T[], key: (each: T) => unknown): T[] => [...new Map(all.map(each => [key(each), each])).values()]

/** Blocks that a rule, an entry or a list may name, the widest first: all of them touch what is there. */
const blocksFor = (site: Site, sites: readonly Site[]): string[] => [
  '0.0.0.0/0', '10.0.0.0/8', site.cidr,
  ...sites.flatMap(({ subnets }) => subnets.map(({ cidr }) => cidr)),
  ...sites.flatMap(nearBlocks),
  `${internetHost}/32`, '::/0',
]

/** Of one address and of it and a neighbour: what tells apart those who are next to each other. */
const nearBlocks = ({ instances }: Site): string[] => instances.flatMap(({ address }) => [`${address}/32`, `${evenOf(address)}/31`])

const evenOf = (address: string): string => addressIn(address, -(Number(address.split('.')[3]) % 2))

const chosen = <T>(all: readonly T[], number: number): T => all[number % all.length] as T

const networkOf = ({ plan, namespace, name, cidr, subnets }: Site): Manifest[] => [
  manifest('VPC', namespace, name, { cidrBlocks: [cidr] }),
  ...subnets.map(each => manifest('Subnet', namespace, each.name, { vpcRef: { name }, cidrBlock: each.cidr, availabilityZone: 'zone-a' })),
  ...plan.gateway ? [manifest('InternetGateway', namespace, `${name}-igw`, { vpcRef: { name } })] : [],
]

const groupName = (site: Site, index: number): string => `${site.name}-g${index}`

const groupsOf = (site: Site, plan: WorldPlan, sites: readonly Site[]): Manifest[] => site.plan.groups.map(({ ingress, egress }, index) => {
  const rule = (each: RulePlan) => ruleOf(each, site, plan, sites)
  return manifest('SecurityGroup', site.namespace, groupName(site, index), {
    vpcRef: { name: site.name },
    ingressRules: uniqueBy(ingress.map(rule), each => JSON.stringify(each)),
    ...egress === undefined ? {} : { egressRules: uniqueBy(egress.map(rule), each => JSON.stringify(each)) },
  })
})

const ruleOf = ({ protocol, ports: [fromPort, toPort], peer }: RulePlan, site: Site, plan: WorldPlan, sites: readonly Site[]): SecurityGroupRule => ({
  protocol,
  ...protocol === 'all' ? {} : protocol === 'icmp' ? { fromPort: fromPort === 22 ? 8 : -1, toPort: -1 } : { fromPort, toPort },
  ...peerOf(peer, site, plan, sites),
})

/** Groups of the VPC, and of every other VPC of the world: whether those count is the peerings' to say. */
const peerOf = (peer: PeerPlan, site: Site, plan: WorldPlan, sites: readonly Site[]): Pick<SecurityGroupRule, 'cidr' | 'securityGroupRef' | 'prefixListRef'> => {
  if ('block' in peer) return { cidr: chosen(blocksFor(site, sites), peer.block) }
  if ('near' in peer) return { cidr: chosen([...nearBlocks(site), site.cidr], peer.near) }
  if ('list' in peer) return { prefixListRef: { name: `list-${peer.list % Math.max(1, plan.prefixLists.length)}` } }
  const own = site.plan.groups.map((_, index) => ({ name: groupName(site, index) }))
  const others = sites.filter(each => each !== site)
    .flatMap(each => each.plan.groups.map((_, index) => ({ name: groupName(each, index), namespace: each.namespace })))
  return { securityGroupRef: chosen([...own, ...others], peer.group) }
}

const prefixListsOf = ({ prefixLists }: WorldPlan, sites: readonly Site[]): Manifest[] => {
  const blocks = blocksFor(sites[0] as Site, sites).filter(cidr => cidr !== '::/0')
  return uniqueBy(sites, ({ namespace }) => namespace).flatMap(({ namespace }) =>
    (prefixLists.length === 0 ? [[]] : prefixLists).map((numbers, index) => manifest('PrefixList', namespace, `list-${index}`, {
      entries: uniqueBy(numbers.map(number => ({ cidr: chosen(blocks, number) })), ({ cidr }) => cidr),
    })))
}

/** The subnets that a number stands for: those whose plan says that number. Numbers past the end mean the default. */
const followers = (site: Site, index: number, key: 'list' | 'table') =>
  site.subnets.filter((_, place) => site.plan.subnets[place]?.[key] === index).map(({ name }) => ({ name }))

const listsOf = (site: Site, sites: readonly Site[]): Manifest[] => site.plan.lists.map((entries, index) =>
  manifest('NetworkACL', site.namespace, `${site.name}-acl${index}`, {
    vpcRef: { name: site.name },
    entries: uniqueBy(entries.map(each => entryOf(each, site, sites)), ({ direction, ruleNumber }) => `${direction} ${ruleNumber}`),
    subnetRefs: followers(site, index, 'list'),
  }))

const entryOf = ({ number, egress, allow, protocol, ports: [fromPort, toPort], block }: EntryPlan, site: Site, sites: readonly Site[]): ACLEntry => {
  const cidr = chosen(blocksFor(site, sites), block)
  return {
    ruleNumber: number, direction: egress ? 'Egress' : 'Ingress', action: allow ? 'Allow' : 'Deny', cidr,
    protocol: protocol === 'icmp' && cidr.includes(':') ? 'icmpv6' : protocol,
    ...protocol === 'tcp' || protocol === 'udp' ? { fromPort, toPort } : {},
    ...protocol === 'icmp' ? { icmp: { type: fromPort === 22 ? 8 : -1 } } : {},
  }
}

const tablesOf = (site: Site, sites: readonly Site[]): Manifest[] => site.plan.tables.map((routes, index) =>
  manifest('RouteTable', site.namespace, `${site.name}-rtb${index}`, {
    vpcRef: { name: site.name },
    routes: uniqueBy(routes.map(each => tableRoute(each, site, sites)), ({ destinationCIDR }) => destinationCIDR),
    subnetRefs: followers(site, index, 'table'),
  }))

/** To everywhere, to another VPC or a part of it, to the internet's host; by what the VPC has and what nobody has; by a peering mostly to its VPC. */
const tableRoute = ({ block, target }: RoutePlan, site: Site, sites: readonly Site[]): TableRoute => {
  const others = sites.filter(each => each !== site).flatMap(({ cidr, subnets }) => [cidr, ...subnets.map(each => each.cidr)])
  const targets: Omit<TableRoute, 'destinationCIDR'>[] = [
    { internetGatewayRef: { name: `${site.name}-igw` } },
    ...site.plan.subnets.flatMap(({ nat }, place) => nat ? [{ natGatewayRef: { name: `${site.subnets[place]?.name}-nat` } }] : []),
    ...site.peerings.map(({ name }) => ({ vpcPeeringRef: { name } })),
    { natGatewayRef: { name: 'gone' } },
  ]
  const way = chosen(targets, target)
  const peer = site.peerings.find(({ name }) => name === way.vpcPeeringRef?.name)
  const blocks = peer === undefined || block % 4 === 0 ? ['0.0.0.0/0', ...others, '0.0.0.0/0', '203.0.113.0/24'] : [peer.cidr]
  return { destinationCIDR: chosen(blocks, block), ...way }
}

const machinesOf = (site: Site, elastic: Elastic): Manifest[] => [
  ...site.plan.subnets.flatMap(({ nat }, place) => nat ? natOf(site, place, elastic) : []),
  ...site.instances.flatMap(({ name, address, subnet, groups, elastic: wants }) => [
    manifest('Instance', site.namespace, name, {
      subnetRef: { name: site.subnets[subnet]?.name ?? '' }, privateIPAddress: address,
      ...groups.length === 0 ? {} : { securityGroupRefs: groups.map(group => ({ name: groupName(site, group) })) },
    }),
    ...wants ? [manifest('ElasticIP', site.namespace, `${name}-eip`, { poolName: pool.name, address: elastic.next(), instanceRef: { name } })] : [],
  ]),
]

const natOf = (site: Site, place: number, elastic: Elastic): Manifest[] => {
  const name = `${site.subnets[place]?.name}-nat`
  return [
    manifest('ElasticIP', site.namespace, name, { poolName: pool.name, address: elastic.next() }),
    manifest('NATGateway', site.namespace, name, { subnetRef: { name: site.subnets[place]?.name ?? '' }, elasticIPRef: { name } }),
  ]
}

const peeringName = (from: Named, to: Named): string => `${from.name}-to-${to.namespace}-${to.name}`

const pairsOf = ({ vpcs, peerings }: WorldPlan): [number, number][] => uniqueBy(
  peerings.flatMap(({ from, to, mutual }): [number, number][] => mutual ? [[from, to], [to, from]] : [[from, to]])
    .filter(([from, to]) => from !== to && from < vpcs.length && to < vpcs.length), pair => pair.join())

const peeringsOf = (plan: WorldPlan, sites: readonly Site[]): Manifest[] => pairsOf(plan).map(([from, to]) => {
  const [own, other] = [sites[from] as Site, sites[to] as Site]
  return manifest('VPCPeering', own.namespace, peeringName(own, other), { vpcRef: { name: own.name }, peer: { namespace: other.namespace, name: other.name } })
})
