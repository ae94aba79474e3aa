import test from 'ava'
import fc from 'fast-check'
import ipaddr from 'ipaddr.js'
import type { NetworkACLEntry } from '../../../crds/v1alpha1/network-acl.ts'
import { buildEgressPolicies, buildSubnetACLs } from './network-acl.ts'
import { type Packet, rulesPass } from './reference-evaluator.ts'

const link = { subnetID: 'subnet-1', vpcID: 'vpc-1' }
const blocks = ['0.0.0.0/0', '10.0.0.0/8', '10.0.1.0/24', '10.0.1.1/32', '192.0.2.0/24', '::/0', '2001:DB8::/32']
const addresses = ['10.0.0.1', '10.0.1.1', '10.0.1.2', '192.0.2.7', '203.0.113.9', '2001:db8::1', 'fd00::1'] as const
// Few ports, so that packets meet entries and the edges of ranges.
const ports = fc.constantFrom(0, 1, 22, 23, 1023, 1024, 65535)
const types = fc.constantFrom(-1, 0, 3, 8)

const about = fc.oneof(
  fc.record({ protocol: fc.constantFrom('tcp' as const, 'udp' as const), ports: fc.tuple(ports, ports) })
    .map(({ protocol, ports: [a, b] }) => ({ protocol, fromPort: Math.min(a, b), toPort: Math.max(a, b) })),
  fc.record({ protocol: fc.constantFrom('icmp' as const, 'icmpv6' as const), type: types, code: types }).map(({ protocol, type, code }) =>
    ({ protocol, ...type === -1 ? {} : { icmp: { type, code } } })),
  fc.constant({ protocol: 'all' as const }),
)
const isOfFamily = (protocol: NetworkACLEntry['protocol'], cidr: string): boolean =>
  (protocol !== 'icmp' || !cidr.includes(':')) && (protocol !== 'icmpv6' || cidr.includes(':'))
const entry: fc.Arbitrary<NetworkACLEntry> = fc.tuple(fc.record({
  ruleNumber: fc.constantFrom(1, 2, 100, 101, 200, 32765, 32766),
  direction: fc.constantFrom('Ingress' as const, 'Egress' as const),
  action: fc.constantFrom('Allow' as const, 'Deny' as const),
  cidr: fc.constantFrom(...blocks),
}), about).filter(([{ cidr }, { protocol }]) => isOfFamily(protocol, cidr)).map(([one, other]) => ({ ...one, ...other }))
const entries = fc.uniqueArray(entry, { maxLength: 10, selector: ({ direction, ruleNumber }) => `${direction}/${ruleNumber}` })

type Given = { remote: string; protocol: 'tcp' | 'udp' | 'icmp' | 'other'; port: number; code: number }
const given: fc.Arbitrary<Given> = fc.record({
  remote: fc.constantFrom(...addresses), protocol: fc.constantFrom('tcp', 'udp', 'icmp', 'other'), port: fc.constantFrom(0, 1, 3, 8, 22, 23, 1023, 1024, 65535),
  code: fc.constantFrom(0, 3, 8),
}).map(each => each.protocol === 'icmp' ? { ...each, port: each.port % 256 } : each)

/** As EC2 says it: the lowest number that matches decides, and what none matches is denied. */
const allowed = (list: readonly NetworkACLEntry[], direction: NetworkACLEntry['direction'], { remote, protocol, port, code }: Given): boolean => {
  const name = protocol === 'icmp' && remote.includes(':') ? 'icmpv6' : protocol
  const isAbout = (one: NetworkACLEntry): boolean => {
    const [block, length] = ipaddr.parseCIDR(one.cidr)
    const address = ipaddr.parse(remote)
    if (address.kind() !== block.kind() || !address.match(block, length)) return false
    if (one.protocol === 'all') return true
    if (one.protocol !== name) return false
    if (one.protocol === 'tcp' || one.protocol === 'udp') return port >= (one.fromPort ?? 0) && port <= (one.toPort ?? 65535)
    const { type, code: wanted = -1 } = one.icmp ?? { type: -1 }
    return type === -1 || (type === port && (wanted === -1 || wanted === code))
  }
  return list.filter(one => one.direction === direction).sort((a, b) => a.ruleNumber - b.ruleNumber).find(isAbout)?.action === 'Allow'
}

const packetOf = ({ remote, protocol, port, code }: Given, direction: NetworkACLEntry['direction']): Packet => {
  const isV6 = remote.includes(':')
  const local = isV6 ? '2001:db8:5::5' : '10.0.5.5'
  const kind = protocol === 'icmp' ? (isV6 ? 'icmp6' : 'icmp4') : protocol
  return direction === 'Ingress' ? { inport: 'subnet-1-vpc-1', source: remote, destination: local, protocol: kind, port, code }
    : { inport: 'vpc-1-subnet-1', source: local, destination: remote, protocol: kind, port, code }
}

const isOpen = (list: readonly NetworkACLEntry[]): boolean => {
  const [first] = list.filter(({ direction }) => direction === 'Ingress').sort((a, b) => a.ruleNumber - b.ruleNumber)
  return first?.action === 'Allow' && first.protocol === 'all' && first.cidr === '0.0.0.0/0'
}

test('what OVN is told lets into a subnet what the entries let in and nothing else', t => {
  fc.assert(fc.property(entries, given, (list, given) =>
    // One that begins by allowing all of IPv4 is not rendered at all, and subnets have no IPv6.
    (isOpen(list) && given.remote.includes(':')) ||
    rulesPass(buildSubnetACLs(list, link), packetOf(given, 'Ingress')) === allowed(list, 'Ingress', given)), { numRuns: 2000 })
  t.pass()
})

test('what OVN is told keeps in a subnet what the entries don\'t let out and nothing else', t => {
  fc.assert(fc.property(entries, given.filter(({ remote }) => !remote.includes(':')), (list, given) =>
    rulesPass(buildEgressPolicies(list, [link]), packetOf(given, 'Egress')) === allowed(list, 'Egress', given)), { numRuns: 2000 })
  t.pass()
})

test('no entry lets a packet past what routes it: leaving a subnet is never allowed by name, and nothing is said of other subnets', t => {
  fc.assert(fc.property(entries, given, (list, given) => {
    const policies = buildEgressPolicies(list, [link, { subnetID: 'subnet-2', vpcID: 'vpc-1' }])
    t.true(policies.every(({ action, priority }) => action === 'drop' && priority === 32000))
    t.is(new Set(policies.map(({ match }) => match)).size, policies.length)
    t.true(rulesPass(policies, { ...packetOf(given, 'Egress'), inport: 'vpc-1-subnet-3' }))
    t.is(rulesPass(policies, { ...packetOf(given, 'Egress'), inport: 'vpc-1-subnet-2' }), rulesPass(policies, packetOf(given, 'Egress')))
  }))
})

test('nothing is said of packets between instances of the subnet, and no two entries have one priority', t => {
  fc.assert(fc.property(entries, given, (list, given) => {
    const rules = buildSubnetACLs(list, link)
    t.is(new Set(rules.map(({ priority }) => priority)).size, rules.length)
    t.true(rules.every(({ priority }) => priority >= 1 && priority <= 32767))
    t.true(rulesPass(rules, { ...packetOf(given, 'Ingress'), inport: 'web.team-a.public-a.team-a.ovn' }))
  }))
})

test('a list without entries closes the subnet both ways', t => {
  t.deepEqual(buildSubnetACLs([], link), [{ direction: 'from-lport', priority: 1, match: 'inport == "subnet-1-vpc-1" && ip', action: 'drop' }])
  t.deepEqual(buildEgressPolicies([], [link]), [{ priority: 32000, match: 'inport == "vpc-1-subnet-1" && ip4', action: 'drop' }])
})

test('a list that begins by allowing everything costs OVN nothing', t => {
  const open = (direction: 'Ingress' | 'Egress'): NetworkACLEntry => ({ ruleNumber: 100, direction, action: 'Allow', protocol: 'all', cidr: '0.0.0.0/0' })
  const list = [open('Ingress'), open('Egress')]
  t.deepEqual([buildSubnetACLs(list, link), buildEgressPolicies(list, [link])], [[], []])
})

test('what is denied is said in few words', t => {
  const list: NetworkACLEntry[] = [
    { ruleNumber: 90, direction: 'Egress', action: 'Deny', protocol: 'tcp', fromPort: 25, toPort: 25, cidr: '0.0.0.0/0' },
    { ruleNumber: 100, direction: 'Egress', action: 'Allow', protocol: 'all', cidr: '0.0.0.0/0' },
  ]
  t.deepEqual(buildEgressPolicies(list, [link]).map(({ match }) => match), ['inport == "vpc-1-subnet-1" && ip4 && tcp.dst == 25'])
  const [only = list[0]] = [{ ...list[1], cidr: '10.0.0.0/8', protocol: 'udp', fromPort: 53, toPort: 53 } as NetworkACLEntry]
  t.deepEqual(buildEgressPolicies(only === undefined ? [] : [only], [link]).map(({ match }) => match.replace('inport == "vpc-1-subnet-1" && ', '')), [
    'ip4.dst == {0.0.0.0/5, 8.0.0.0/7, 11.0.0.0/8, 12.0.0.0/6, 16.0.0.0/4, 32.0.0.0/3, 64.0.0.0/2, 128.0.0.0/1}',
    'ip4.dst == 10.0.0.0/8 && tcp',
    'ip4.dst == 10.0.0.0/8 && (0 <= udp.dst <= 52 || 54 <= udp.dst <= 65535)',
    'ip4.dst == 10.0.0.0/8 && icmp4',
    'ip4.dst == 10.0.0.0/8 && ip.proto != {1, 6, 17}',
  ])
})

for (const [title, one, match] of [
  ['one port', { protocol: 'tcp', fromPort: 22, toPort: 22, cidr: '10.0.0.0/8' }, 'ip4.src == 10.0.0.0/8 && tcp.dst == 22'],
  ['a range', { protocol: 'udp', fromPort: 1024, toPort: 65535, cidr: '0.0.0.0/0' }, 'ip4 && 1024 <= udp.dst <= 65535'],
  ['all ports', { protocol: 'tcp', fromPort: 0, toPort: 65535, cidr: '2001:DB8::/32' }, 'ip6.src == 2001:db8::/32 && tcp'],
  ['one type of ICMP', { protocol: 'icmp', icmp: { type: 8 }, cidr: '0.0.0.0/0' }, 'ip4 && icmp4.type == 8'],
  ['one code of ICMP', { protocol: 'icmp', icmp: { type: 3, code: 4 }, cidr: '0.0.0.0/0' }, 'ip4 && icmp4.type == 3 && icmp4.code == 4'],
  ['everything', { protocol: 'all', cidr: '192.0.2.0/24' }, 'ip4.src == 192.0.2.0/24'],
] as const) {
  test(`${title}: OVN is told exactly that`, t => {
    const [acl] = buildSubnetACLs([{ ruleNumber: 100, direction: 'Ingress', action: 'Allow', ...one }], link)
    t.deepEqual(acl, { direction: 'from-lport', priority: 32668, match: `inport == "subnet-1-vpc-1" && ${match}`, action: 'allow-stateless' })
  })
}

test('answers of the VPC\'s DNS servers are above every entry, which keep their order below, and all else is as without', t => {
  fc.assert(fc.property(entries, given, (list, given) => {
    const [without, rules] = [buildSubnetACLs(list, link), buildSubnetACLs(list, link, true)]
    if (without.length === 0) return t.deepEqual(rules, [])
    t.deepEqual(rules.slice(1), without.map(rule => ({ ...rule, priority: rule.priority - 1 })))
    t.true(rules.slice(1).every(({ priority }) => priority >= 0 && priority < 32767))
    t.is(rulesPass(rules.slice(1), packetOf(given, 'Ingress')), rulesPass(without, packetOf(given, 'Ingress')))
    t.deepEqual(rules[0], {
      direction: 'from-lport', priority: 32767, action: 'allow-stateless',
      match: 'inport == "subnet-1-vpc-1" && ip4.src == {192.0.0.250, 192.0.0.251} && (udp.src == 53 || tcp.src == 53)',
    })
  }))
})
