import type { RuleCases } from '../rule-cases.ts'
import { elasticIP } from './elastic-ip.ts'
import { fixed, fixedIfAny, named, tagCases } from './tags.cases.ts'

export const elasticIPCases: RuleCases = {
  definition: elasticIP,
  base: {},
  cases: [
    { title: 'of the default pool' },
    ...tagCases,
    ...named('poolName', poolName => ({ poolName })),
    ...named('instanceRef', name => ({ instanceRef: { name } })),
    ...fixed('poolName', 'default', 'other'),
    ...fixedIfAny('address', '203.0.113.10', '203.0.113.11'),
    { title: 'that moves to another instance', spec: { instanceRef: { name: 'b' } }, was: { instanceRef: { name: 'a' } } },
    { title: 'that moves from an instance to a network interface', spec: { networkInterfaceRef: { name: 'b' } }, was: { instanceRef: { name: 'a' } } },
    { title: 'with two targets', spec: { instanceRef: { name: 'a' }, networkInterfaceRef: { name: 'b' } }, refused: 'instanceRef and networkInterfaceRef exclude each other' },
    { title: 'with an IPv6 address', spec: { address: '2001:db8::10' }, refused: 'spec.address: address must be an IPv4 address of the pool' },
  ],
}
