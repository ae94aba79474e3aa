import test from 'ava'
import fc from 'fast-check'
import { rulesAllow } from '../network-policy/reference-evaluator.ts'
import type { GroupRules, Permission } from '../permission.ts'
import { type GroupPacket, groupsAllow } from './reference-evaluator.ts'
import type { SecurityGroup } from './resources.ts'
import { buildIsolationGroup, buildSecurityGroup, isGroupReady, obstacleToGroup } from './security-group.ts'

const groups = ['sg-00000000000000001', 'sg-00000000000000002'] as const
const cidrs = ['0.0.0.0/0', '10.0.1.0/24', '10.0.1.1/32', '::/0', '2001:DB8::/32']
const port = fc.constantFrom(0, 1, 22, 23, 443, 65535)
const group = fc.constantFrom(...groups)
const peer: fc.Arbitrary<Permission['peer']> = fc.oneof(
  fc.constantFrom(...cidrs).map(cidr => ({ cidr })), group.map(groupID => ({ groupID })),
  fc.subarray(cidrs.slice(1)).map(cidrs => ({ prefixListID: 'pl-1', cidrs })),
)
const permission: fc.Arbitrary<Permission> = fc.oneof(
  fc.record({ protocol: fc.constantFrom('tcp' as const, 'udp' as const), ports: fc.tuple(port, port), peer })
    .map(({ protocol, ports: [a, b], peer }) => ({ protocol, fromPort: Math.min(a, b), toPort: Math.max(a, b), peer })),
  fc.record({ protocol: fc.constant('all' as const), peer }),
  fc.record({ protocol: fc.constantFrom('icmp' as const, 'icmpv6' as const), peer, fromPort: fc.constantFrom(-1, 8, undefined), toPort: fc.constantFrom(-1, 0, undefined) }),
)
const rules = fc.array(permission, { maxLength: 6 })
const someRules: fc.Arbitrary<GroupRules> = fc.record({ groupID: group, ingress: rules, egress: fc.oneof(rules, fc.constant('all' as const)) })
const packet: fc.Arbitrary<GroupPacket> = fc.record({
  direction: fc.constantFrom('ingress', 'egress'), protocol: fc.constantFrom('tcp', 'udp', 'icmp', 'other'), port: fc.constantFrom(1, 21, 22, 23, 443, 65535),
  remoteAddress: fc.constantFrom('10.0.0.1', '10.0.1.1', '10.0.1.255', '2001:db8::1', '::1'), remoteGroups: fc.subarray([...groups]),
})

const expressible = (given: GroupRules): GroupRules => {
  const keep = (permissions: readonly Permission[]) => permissions.filter(each => obstacleToGroup(each) === undefined)
  return { ...given, ingress: keep(given.ingress), egress: given.egress === 'all' ? 'all' : keep(given.egress) }
}

test('Kube-OVN lets through what the rules of any group of a port let through and nothing else', t => {
  fc.assert(fc.property(fc.array(someRules, { maxLength: 3 }), packet, (given, packet) => {
    const [isolated, ...of] = [buildIsolationGroup('vpc-1'), ...given.map(each => buildSecurityGroup(expressible(each)))]
    return groupsAllow([isolated.spec, ...of.map(({ spec }) => spec)], packet) === given.some(each => rulesAllow(expressible(each), packet))
  }), { numRuns: 2000 })
  t.pass()
})

test('every rule is as Kube-OVN takes it: a version of IP, a priority, ports from 1 in order, no two alike', t => {
  fc.assert(fc.property(someRules, given => {
    const { ingressRules, egressRules } = buildSecurityGroup(expressible(given)).spec
    for (const list of [ingressRules, egressRules]) {
      t.is(new Set(list.map(each => JSON.stringify(each))).size, list.length)
      for (const rule of list) {
        t.true(rule.priority >= 1 && rule.priority <= 16384 && rule.policy === 'allow')
        t.true(['ipv4', 'ipv6'].includes(rule.ipVersion))
        const hasPorts = rule.protocol === 'tcp' || rule.protocol === 'udp'
        t.is(rule.portRangeMin !== undefined, hasPorts)
        const { portRangeMin: from = 1, portRangeMax: to = 65535 } = rule
        t.true(from >= 1 && from <= to && to <= 65535)
        if (rule.remoteType === 'address') t.is(rule.remoteAddress, rule.remoteAddress.toLowerCase())
      }
    }
  }))
})

test('a group by which a whole VPC is closed allows nothing at all', t => {
  t.deepEqual(buildIsolationGroup('vpc-1').spec, { ingressRules: [], egressRules: [] })
  t.is(buildIsolationGroup('vpc-1').metadata.name, 'vpc-1')
})

for (const [title, given] of [
  ['a type of ICMP', { protocol: 'icmp', fromPort: 8, toPort: -1, peer: { cidr: '0.0.0.0/0' } }],
  ['port 0 alone', { protocol: 'udp', fromPort: 0, toPort: 0, peer: { cidr: '0.0.0.0/0' } }],
  ['ICMP of IPv4 from IPv6', { protocol: 'icmp', peer: { cidr: '::/0' } }],
  ['a block that is none', { protocol: 'all', peer: { cidr: '10.0.0.0' } }],
] as const) {
  test(`${title} can't be expressed, and that is said`, t => t.is(typeof obstacleToGroup(given), 'string'))
}

test('all ICMP can be expressed', t => {
  t.is(obstacleToGroup({ protocol: 'icmp', fromPort: -1, toPort: -1, peer: { cidr: '0.0.0.0/0' } }), undefined)
})

test('a group is ready once its port group is there and both directions are set', t => {
  const base = { apiVersion: 'kubeovn.io/v1', kind: 'SecurityGroup', metadata: { name: 'sg-1', uid: 'u', resourceVersion: '1' } }
  const whole = { portGroup: 'ovn.sg.sg.1', ingressLastSyncSuccess: true, egressLastSyncSuccess: true }
  const ready = (status: SecurityGroup['status']) => isGroupReady({ ...base, ...status === undefined ? {} : { status } })
  t.true(ready(whole))
  for (const lacking of [undefined, {}, { ...whole, portGroup: '' }, { ...whole, ingressLastSyncSuccess: false }, { ...whole, egressLastSyncSuccess: false }]) t.false(ready(lacking))
  t.false(isGroupReady(undefined))
})
