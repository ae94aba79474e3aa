import type { RuleCases } from '../rule-cases.ts'
import { natGateway } from './nat-gateway.ts'
import { fixed, named, tagCases } from './tags.cases.ts'

const secluded = { connectivityType: 'Private', elasticIPRef: undefined }

export const natGatewayCases: RuleCases = {
  definition: natGateway,
  base: { subnetRef: { name: 'public-a' }, elasticIPRef: { name: 'nat-a' } },
  cases: [
    { title: 'with an ElasticIP' },
    ...tagCases,
    ...named('subnetRef', name => ({ subnetRef: { name } })),
    ...named('elasticIPRef', name => ({ elasticIPRef: { name } })),
    ...fixed('subnetRef', { name: 'public-a' }, { name: 'public-b' }),
    ...fixed('elasticIPRef', { name: 'nat-a' }, { name: 'nat-b' }),
    { title: 'that is private', spec: secluded },
    { title: 'that becomes private', spec: secluded, was: {}, refused: 'spec.connectivityType: connectivityType is immutable' },
    { title: 'that is public without an address', spec: { elasticIPRef: undefined }, refused: 'elasticIPRef goes with connectivityType Public' },
    { title: 'that is private with a public address', spec: { connectivityType: 'Private' }, refused: 'elasticIPRef goes with connectivityType Public' },
  ],
}
