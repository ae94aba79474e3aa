import test from 'ava'
import { mayPass } from './may-pass.ts'
import type { Entry, Protocol, Rule, Source, World } from './world.ts'

/** Where EC2 says so: VPC is the Amazon VPC User Guide, Peering the VPC Peering Guide. */

const anywhere = { cidr: '0.0.0.0/0' }
const all: Rule = { protocol: 'all', peer: anywhere }
const tcp = (port: number, peer: Rule['peer'] = anywhere, to = port): Rule => ({ protocol: 'tcp', from: port, to, peer })

/** Two subnets in a VPC and one in another, with an instance each (a, b, c) and a further one (d) beside a; everything open, no way out. */
const base: World = {
  vpcs: [{ id: 'vpc', cidrs: ['10.0.0.0/16'] }, { id: 'other', cidrs: ['10.1.0.0/16'] }],
  subnets: [
    { id: 'left', vpc: 'vpc', cidr: '10.0.1.0/24' },
    { id: 'right', vpc: 'vpc', cidr: '10.0.2.0/24' },
    { id: 'far', vpc: 'other', cidr: '10.1.1.0/24' },
  ],
  interfaces: [
    { id: 'a', subnet: 'left', privateAddress: '10.0.1.10', securityGroups: ['open'] },
    { id: 'b', subnet: 'right', privateAddress: '10.0.2.10', securityGroups: ['open'] },
    { id: 'c', subnet: 'far', privateAddress: '10.1.1.10', securityGroups: ['farOpen'] },
    { id: 'd', subnet: 'left', privateAddress: '10.0.1.11', securityGroups: ['open'] },
  ],
  securityGroups: [
    { id: 'open', vpc: 'vpc', ingress: [all], egress: [all] },
    { id: 'farOpen', vpc: 'other', ingress: [all], egress: [all] },
  ],
  prefixLists: [], networkACLs: [], routeTables: [], internetGateways: [], natGateways: [], peerings: [],
}

type Change = Partial<Record<'interfaces' | 'subnets', Record<string, object>>> & Partial<Omit<World, 'interfaces' | 'subnets'>>

/** The base world with some of an interface or a subnet told differently, and any of the rest. */
const worldWith = ({ interfaces = {}, subnets = {}, ...rest }: Change): World => ({
  ...base,
  ...rest,
  securityGroups: [...base.securityGroups, ...rest.securityGroups ?? []],
  interfaces: base.interfaces.map(each => ({ ...each, ...interfaces[each.id] })),
  subnets: base.subnets.map(each => ({ ...each, ...subnets[each.id] })),
})

const addresses: Record<string, string> = { a: '10.0.1.10', b: '10.0.2.10', c: '10.1.1.10', d: '10.0.1.11' }
const ask = (world: World, from: string, to: string, protocol: Protocol = 'tcp', port = 80) => {
  const source: Source = from in addresses ? { interface: from } : { internet: from }
  return mayPass(world, source, addresses[to] ?? to, protocol, port)
}
const passes = (...given: Parameters<typeof ask>): boolean => ask(...given).passes

const grouped = (ingress: Rule[], egress: Rule[] = [all]): World =>
  worldWith({ interfaces: { b: { securityGroups: ['g'] } }, securityGroups: [{ id: 'g', vpc: 'vpc', ingress, egress }] })

test('instances of a VPC reach each other by the local route (VPC, Route tables: every route table contains a local route)', t => {
  t.deepEqual(ask(base, 'a', 'b'), { passes: true, arrives: true, reason: 'b answers', receiver: 'b', seenAs: '10.0.1.10' })
  t.is(ask(base, 'a', 'c').reason, 'request: left has no route to 10.1.1.10')
  t.is(ask(base, 'a', '10.0.2.99').reason, 'request: nobody has 10.0.2.99')
})

test('without a rule nothing comes in, and a rule is inclusive at both of its ports (VPC, Security group rules: port range)', t => {
  t.is(ask(grouped([]), 'a', 'b').reason, 'request: no ingress rule of g at b')
  const world = grouped([tcp(80, anywhere, 82)])
  t.deepEqual([79, 80, 82, 83].map(port => passes(world, 'a', 'b', 'tcp', port)), [false, true, true, false])
  t.false(passes(world, 'a', 'b', 'udp', 80))
})

test('an instance in no group of which any rule speaks is closed, and one rule of any of its groups opens it (VPC, Security groups: rules are aggregated)', t => {
  const world = worldWith({
    interfaces: { b: { securityGroups: ['web', 'ssh'] } },
    securityGroups: [{ id: 'web', vpc: 'vpc', ingress: [tcp(80)], egress: [] }, { id: 'ssh', vpc: 'vpc', ingress: [tcp(22)], egress: [tcp(443)] }],
  })
  t.deepEqual([80, 22, 443].map(port => passes(world, 'a', 'b', 'tcp', port)), [true, true, false])
  t.deepEqual([80, 443].map(port => passes(world, 'b', 'a', 'tcp', port)), [false, true])
})

test('answers need no rule of their own (VPC, Security groups: stateful)', t => {
  t.true(passes(grouped([tcp(80)], []), 'a', 'b'))
  t.is(ask(grouped([tcp(80)], []), 'b', 'a').reason, 'request: no egress rule of g at b')
})

test('a group in a rule means its members, by private address, itself included only where it says so (VPC, Security group referencing)', t => {
  const world = worldWith({
    interfaces: { a: { securityGroups: ['g'] }, b: { securityGroups: ['g'] } },
    securityGroups: [{ id: 'g', vpc: 'vpc', ingress: [tcp(80, { group: 'g' })], egress: [all] }],
  })
  t.true(passes(world, 'a', 'b'))
  t.false(passes(world, 'd', 'b'))
  t.false(passes(grouped([tcp(80, { group: 'gone' })]), 'a', 'b'))
})

test('a prefix list in a rule means its blocks, and an empty one nobody (VPC, Managed prefix lists)', t => {
  const listed = (cidrs: string[]) => ({ ...grouped([tcp(80, { prefixList: 'pl' })]), prefixLists: [{ id: 'pl', cidrs }] })
  t.deepEqual(['a', 'd'].map(from => passes(listed(['192.0.2.0/24', '10.0.1.10/32']), from, 'b')), [true, false])
  t.false(passes(listed([]), 'a', 'b'))
})

test('blocks end where they end, and IPv6 ones are about nobody here', t => {
  const from = (cidr: string) => ['a', 'd'].map(each => passes(grouped([tcp(80, { cidr })]), each, 'b'))
  t.deepEqual(from('10.0.1.8/31'), [false, false])
  t.deepEqual(from('10.0.1.10/32'), [true, false])
  t.deepEqual(from('10.0.1.10/31'), [true, true])
  t.deepEqual(from('::/0'), [false, false])
})

test('ICMP goes by type and code, -1 being any (VPC, Security group rules: ICMP)', t => {
  const world = (from?: number, to?: number) => grouped([{ protocol: 'icmp', from, to, peer: anywhere }])
  t.deepEqual([world(), world(8), world(8, 0), world(-1, -1), world(0), world(8, 1)].map(each => passes(each, 'a', 'b', 'icmp')), [true, true, true, true, false, false])
  t.false(passes(grouped([{ protocol: 'icmpv6', peer: anywhere }]), 'a', 'b', 'icmp'))
})

const entry = (number: number, direction: Entry['direction'], action: Entry['action'], more: Partial<Entry> = {}): Entry =>
  ({ number, direction, action, protocol: 'all', cidr: '0.0.0.0/0', ...more })
const guarded = (entries: Entry[], subnet = 'right'): World => worldWith({ subnets: { [subnet]: { networkACL: 'acl' } }, networkACLs: [{ id: 'acl', entries }] })
const out = entry(100, 'egress', 'allow')

test('of a network ACL the lowest number that matches decides, and what none matches is denied (VPC, Network ACL rules: rule number, *)', t => {
  const order = (allow: number, deny: number) => guarded([entry(deny, 'ingress', 'deny', { protocol: 'tcp', from: 80, to: 80 }), entry(allow, 'ingress', 'allow'), out])
  t.true(passes(order(100, 200), 'a', 'b'))
  t.is(ask(order(200, 100), 'a', 'b').reason, 'request: ingress entry 100 of acl at right')
  t.true(passes(order(200, 100), 'a', 'b', 'tcp', 81))
  t.is(ask(guarded([out]), 'a', 'b').reason, 'request: ingress entry * of acl at right')
})

test('a network ACL remembers nothing: answers need an entry for ephemeral ports (VPC, Custom network ACLs: ephemeral ports)', t => {
  const answering = (from: number, to: number, protocol: Entry['protocol'] = 'tcp') =>
    guarded([entry(100, 'ingress', 'allow'), entry(100, 'egress', 'allow', { protocol, from, to })])
  t.true(passes(answering(1024, 65535), 'a', 'b'))
  t.like(ask(answering(0, 1023), 'a', 'b'), { passes: false, arrives: true, receiver: 'b', reason: 'reply: egress entry * of acl at right' })
  t.false(passes(answering(1024, 65535, 'udp'), 'a', 'b'))
  t.false(passes(answering(1024, 65535), 'a', 'b', 'icmp'))
  t.is(ask(guarded([out, entry(100, 'ingress', 'allow', { protocol: 'tcp', from: 80, to: 80 })]), 'b', 'a').reason, 'reply: ingress entry * of acl at right')
  const pings = guarded([entry(1, 'ingress', 'allow', { protocol: 'icmp', from: 8, to: -1 }), entry(1, 'egress', 'allow', { protocol: 'icmp', from: 0, to: 0 })])
  t.deepEqual([passes(pings, 'a', 'b', 'icmp'), passes(pings, 'b', 'a', 'icmp')], [true, false])
})

test('both subnets\' network ACLs are asked between them and none within one (VPC, Network ACLs: traffic entering or leaving a subnet)', t => {
  t.true(passes(guarded([], 'left'), 'a', 'd'))
  t.is(ask(guarded([], 'left'), 'a', 'b').reason, 'request: egress entry * of acl at left')
  t.is(ask(guarded([], 'left'), 'b', 'a').reason, 'request: ingress entry * of acl at left')
  t.is(ask(guarded([out], 'left'), 'a', 'b').reason, 'reply: ingress entry * of acl at left')
})

const internet = '203.0.113.9'
/** b has a public address, both subnets route to the internet, and a NAT gateway stands in `right` where a's subnet names it. */
const connected = (more: Change = {}): World => worldWith({
  internetGateways: [{ id: 'igw', vpc: 'vpc' }],
  natGateways: [{ id: 'nat', subnet: 'right', privateAddress: '10.0.2.20', publicAddress: '198.51.100.20' }],
  routeTables: [
    { id: 'public', routes: [{ cidr: '0.0.0.0/0', target: { internetGateway: 'igw' } }] },
    { id: 'private', routes: [{ cidr: '0.0.0.0/0', target: { natGateway: 'nat' } }] },
  ],
  ...more,
  interfaces: { b: { publicAddress: '198.51.100.10' }, ...more.interfaces },
  subnets: { left: { routeTable: 'private', ...more.subnets?.['left'] }, right: { routeTable: 'public', ...more.subnets?.['right'] } },
})

test('to the internet and from it it takes a gateway, a route and a public address (VPC, Internet gateways)', t => {
  t.like(ask(connected(), 'b', internet), { passes: true, reason: `${internet} answers`, seenAs: '198.51.100.10' })
  t.like(ask(connected(), internet, '198.51.100.10'), { passes: true, reason: 'b answers', seenAs: internet })
  t.is(ask(connected({ interfaces: { b: { publicAddress: undefined } } }), 'b', internet).reason, 'request: route 0.0.0.0/0 at right: 10.0.2.10 has no public address')
  t.is(ask(connected({ internetGateways: [] }), 'b', internet).reason, 'request: route 0.0.0.0/0 at right is a black hole')
  t.is(ask(connected({ internetGateways: [] }), internet, '198.51.100.10').reason, 'request: vpc has no internet gateway')
  t.is(ask(connected({ internetGateways: [{ id: 'igw', vpc: 'other' }] }), 'b', internet).reason, 'request: route 0.0.0.0/0 at right is a black hole')
  t.is(ask(connected({ subnets: { right: { routeTable: undefined } } }), internet, '198.51.100.10').reason, `reply: right has no route to ${internet}`)
  t.is(ask(connected(), internet, '10.0.2.10').reason, 'request: the internet has no 10.0.2.10')
  t.is(ask(connected(), 'b', 'c').reason, 'request: the internet has no 10.1.1.10')
})

test('behind a NAT gateway one reaches the internet as the gateway, and is not reached (VPC, NAT gateways)', t => {
  t.like(ask(connected(), 'a', internet), { passes: true, reason: `${internet} answers`, seenAs: '198.51.100.20' })
  t.is(ask(connected(), internet, '198.51.100.20').reason, 'request: nat lets nothing in')
  t.is(ask(connected({ subnets: { right: { routeTable: undefined } } }), 'a', internet).reason, `request: right has no route to ${internet}`)
  t.is(ask(connected({ natGateways: [] }), 'a', internet).reason, 'request: route 0.0.0.0/0 at left is a black hole')
})

test('a NAT gateway whose own subnet routes to it leads nowhere (VPC, NAT gateways: public NAT gateway in a public subnet)', t => {
  t.is(ask(connected({ subnets: { right: { routeTable: 'private' } } }), 'a', internet).reason, 'request: route 0.0.0.0/0 at right leads round to nat again')
})

test('an instance with a public address in a subnet that routes to a NAT gateway goes out as the gateway and answers nobody (VPC, Route tables)', t => {
  const world = connected({ interfaces: { a: { publicAddress: '198.51.100.11' } } })
  t.is(ask(world, 'a', internet).seenAs, '198.51.100.20')
  t.is(ask(world, internet, '198.51.100.11').reason, 'reply: route 0.0.0.0/0 at left: nat knows of no such connection')
})

test('network ACLs of both subnets see what passes a NAT gateway, on both sides of it (VPC, NAT gateways: control traffic with network ACLs)', t => {
  const at = (subnet: string, entries: Entry[]) => connected({ subnets: { [subnet]: { networkACL: 'acl' } }, networkACLs: [{ id: 'acl', entries }] })
  const open = [entry(100, 'ingress', 'allow'), out]
  t.true(passes(at('right', open), 'a', internet))
  t.is(ask(at('right', [entry(1, 'ingress', 'deny', { cidr: '10.0.1.0/24' }), ...open]), 'a', internet).reason, 'request: ingress entry 1 of acl at right')
  t.is(ask(at('right', [entry(1, 'egress', 'deny', { cidr: '10.0.1.0/24' }), ...open]), 'a', internet).reason, 'reply: egress entry 1 of acl at right')
  t.is(ask(at('left', [out]), 'a', internet).reason, 'reply: ingress entry * of acl at left')
})

test('by its public address a neighbour is reached over the gateway, as a stranger whom no group covers (VPC, Security group referencing: private addresses)', t => {
  const world = connected({
    interfaces: { a: { publicAddress: '198.51.100.11' }, b: { publicAddress: '198.51.100.10', securityGroups: ['g'] } },
    subnets: { left: { routeTable: 'public' } },
    securityGroups: [{ id: 'g', vpc: 'vpc', ingress: [tcp(80, { group: 'open' }), tcp(81, { cidr: '198.51.100.11/32' })], egress: [] }],
  })
  t.deepEqual([80, 81].map(port => passes(world, 'a', 'b', 'tcp', port)), [true, false])
  t.deepEqual([80, 81].map(port => passes(world, 'a', '198.51.100.10', 'tcp', port)), [false, true])
  t.is(ask(world, 'a', '198.51.100.10', 'tcp', 81).seenAs, '198.51.100.11')
})

test('the longest prefix decides, but what is in the VPC is local (VPC, Route priority)', t => {
  const world = connected({
    routeTables: [
      { id: 'public', routes: [{ cidr: '0.0.0.0/0', target: { internetGateway: 'igw' } }, { cidr: '203.0.113.0/24', target: { natGateway: 'gone' } }] },
      { id: 'private', routes: [{ cidr: '10.0.0.0/8', target: { natGateway: 'gone' } }, { cidr: '10.0.2.0/24', target: { natGateway: 'gone' } }] },
    ],
  })
  t.is(ask(world, 'b', internet).reason, 'request: route 203.0.113.0/24 at right is a black hole')
  t.true(passes(world, 'b', '192.0.2.7'))
  t.true(passes(world, 'a', 'b'))
  t.is(ask(world, 'a', 'c').reason, 'request: route 10.0.0.0/8 at left is a black hole')
})

const both = [{ id: 'pcx', vpc: 'vpc', peer: 'other' }, { id: 'xcp', vpc: 'other', peer: 'vpc' }]
const peered = (more: Change = {}): World => worldWith({
  peerings: both,
  routeTables: [
    { id: 'there', routes: [{ cidr: '10.1.0.0/16', target: { peering: 'pcx' } }] },
    { id: 'back', routes: [{ cidr: '10.0.0.0/16', target: { peering: 'xcp' } }] },
  ],
  ...more,
  subnets: { left: { routeTable: 'there' }, far: { routeTable: 'back' }, ...more.subnets },
})

test('a peering carries traffic once both sides asked and both have a route (Peering, Create and accept; Update route tables)', t => {
  t.true(passes(peered(), 'a', 'c'))
  t.true(passes(peered(), 'c', 'a'))
  t.is(ask(peered({ peerings: both.slice(0, 1) }), 'a', 'c').reason, 'request: route 10.1.0.0/16 at left is a black hole')
  t.is(ask(peered({ subnets: { far: {} } }), 'a', 'c').reason, 'reply: far has no route to 10.0.1.10')
  t.is(ask(peered(), 'b', 'c').reason, 'request: right has no route to 10.1.1.10')
  t.is(ask(peered(), 'c', 'b').reason, 'reply: right has no route to 10.1.1.10')
  t.false(passes({ ...peered(), vpcs: [base.vpcs[0]!, { id: 'other', cidrs: ['10.1.0.0/16', '10.0.128.0/20'] }] }, 'a', 'c'))
})

test('groups of the peer count while the peering does (Peering, Reference peer security groups)', t => {
  const world = peered({
    interfaces: { c: { securityGroups: ['g'] } },
    securityGroups: [{ id: 'g', vpc: 'other', ingress: [tcp(80, { group: 'open' })], egress: [tcp(81, { group: 'open' })] }],
  })
  t.deepEqual([80, 81].map(port => passes(world, 'a', 'c', 'tcp', port)), [true, false])
  t.deepEqual([80, 81].map(port => passes(world, 'c', 'a', 'tcp', port)), [false, true])
})

test('a peering leads to the peer and not beyond it: no third VPC, no gateway of the peer (Peering, Limitations: transitive peering, edge to edge)', t => {
  const third = { id: 'third', cidrs: ['10.2.0.0/16'] }
  const world = peered({
    vpcs: [...base.vpcs, third],
    peerings: [...both, { id: 'p3', vpc: 'other', peer: 'third' }, { id: '3p', vpc: 'third', peer: 'other' }],
    routeTables: [
      { id: 'there', routes: [{ cidr: '0.0.0.0/0', target: { peering: 'pcx' } }] },
      { id: 'back', routes: [{ cidr: '10.0.0.0/16', target: { peering: 'xcp' } }, { cidr: '10.2.0.0/16', target: { peering: 'p3' } }, { cidr: '0.0.0.0/0', target: { internetGateway: 'igw' } }] },
    ],
    internetGateways: [{ id: 'igw', vpc: 'other' }],
  })
  const whole: World = {
    ...world,
    subnets: [...world.subnets, { id: 'third', vpc: 'third', cidr: '10.2.1.0/24', routeTable: 'back' }],
    interfaces: [...world.interfaces, { id: 'e', subnet: 'third', privateAddress: '10.2.1.10', securityGroups: ['farOpen'] }],
  }
  t.true(passes(whole, 'a', 'c'))
  t.is(ask(whole, 'a', '10.2.1.10').reason, 'request: nobody has 10.2.1.10')
  t.is(ask(whole, 'a', internet).reason, `request: nobody has ${internet}`)
})

test('a route to an instance hands over to the instance, and to one that is gone is a black hole (VPC, Route tables: middlebox)', t => {
  const world = (instance: string) => worldWith({ subnets: { left: { routeTable: 'r' } }, routeTables: [{ id: 'r', routes: [{ cidr: '0.0.0.0/0', target: { instance } }] }] })
  t.is(ask(world('b'), 'a', internet).reason, 'request: route 0.0.0.0/0 at left hands it to b')
  t.is(ask(world('gone'), 'a', internet).reason, 'request: route 0.0.0.0/0 at left is a black hole')
})

test('two VPCs of the same addresses are strangers, each with its own holder of each', t => {
  const twin: World = {
    ...base,
    vpcs: [base.vpcs[0]!, { id: 'other', cidrs: ['10.0.0.0/16'] }],
    subnets: [...base.subnets.slice(0, 2), { id: 'far', vpc: 'other', cidr: '10.0.2.0/24' }, { id: 'farLeft', vpc: 'other', cidr: '10.0.1.0/24' }],
    interfaces: [...base.interfaces.filter(({ id }) => id !== 'b' && id !== 'c'), { id: 'c', subnet: 'far', privateAddress: '10.0.2.10', securityGroups: ['farOpen'] }],
    peerings: both,
  }
  t.is(ask(twin, 'a', '10.0.2.10').reason, 'request: nobody has 10.0.2.10')
  t.is(mayPass(twin, { interface: 'c' }, '10.0.1.10', 'tcp', 80).reason, 'request: nobody has 10.0.1.10')
})
