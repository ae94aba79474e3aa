import test from 'ava'
import fc from 'fast-check'
import type { Permission } from '../permission.ts'
import { groupOfLabel, networkPolicyLabels, securityGroupLabel } from './labels.ts'
import { type Packet, policyAllows, rulesAllow } from './reference-evaluator.ts'
import { buildGroupPolicy, type GroupPolicy, obstacleTo } from './security-group.ts'

const groups = ['sg-00000000000000001', 'sg-00000000000000002', 'sg-00000000000000003'] as const
const group = fc.constantFrom(...groups)
const addresses = ['10.0.0.1', '10.0.1.1', '10.0.1.255', '192.0.2.7', '255.255.255.255', '2001:db8::1', '2001:db8:1::1', '::1']
const cidrs = ['0.0.0.0/0', '10.0.0.0/8', '10.0.1.0/24', '10.0.1.1/32', '0.0.0.0/1', '::/0', '2001:DB8::/32', '2001:db8::1/128']
// Few ports, so that packets meet rules and the edges of ranges.
const port = fc.constantFrom(0, 1, 21, 22, 23, 443, 65534, 65535)

const peer: fc.Arbitrary<Permission['peer']> = fc.oneof(
  fc.constantFrom(...cidrs).map(cidr => ({ cidr })), group.map(groupID => ({ groupID })),
  fc.subarray(cidrs.slice(1)).map(cidrs => ({ prefixListID: 'pl-1', cidrs })),
)
const permission: fc.Arbitrary<Permission> = fc.oneof(
  fc.record({ protocol: fc.constantFrom('tcp' as const, 'udp' as const), ports: fc.tuple(port, port), peer })
    .map(({ protocol, ports: [a, b], peer }) => ({ protocol, fromPort: Math.min(a, b), toPort: Math.max(a, b), peer })),
  fc.record({ protocol: fc.constant('all' as const), peer }),
  fc.record({ protocol: fc.constantFrom('icmp' as const, 'icmpv6' as const), fromPort: fc.constantFrom(-1, 0, 8, undefined), peer }),
)
const rules = fc.array(permission, { maxLength: 8 })
const groupPolicy: fc.Arbitrary<GroupPolicy> = fc.record({
  groupID: group, namespace: fc.constant('team-a'), ingress: rules, egress: fc.oneof(rules, fc.constant('all' as const)),
})
const packet: fc.Arbitrary<Packet> = fc.record({
  direction: fc.constantFrom('ingress', 'egress'),
  protocol: fc.constantFrom('tcp', 'udp', 'icmp', 'other'),
  port,
  remoteAddress: fc.constantFrom(...addresses),
  remoteGroups: fc.subarray([...groups]),
})

const expressible = (policy: GroupPolicy): GroupPolicy => {
  const keep = (permissions: readonly Permission[]) => permissions.filter(permission => obstacleTo(permission) === undefined)
  return { ...policy, ingress: keep(policy.ingress), egress: policy.egress === 'all' ? 'all' : keep(policy.egress) }
}

test('a policy never lets through what no rule of the group lets through', t => {
  fc.assert(fc.property(groupPolicy, packet, (policy, packet) =>
    !policyAllows(buildGroupPolicy(expressible(policy)).spec, packet) || rulesAllow(policy, packet)), { numRuns: 5000 })
  t.pass()
})

test('a policy lets through all that the rules it can express let through, port 0 apart', t => {
  fc.assert(fc.property(groupPolicy, packet.filter(({ port }) => port > 0), (policy, packet) =>
    policyAllows(buildGroupPolicy(expressible(policy)).spec, packet) === rulesAllow(expressible(policy), packet)), { numRuns: 5000 })
  t.pass()
})

test('every policy selects by label the members of its own group alone, and denies both ways what no rule names', t => {
  fc.assert(fc.property(groupPolicy, policy => {
    const { metadata, spec } = buildGroupPolicy(expressible(policy))
    t.deepEqual(metadata, { name: policy.groupID, namespace: 'team-a' })
    t.deepEqual(spec.podSelector, { matchExpressions: [{ key: `sg.kumulus.dev/${policy.groupID}`, operator: 'Exists' }] })
    t.deepEqual(spec.policyTypes, ['Ingress', 'Egress'])
  }))
})

for (const [title, given, expected] of [
  ['one port', { protocol: 'tcp', fromPort: 22, toPort: 22 }, [{ protocol: 'TCP', port: 22 }]],
  ['a range', { protocol: 'udp', fromPort: 5000, toPort: 5010 }, [{ protocol: 'UDP', port: 5000, endPort: 5010 }]],
  ['all ports of a protocol', { protocol: 'tcp', fromPort: 0, toPort: 65535 }, [{ protocol: 'TCP' }]],
  ['a range from port 0', { protocol: 'tcp', fromPort: 0, toPort: 1023 }, [{ protocol: 'TCP', port: 1, endPort: 1023 }]],
  ['everything', { protocol: 'all' }, undefined],
] as const) {
  test(`${title}: the policy names exactly those ports`, t => {
    const { spec } = buildGroupPolicy({ groupID: groups[0], namespace: 'a', ingress: [{ ...given, peer: { cidr: '0.0.0.0/0' } }], egress: [] })
    t.deepEqual(spec.ingress[0]?.ports, expected as never)
    t.deepEqual(spec.egress, [])
  })
}

for (const [title, given] of [
  ['ICMP', { protocol: 'icmp', peer: { cidr: '0.0.0.0/0' } }],
  ['ICMPv6', { protocol: 'icmpv6', peer: { cidr: '::/0' } }],
  ['port 0 alone', { protocol: 'tcp', fromPort: 0, toPort: 0, peer: { cidr: '0.0.0.0/0' } }],
  ['a block that is none', { protocol: 'all', peer: { cidr: '10.0.0.0' } }],
] as const) {
  test(`${title} can't be expressed by a policy, and that is said`, t => t.is(typeof obstacleTo(given), 'string'))
}

test('a pod in several groups carries a label for each beside that of its VPC', t => {
  const labels = networkPolicyLabels({ vpcID: 'vpc-0', groupIDs: groups.slice(0, 2) })
  t.deepEqual(labels, { 'kumulus.dev/vpc-id': 'vpc-0', [securityGroupLabel(groups[0])]: '', [securityGroupLabel(groups[1])]: '' })
  t.deepEqual(Object.keys(labels).map(groupOfLabel), [undefined, groups[0], groups[1]])
})
