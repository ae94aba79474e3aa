import type { RuleCases } from '../rule-cases.ts'
import { fixed, named, tagCases } from './tags.cases.ts'
import { vpcPeering } from './vpc-peering.ts'

export const vpcPeeringCases: RuleCases = {
  definition: vpcPeering,
  base: { vpcRef: { name: 'main' }, peer: { name: 'data' } },
  cases: [
    { title: 'of two VPCs of one account' },
    ...tagCases,
    ...named('vpcRef', name => ({ vpcRef: { name } })),
    ...named('peer', name => ({ peer: { name } })),
    ...fixed('vpcRef', { name: 'main' }, { name: 'other' }),
    ...fixed('peer', { name: 'data' }, { name: 'other', namespace: 'blue' }),
    { title: 'with a VPC of the same name in another account', spec: { peer: { name: 'main', namespace: 'blue' } } },
    { title: 'with a namespace that can be none', spec: { peer: { name: 'main', namespace: 'Blue' } }, refused: 'must be the name of a namespace' },
    { title: 'of a VPC with itself', spec: { peer: { name: 'main' } }, refused: 'spec.peer: peer is the VPC itself' },
  ],
}
