import type { RuleCases } from '../rule-cases.ts'
import { networkACL } from './network-acl.ts'
import { fixed, named, tagCases } from './tags.cases.ts'

const web = { ruleNumber: 100, direction: 'Ingress', action: 'Allow', protocol: 'tcp', cidr: '0.0.0.0/0', fromPort: 80, toPort: 443 }
const ping = { ruleNumber: 110, direction: 'Ingress', action: 'Allow', protocol: 'icmp', cidr: '0.0.0.0/0' }
const entry = (change: Record<string, unknown>) => ({ entries: [{ ...web, ...change }] })
const pinged = (change: Record<string, unknown>) => ({ entries: [{ ...ping, ...change }] })
const many = (count: number, direction: string) => Array.from({ length: count }, (_, index) => ({ ...ping, ruleNumber: index + 1, direction }))

export const networkACLCases: RuleCases = {
  definition: networkACL,
  base: { vpcRef: { name: 'main' } },
  cases: [
    { title: 'that denies everything' },
    ...tagCases,
    ...named('vpcRef', name => ({ vpcRef: { name } })),
    ...named('subnetRefs', name => ({ subnetRefs: [{ name }] })),
    ...fixed('vpcRef', { name: 'main' }, { name: 'other' }),
    { title: 'that lets web traffic in', spec: entry({}) },
    { title: 'whose entries change', spec: entry({ action: 'Deny' }), was: entry({}) },
    { title: 'that lets ping in', spec: pinged({ icmp: { type: 8 } }) },
    { title: 'that lets all of icmp in', spec: pinged({ icmp: { type: -1, code: -1 } }) },
    { title: 'that lets IPv6 ping in', spec: pinged({ protocol: 'icmpv6', cidr: '::/0', icmp: { type: 128, code: 0 } }) },
    { title: 'with 40 entries a direction', spec: { entries: [...many(40, 'Ingress'), ...many(40, 'Egress')] } },
    { title: 'with 41 entries in one direction', spec: { entries: many(41, 'Egress') }, refused: 'spec.entries: entries: at most 40 are for Ingress and 40 for Egress' },
    { title: 'with tcp and no ports', spec: pinged({ protocol: 'tcp' }), refused: 'spec.entries[0]: tcp and udp need fromPort and toPort' },
    { title: 'with ports the wrong way round', spec: entry({ fromPort: 444 }), refused: 'fromPort must be at most toPort' },
    { title: 'with ports for all protocols', spec: entry({ protocol: 'all' }), refused: 'fromPort and toPort go with tcp and udp only' },
    { title: 'with an icmp type for tcp', spec: entry({ icmp: { type: 8 } }), refused: 'icmp goes with protocol icmp and icmpv6 only' },
    { title: 'with a code of no type', spec: pinged({ icmp: { type: -1, code: 3 } }), refused: 'spec.entries[0].icmp: icmp.code needs a type' },
    { title: 'with icmp from IPv6', spec: pinged({ cidr: '::/0' }), refused: 'protocol icmp is of IPv4' },
    { title: 'with icmpv6 from IPv4', spec: pinged({ protocol: 'icmpv6' }), refused: 'protocol icmpv6 is of IPv6' },
    { title: 'with an address as cidr', spec: entry({ cidr: '203.0.113.1' }), refused: 'cidr must be an IPv4 or IPv6 block' },
    { title: 'whose cidr begins elsewhere', spec: entry({ cidr: '203.0.113.1/24' }), refused: 'cidr must begin at the first address of its block' },
  ],
}
