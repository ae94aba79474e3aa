import test from 'ava'
import fc from 'fast-check'
import { type Cidr, containsAddress, containsCidr, overlaps, parseAddress, parseCidr } from '../../../crds/cidr.ts'
import { golden } from '../../resources/golden.ts'
import { linkable, peerLink } from './peer-link.ts'
import { policyRoutes, type PolicyRoute, type Router, type RouterRoute, staticRoutes } from './routes.ts'
import { buildVpc } from './vpc.ts'

const closed: Router = {
  id: 'vpc-1', namespace: 'team-a', blocks: ['10.0.0.0/16'], subnets: [{ id: 'subnet-1', cidr: '10.0.1.0/24', routeTable: 'rtb-1' }],
  routeTables: [{ id: 'rtb-1', routes: [] }], external: [], peers: [],
}
const theInternet = { subnet: 'public', gateway: '203.0.113.1' }
const toInternet: RouterRoute = { destination: '0.0.0.0/0', nextHop: { kind: 'external', subnet: 'public', by: 'ownAddress' } }

test('a VPC that leads nowhere asks for nothing but a router', t => {
  t.deepEqual(buildVpc(closed).spec, { namespaces: ['team-a'] })
})

test('a route table, a way to the internet and a peering stand in the one router of the VPC', t => {
  const { actual, expected } = golden(import.meta.dirname, 'vpc', buildVpc({
    ...closed, external: [theInternet], publicAddresses: ['10.0.1.9', '10.0.1.5'], peers: [{ vpcID: 'vpc-2', blocks: ['10.9.0.0/16', '10.8.0.0/16'] }],
    subnets: [...closed.subnets, { id: 'subnet-2', cidr: '10.0.2.0/24', routeTable: 'rtb-2' }],
    routeTables: [
      { id: 'rtb-1', routes: [toInternet, { destination: '10.9.0.0/16', nextHop: { kind: 'peer', vpcID: 'vpc-2' } }] },
      { id: 'rtb-2', routes: [
        { destination: '0.0.0.0/0', nextHop: { kind: 'inside', subnetID: 'subnet-1', address: '10.0.1.5' } },
        { destination: '198.51.100.0/24', nextHop: { kind: 'blackhole' } },
      ] },
    ],
  }))
  t.deepEqual(actual, expected)
})

const block = (text: string): Cidr => parseCidr(text) ?? fail(text)
const fail = (text: string): never => { throw new Error(text) }
const publicBlock = block('203.0.113.0/24')

/** A packet from one of the router's ports, with all that matches look at. */
type Packet = { inport: string; src: number; dst: number }
type Fate = { kind: 'dropped' } | { kind: 'sent'; outport: string; nextHop: number | undefined }

const dropped: Fate = { kind: 'dropped' }

const networksOf = (router: Router): { port: string; network: Cidr }[] => [
  ...router.subnets.map(({ id, cidr }) => ({ port: `${router.id}-${id}`, network: block(cidr) })),
  ...router.peers.map(({ vpcID }) => ({ port: `${router.id}-${vpcID}`, network: block(`${peerLink(router.id, vpcID).network}/30`) })),
  ...router.external.map(({ subnet }) => ({ port: `${router.id}-${subnet}`, network: publicBlock })),
]

const longest = <T extends { network: Cidr }>(all: readonly T[], address: number): T | undefined =>
  all.filter(({ network }) => containsAddress(network, address)).sort((a, b) => b.network.prefixLength - a.network.prefixLength)[0]

/** What Kube-OVN itself puts into a router: whatever is for a subnet passes. */
const ofKubeOVN = ({ subnets }: Router): PolicyRoute[] => subnets.map(({ cidr }) => ({ priority: 31000, match: `ip4.dst == ${cidr}`, action: 'allow' }))

/** What OVN does with a packet: the longest of connected networks and the port's own table, then policies from the highest priority down. */
const ovn = (router: Router, packet: Packet): Fate => {
  const table = router.subnets.find(({ id }) => packet.inport === `${router.id}-${id}`)?.routeTable
  const networks = networksOf(router)
  const candidates = [
    ...networks.map(each => ({ ...each, nextHop: undefined })),
    ...staticRoutes(router).filter(({ routeTable }) => routeTable === table).map(({ cidr, nextHopIP }) => {
      const nextHop = parseAddress(nextHopIP) ?? fail(nextHopIP)
      return { network: block(cidr), nextHop, port: longest(networks, nextHop)?.port ?? '' }
    }),
  ]
  const route = longest(candidates, packet.dst)
  if (route === undefined) return dropped
  const matching = [...policyRoutes(router), ...ofKubeOVN(router)]
    .filter(({ match }) => match.split(' && ').every(term => holds(term, { ...packet, outport: route.port })))
  const highest = Math.max(...matching.map(({ priority }) => priority))
  const [policy, ...others] = matching.filter(({ priority }) => priority === highest)
  if (others.some(({ action }) => action !== policy?.action)) throw new Error(`OVN leaves open which decides of those at ${highest}`)
  if (policy?.action === 'drop') return dropped
  // By its gateway or to a neighbour: both are the internet.
  if (policy?.action !== 'reroute') return { kind: 'sent', outport: route.port, nextHop: undefined }
  const nextHop = parseAddress(policy.nextHopIP) ?? fail(policy.nextHopIP)
  return { kind: 'sent', outport: longest(networks, nextHop)?.port ?? '', nextHop }
}

const holds = (term: string, packet: Packet & { outport: string }): boolean => {
  const [field = '', value = ''] = term.split(' == ')
  if (term === 'ip4') return true
  if (field === 'inport' || field === 'outport') return value === `"${packet[field]}"`
  const address = field === 'ip4.src' ? packet.src : field === 'ip4.dst' ? packet.dst : fail(term)
  return value.replace(/[{}]/g, '').split(', ').some(each => containsAddress(block(each.includes('/') ? each : `${each}/32`), address))
}

/** What EC2 does with a packet from a subnet: inside the VPC it goes to whom it is for, else the longest prefix of the subnet's table decides. */
const ec2 = (router: Router, packet: Packet): Fate => {
  const port = (to: string) => `${router.id}-${to}`
  if (router.blocks.some(each => containsAddress(block(each), packet.dst))) {
    const home = router.subnets.find(({ cidr }) => containsAddress(block(cidr), packet.dst))
    return home === undefined ? dropped : { kind: 'sent', outport: port(home.id), nextHop: undefined }
  }
  const from = router.subnets.find(({ id }) => port(id) === packet.inport)
  const routes = router.routeTables.find(({ id }) => id === from?.routeTable)?.routes ?? []
  const route = longest(routes.map(each => ({ ...each, network: block(each.destination) })), packet.dst)?.nextHop
  switch (route?.kind) {
    case 'external': {
      const translated = route.by === 'sharedAddress' ? from !== undefined && containsAddress(block(from.cidr), packet.src)
        : router.publicAddresses?.some(each => parseAddress(each) === packet.src) === true
      return translated && router.external.some(({ subnet }) => subnet === route.subnet) ? { kind: 'sent', outport: port(route.subnet), nextHop: undefined } : dropped
    }
    case 'peer': return router.peers.some(({ vpcID }) => vpcID === route.vpcID)
      ? { kind: 'sent', outport: port(route.vpcID), nextHop: parseAddress(peerLink(router.id, route.vpcID).remote) } : dropped
    case 'inside': return { kind: 'sent', outport: port(route.subnetID), nextHop: parseAddress(route.address) }
    default: return dropped
  }
}

const destinations = [
  '0.0.0.0/0', '10.0.0.0/8', '10.0.0.0/16', '10.0.1.0/25', '10.9.0.0/16', '10.9.1.0/24', '203.0.113.0/24', '203.0.113.128/25', '198.51.100.0/24',
]
const nextHops: fc.Arbitrary<RouterRoute['nextHop']> = fc.constantFrom(
  { kind: 'external', subnet: 'public', by: 'ownAddress' }, { kind: 'external', subnet: 'public', by: 'sharedAddress' }, { kind: 'peer', vpcID: 'vpc-2' }, { kind: 'peer', vpcID: 'vpc-3' },
  { kind: 'inside', subnetID: 'subnet-1', address: '10.0.1.5' }, { kind: 'blackhole' },
)
const tables = fc.uniqueArray(fc.record({ destination: fc.constantFrom(...destinations), nextHop: nextHops }), {
  selector: ({ destination }) => destination, maxLength: 6,
})
const routers: fc.Arbitrary<Router> = fc.record({
  id: fc.constant('vpc-1'),
  namespace: fc.constant('team-a'),
  blocks: fc.constantFrom(['10.0.0.0/16'], ['10.0.0.0/16', '10.1.0.0/16']),
  subnets: fc.tuple(...[1, 2].map(n => fc.record({
    id: fc.constant(`subnet-${n}`), cidr: fc.constant(`10.0.${n}.0/24`), routeTable: fc.constantFrom('rtb-1', 'rtb-2', undefined),
  }))),
  routeTables: fc.tuple(tables, tables).map(([one, two]) => [{ id: 'rtb-1', routes: one }, { id: 'rtb-2', routes: two }]),
  external: fc.constantFrom([], [theInternet]),
  publicAddresses: fc.subarray(['10.0.1.7', '10.0.1.8', '10.0.2.7']),
  peers: fc.subarray([{ vpcID: 'vpc-2', blocks: ['10.9.0.0/16'] }, { vpcID: 'vpc-3', blocks: ['10.8.0.0/16', '172.16.0.0/16'] }]),
})
const addresses = fc.oneof(
  fc.constantFrom('10.0.1.7', '10.0.2.7', '10.0.99.9', '10.1.0.9', '10.9.1.9', '10.9.2.9', '10.8.0.9', '203.0.113.9', '203.0.113.200', '198.51.100.9', '8.8.8.8').map(text => parseAddress(text) ?? fail(text)),
  // Where no block of a VPC and no route of a table can be, there are links.
  fc.nat({ max: 0xe0000000 - 1 }),
)

test('a packet from a subnet goes where EC2 would send it, and nowhere else', t => {
  fc.assert(fc.property(routers, addresses, addresses, fc.constantFrom('subnet-1', 'subnet-2'), (router, src, dst, subnet) => {
    const packet = { inport: `vpc-1-${subnet}`, src, dst }
    t.deepEqual(ovn(router, packet), ec2(router, packet))
  }), { numRuns: 2000 })
})

test('a peer reaches what is in the VPC from its own blocks, and nothing behind it', t => {
  fc.assert(fc.property(routers, addresses, addresses, (router, src, dst) => {
    for (const { vpcID, blocks } of router.peers) {
      const home = router.subnets.find(({ cidr }) => containsAddress(block(cidr), dst))
      const admitted = home !== undefined && blocks.some(each => containsAddress(block(each), src))
      t.deepEqual(ovn(router, { inport: `vpc-1-${vpcID}`, src, dst }), admitted ? { kind: 'sent', outport: `vpc-1-${home.id}`, nextHop: undefined } : dropped)
    }
  }), { numRuns: 1000 })
})

test('what comes from the internet reaches the VPC and is never passed on, and nobody there has an address of the VPC\'s or of a peer\'s', t => {
  fc.assert(fc.property(routers, addresses, addresses, (router, src, dst) => {
    if (router.external.length === 0) return
    const home = router.subnets.find(({ cidr }) => containsAddress(block(cidr), dst))
    const isLie = [...router.blocks, ...router.peers.flatMap(({ blocks }) => blocks)].some(each => containsAddress(block(each), src))
    const expected = home === undefined || isLie ? dropped : { kind: 'sent', outport: `vpc-1-${home.id}`, nextHop: undefined }
    t.deepEqual(ovn(router, { inport: 'vpc-1-public', src, dst }), expected)
  }), { numRuns: 1000 })
})

test('the order in which things are found changes nothing of a router', t => {
  fc.assert(fc.property(routers, router => {
    const [subnets, routeTables, peers] = [[...router.subnets].reverse(), [...router.routeTables].reverse(), [...router.peers].reverse()]
    const turned = { ...router, subnets, routeTables, peers }
    t.deepEqual(buildVpc(turned), buildVpc(router))
  }))
})

test('both ends of a link agree on it, and it is where no VPC can be', t => {
  fc.assert(fc.property(fc.uniqueArray(fc.string({ minLength: 17, maxLength: 17 }), { minLength: 2, maxLength: 2 }), ([a, b]) => {
    const [one, other] = [peerLink(`vpc-${a}`, `vpc-${b}`), peerLink(`vpc-${b}`, `vpc-${a}`)]
    t.is(one.local, `${other.remote}/30`)
    t.is(other.local, `${one.remote}/30`)
    t.is(one.network, other.network)
    t.true(containsCidr(block('240.0.0.0/4'), block(`${one.network}/30`)))
    t.false(overlaps(block(`${one.network}/30`), block('255.255.255.255/32')))
  }))
})

test('of two peers whose links would be the same one is linked, whoever asks', t => {
  const byNetwork = new Map<string, string>()
  const peers = Array.from({ length: 40_000 }, (_, index) => `vpc-${index}`)
  const twins = peers.flatMap((peer) => {
    const { network } = peerLink('vpc-one', peer)
    const other = byNetwork.get(network)
    byNetwork.set(network, peer)
    return other === undefined ? [] : [[other, peer]]
  })[0] ?? fail('no two links are the same')
  t.deepEqual(linkable('vpc-one', twins), [[...twins].sort()[0]])
  t.deepEqual(linkable('vpc-one', [...twins].reverse()), linkable('vpc-one', twins))
  t.deepEqual(linkable('vpc-one', ['vpc-3', 'vpc-2']), ['vpc-2', 'vpc-3'])
})
