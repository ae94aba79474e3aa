import type { RuleCases } from '../rule-cases.ts'
import { securityGroup } from './security-group.ts'
import { fixed, named, tagCases } from './tags.cases.ts'

const ssh = { protocol: 'tcp', fromPort: 22, toPort: 22, cidr: '203.0.113.0/24' }
const ingress = (change: Record<string, unknown>) => ({ ingressRules: [{ ...ssh, ...change }] })
const icmp = { protocol: 'icmp', fromPort: 8, toPort: -1, cidr: '0.0.0.0/0' }

export const securityGroupCases: RuleCases = {
  definition: securityGroup,
  base: { vpcRef: { name: 'main' } },
  cases: [
    { title: 'without rules' },
    ...tagCases,
    ...named('vpcRef', name => ({ vpcRef: { name } })),
    ...fixed('vpcRef', { name: 'main' }, { name: 'other' }),
    { title: 'that lets SSH in', spec: ingress({}) },
    { title: 'whose rules change', spec: ingress({ cidr: '198.51.100.0/24' }), was: ingress({}) },
    { title: 'that lets nothing out', spec: { egressRules: [] } },
    { title: 'that lets IPv6 in', spec: ingress({ cidr: '::/0' }) },
    { title: 'that lets its members talk', spec: { ingressRules: [{ protocol: 'all', securityGroupRef: { name: 'example' } }] } },
    { title: 'that lets a prefix list in', spec: { ingressRules: [{ protocol: 'all', prefixListRef: { name: 'offices' } }] } },
    { title: 'that lets a group of a peered VPC in', spec: { ingressRules: [{ protocol: 'all', securityGroupRef: { name: 'web', namespace: 'blue' } }] } },
    {
      title: 'with a namespace that can be none', spec: { ingressRules: [{ protocol: 'all', securityGroupRef: { name: 'web', namespace: 'Blue' } }] },
      refused: 'must be the name of a namespace',
    },
    { title: 'that lets ping in', spec: { ingressRules: [icmp] } },
    { title: 'with a rule of no other end', spec: { ingressRules: [{ protocol: 'all' }] }, refused: 'spec.ingressRules[0]: a rule needs exactly one of cidr, securityGroupRef and prefixListRef' },
    { title: 'with a rule of two other ends', spec: ingress({ securityGroupRef: { name: 'x' } }), refused: 'a rule needs exactly one of cidr, securityGroupRef and prefixListRef' },
    { title: 'with tcp and no ports', spec: { ingressRules: [{ protocol: 'tcp', cidr: '0.0.0.0/0' }] }, refused: 'tcp and udp need fromPort and toPort' },
    { title: 'with ports the wrong way round', spec: ingress({ fromPort: 23 }), refused: 'fromPort must be from 0 to toPort' },
    { title: 'with tcp port -1', spec: ingress({ fromPort: -1 }), refused: 'fromPort must be from 0 to toPort' },
    { title: 'with ports for all protocols', spec: ingress({ protocol: 'all' }), refused: 'protocol all takes no ports' },
    { title: 'with an icmp type of 256', spec: { egressRules: [{ ...icmp, fromPort: 256 }] }, refused: 'spec.egressRules[0]: for icmp fromPort is the type' },
    { title: 'with an address as cidr', spec: ingress({ cidr: '203.0.113.1' }), refused: 'spec.ingressRules[0].cidr: cidr must be an IPv4 or IPv6 block' },
    { title: 'whose cidr begins elsewhere', spec: ingress({ cidr: '203.0.113.1/24' }), refused: 'cidr must begin at the first address of its block' },
  ],
}
