import type { RuleCases } from '../rule-cases.ts'
import { internetGateway } from './internet-gateway.ts'
import { fixed, named, tagCases } from './tags.cases.ts'

export const internetGatewayCases: RuleCases = {
  definition: internetGateway,
  base: { vpcRef: { name: 'main' } },
  cases: [
    { title: 'of a VPC' },
    ...tagCases,
    ...named('vpcRef', name => ({ vpcRef: { name } })),
    ...fixed('vpcRef', { name: 'main' }, { name: 'other' }),
  ],
}
