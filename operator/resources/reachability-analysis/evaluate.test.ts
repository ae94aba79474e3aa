import test from 'ava'
import { evaluate, type Question } from './evaluate.ts'
import { isWithin } from './filters.ts'
import type { ACL, Entry, Group, Network, Port, Rule, Subnet, Table, Target } from './network.ts'

/** The classic: a web server in a public subnet, a database in a private one behind a NATGateway, and another VPC that is peered. */
const rule = (path: string, protocol: Rule['protocol'], ports: [number, number] | undefined, peer: Rule['peer'], more: Partial<Rule> = {}): Rule =>
  ({ path, title: `${path} (as written)`, protocol, ...ports === undefined ? {} : { fromPort: ports[0], toPort: ports[1] }, peer, ...more })
const anywhere = { cidrs: ['0.0.0.0/0'] }
const group = (name: string, ingress: Rule[], egress: Group['egress'] = 'all'): Group => ({ name, id: `sg-${name}`, key: name, ingress, egress })
const webGroup = group('web', [rule('ingressRules[0]', 'tcp', [443, 443], anywhere)])
const dbGroup = group('db', [rule('ingressRules[0]', 'tcp', [22, 22], { cidrs: ['10.9.0.0/16'] }), rule('ingressRules[1]', 'tcp', [5432, 5432], { group: 'web' })])
const port = (name: string, subnet: string, privateAddress: string, groups: Group[], more: Partial<Port> = {}): Port =>
  ({ kind: 'Instance', name, id: `i-${name}`, vpc: 'main', subnet, privateAddress, groups, ...more })
const web = port('web', 'public', '10.0.1.5', [webGroup], { publicAddress: '203.0.113.5' })
const db = port('db', 'private', '10.0.2.5', [dbGroup])
const nat = port('nat', 'public', '10.0.1.9', [], { kind: 'NATGateway', publicAddress: '203.0.113.9' })
const peer = port('peer', 'other', '10.1.1.5', [group('peer', [rule('ingressRules[0]', 'all', undefined, { group: 'db' })])], { vpc: 'other' })
const route = (destination: string, target: Target): Table['routes'][number] => ({ path: 'routes[0]', destination, target })
const table = (name: string, ...routes: Table['routes'][number][]): Table => ({ name, id: `rtb-${name}`, routes })
const igw = { kind: 'InternetGateway', name: 'igw', id: 'igw-1' } as const
const toPeer = (vpc: string | undefined): Target => ({ kind: 'VPCPeering', name: 'pcx', id: 'pcx-1', vpc })
const subnets: Record<string, Subnet> = {
  public: { key: 'public', name: 'public', id: 's-1', vpc: 'main', cidr: '10.0.1.0/24', table: table('public', route('0.0.0.0/0', igw)) },
  private: { key: 'private', name: 'private', id: 's-2', vpc: 'main', cidr: '10.0.2.0/24',
    table: table('private', route('0.0.0.0/0', { kind: 'NATGateway', name: 'nat', id: 'nat-1', port: nat }), route('10.1.0.0/16', toPeer('other'))) },
  other: { key: 'other', name: 'other', id: 's-3', vpc: 'other', cidr: '10.1.1.0/24', table: table('other', route('10.0.0.0/16', toPeer('main'))) },
}
const networkOf = (changed: Record<string, Partial<Subnet>> = {}, more: Partial<Network> = {}, ports = [web, db, nat, peer]): Network => ({
  vpc: key => ({ main: { name: 'main', cidrs: ['10.0.0.0/16'], gateway: { name: 'igw', id: 'igw-1' } }, other: { name: 'other', cidrs: ['10.1.0.0/16'] } })[key],
  subnet: key => subnets[key] === undefined ? undefined : { ...subnets[key], ...changed[key] },
  portAt: (vpc, address) => ports.find(each => each.vpc === vpc && each.privateAddress === address),
  publicPortAt: address => ports.find(each => each.publicAddress === address),
  peersOf: key => [key === 'main' ? 'other' : 'main'],
  peeringTo: () => undefined,
  ...more,
})
const entry = (ruleNumber: number, direction: Entry['direction'], action: Entry['action'], more: Partial<Entry> = {}): Entry =>
  ({ path: `entries[${ruleNumber}]`, ruleNumber, direction, action, protocol: 'all', cidr: '0.0.0.0/0', ...more })
const acl = (...entries: Entry[]): { acl: ACL } => ({ acl: { name: 'strict', id: 'acl-1', entries } })
const ask = (question: Partial<Question>) => evaluate({ network: networkOf(), source: web, destination: db, protocol: 'tcp', port: 5432, ...question })
const last = (question: Partial<Question>) => {
  const { result, hops, explanation } = ask(question)
  const { direction, component, name, rule, action } = hops.at(-1) ?? {}
  return { result, stop: `${direction} ${component} ${name} ${rule} ${action}`, explanation }
}

test('What the rules let through is reachable, and each rule on the way is named', t => {
  const { result, hops } = ask({})
  t.is(result, 'Reachable')
  t.deepEqual(hops.map(({ direction, component, name, rule }) => `${direction} ${component} ${name} ${rule}`), [
    'Forward SecurityGroup web ', 'Forward SecurityGroup db ingressRules[1]', 'Forward Instance db ', 'Return Instance web ',
  ])
  t.regex(hops[1]?.message ?? '', /SecurityGroup "db" lets tcp to port 5432 from 10\.0\.1\.5 in by ingressRules\[1\]/)
})

test('Where no rule lets it in, the group is named and what to add', t => {
  t.like(last({ port: 22 }), { result: 'NotReachable', stop: 'Forward SecurityGroup db  Deny' })
  t.regex(last({ port: 22 }).explanation, /no rule of SecurityGroup "db" lets tcp to port 22 from 10\.0\.1\.5 in: add one to the ingressRules/)
})

test('A rule that is not in force is named with the reason, and lets nobody through', t => {
  const closed = port('db', 'private', '10.0.2.5', [group('db', [rule('ingressRules[0]', 'icmp', undefined, anywhere, { obstacle: 'not expressible' })])])
  const network = networkOf({}, {}, [web, closed])
  t.like(last({ network, destination: closed, protocol: 'icmp', port: undefined }), { result: 'NotReachable', stop: 'Forward SecurityGroup db ingressRules[0] Deny' })
  t.regex(last({ network, destination: closed, protocol: 'icmp', port: undefined }).explanation, /which is not in force: not expressible/)
})

test('A group that lets nothing out stops it at its source', t => {
  t.like(last({ source: { ...web, groups: [{ ...webGroup, egress: [] }] } }), { result: 'NotReachable', stop: 'Forward SecurityGroup web  Deny' })
})

test('A list remembers nothing: the answer needs its own entry, and all ports that a client may have', t => {
  const both = entry(100, 'Ingress', 'Allow')
  const tcp = (fromPort: number, toPort: number) => ({ protocol: 'tcp' as const, fromPort, toPort })
  const over = (...entries: Entry[]) => ({ network: networkOf({ private: acl(both, ...entries) }) })
  t.like(last(over()), { result: 'NotReachable', stop: 'Return NetworkACL strict  Deny' })
  t.is(last(over(entry(100, 'Egress', 'Allow', tcp(1024, 65535)))).result, 'Reachable')
  t.is(last(over(entry(100, 'Egress', 'Allow', tcp(32768, 40000)), entry(110, 'Egress', 'Allow', tcp(40001, 60999)))).result, 'Reachable')
  t.regex(last(over(entry(100, 'Egress', 'Allow', tcp(1024, 40000)))).explanation, /the answer is stopped: .* ports 40001 to 60999 for 10\.0\.1\.5 out/)
  t.like(last(over(entry(90, 'Egress', 'Deny', tcp(50000, 50000)), entry(100, 'Egress', 'Allow'))), { stop: 'Return NetworkACL strict entries[90] Deny' })
  t.is(last({ ...over(entry(90, 'Egress', 'Deny', tcp(50000, 50000)), entry(100, 'Egress', 'Allow')), sourcePort: 40000 }).result, 'Reachable')
})

test('The lowest number counts, and no list is asked inside a subnet', t => {
  const deny = [entry(100, 'Ingress', 'Deny'), entry(110, 'Ingress', 'Allow'), entry(100, 'Egress', 'Allow')]
  t.like(last({ network: networkOf({ private: acl(...deny) }) }), { result: 'NotReachable', stop: 'Forward NetworkACL strict entries[100] Deny' })
  const near = port('db', 'public', '10.0.1.6', [dbGroup])
  t.is(last({ network: networkOf({ public: acl(...deny) }, {}, [web, near]), destination: near }).result, 'Reachable')
})

test('The internet is reached by a public address or by a NATGateway, and comes in by a public address alone', t => {
  const outside = { address: '198.51.100.7' }
  t.is(last({ destination: outside, port: 443 }).result, 'Reachable')
  const byNAT = ask({ source: db, destination: outside, port: 443 })
  t.is(byNAT.result, 'Reachable')
  t.deepEqual(byNAT.hops.filter(({ component }) => component === 'NATGateway').map(({ direction }) => direction), ['Forward', 'Return'])
  t.is(last({ source: outside, destination: web, port: 443 }).result, 'Reachable')
  t.regex(last({ source: outside, destination: db, port: 22 }).explanation, /Instance "db" has no public address: give it an ElasticIP/)
  const bare = networkOf({}, { vpc: () => ({ name: 'main', cidrs: ['10.0.0.0/16'] }) })
  t.regex(last({ network: bare, source: outside, destination: web, port: 443 }).explanation, /VPC "main" has no InternetGateway/)
  const { publicAddress: _, ...hidden } = web
  t.regex(last({ source: hidden, destination: outside, port: 443 }).explanation, /Instance "web" has no public address: give it an ElasticIP, or route/)
})

test('A route that is missing or leads nowhere is named', t => {
  const outside = { destination: { address: '198.51.100.7' }, port: 443 }
  t.regex(last({ ...outside, network: networkOf({ public: { table: table('bare') } }) }).explanation, /RouteTable "bare" of subnet "public" has no route to 198\.51\.100\.7/)
  const dark = table('dark', route('0.0.0.0/0', { ...igw, obstacle: 'it does not exist: create it' }))
  t.like(last({ ...outside, network: networkOf({ public: { table: dark } }) }), { stop: 'Forward RouteTable dark routes[0] Deny' })
  const longest = table('longest', route('0.0.0.0/0', igw), { ...route('198.51.100.0/24', { ...igw, obstacle: 'gone' }), path: 'routes[1]' })
  t.like(last({ ...outside, network: networkOf({ public: { table: longest } }) }), { stop: 'Forward RouteTable longest routes[1] Deny' })
})

test('Across a peering both sides need routes and rules, and another account\'s rules are not told', t => {
  t.is(last({ source: db, destination: peer, port: 80 }).result, 'Reachable')
  t.regex(last({ source: db, destination: peer, port: 80, network: networkOf({ other: { table: table('other') } }) }).explanation, /the answer is stopped: RouteTable "other"/)
  t.like(last({ source: web, destination: { address: '10.1.1.5' }, port: 80, network: networkOf({ public: { table: table('p', route('10.1.0.0/16', toPeer(undefined))) } }) }),
    { result: 'ReachableToPeer', stop: 'Forward VPCPeering pcx  Allow' })
  const foreign = networkOf({ private: { table: table('p', route('10.7.0.0/16', toPeer(undefined))) } }, { peeringTo: (_vpc, address) => isWithin(address, '10.7.0.0/16') ? { name: 'pcx', id: '' } : undefined })
  t.regex(last({ network: foreign, source: { address: '10.7.0.1' }, port: 22 }).explanation, /no rule of SecurityGroup "db" lets tcp to port 22 from 10\.7\.0\.1 in/)
  const open = { ...db, groups: [group('db', [rule('ingressRules[0]', 'tcp', [22, 22], { cidrs: ['10.7.0.0/16'] })])] }
  t.is(last({ network: foreign, source: { address: '10.7.0.1' }, destination: open, port: 22 }).result, 'ReachableToPeer')
})

test('An address of the VPC that nobody has is nobody, from either end', t => {
  t.regex(last({ destination: { address: '10.0.2.77' } }).explanation, /nobody in VPC "main" has 10\.0\.2\.77/)
  t.regex(last({ source: { address: '10.0.2.77' } }).explanation, /nobody in VPC "main" has 10\.0\.2\.77/)
  t.is(last({ source: { address: '10.0.1.5' } }).result, 'Reachable')
})

test('Routes that lead a NATGateway back to itself are told', t => {
  const round = table('round', route('0.0.0.0/0', { kind: 'NATGateway', name: 'nat', id: '', port: nat }))
  t.regex(last({ source: db, destination: { address: '198.51.100.7' }, port: 443, network: networkOf({ public: { table: round } }) }).explanation, /lead round to NATGateway "nat"/)
})
