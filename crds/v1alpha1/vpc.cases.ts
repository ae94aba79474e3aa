import type { RuleCase, RuleCases } from '../rule-cases.ts'
import { named, tagCases } from './tags.cases.ts'
import { vpc } from './vpc.ts'

const one = (block: string) => ({ cidrBlocks: [block] })
const refusedBlock = (title: string, block: string, refused: string): RuleCase => ({ title, spec: one(block), refused: `spec.cidrBlocks[0]: ${refused}` })

export const vpcCases: RuleCases = {
  definition: vpc,
  base: one('10.0.0.0/16'),
  cases: [
    { title: 'with one block' },
    ...tagCases,
    { title: 'with a name of 64 characters', name: 'a'.repeat(64), refused: 'metadata.name of a VPC must have at most 63 characters' },
    { title: 'of a /28', spec: one('192.168.0.16/28') },
    refusedBlock('of a /15', '10.0.0.0/15', 'cidrBlocks must be a block of /16 to /28'),
    refusedBlock('of a /29', '10.0.0.0/29', 'cidrBlocks must be a block of /16 to /28'),
    refusedBlock('of an IPv6 block', 'fd00:1::/32', 'cidrBlocks must be an IPv4 block'),
    refusedBlock('of no block', '10.0.0.0/', 'cidrBlocks must be an IPv4 block'),
    refusedBlock('with leading zeros in its block', '010.0.0.0/16', 'cidrBlocks must be an IPv4 block'),
    refusedBlock('whose block begins elsewhere', '10.0.1.5/24', 'cidrBlocks must begin at the first address'),
    refusedBlock('on the loopback network', '127.0.0.0/16', 'cidrBlocks must not be loopback'),
    refusedBlock('on the link-local network', '169.254.0.0/16', 'cidrBlocks must not be loopback, link-local'),
    refusedBlock('on multicast addresses', '224.0.0.0/24', 'cidrBlocks must not be loopback, link-local, multicast'),
    ...named('mainRouteTableRef', name => ({ mainRouteTableRef: { name } })),
    { title: 'whose main route table changes', spec: { mainRouteTableRef: { name: 'nat' } }, was: {} },
    { title: 'that gives a further block back', spec: {}, was: { cidrBlocks: ['10.0.0.0/16', '10.1.0.0/16'] } },
    { title: 'that gets a further block', spec: { cidrBlocks: ['10.0.0.0/16', '10.1.0.0/16'] }, was: {} },
    { title: 'whose first block changes', spec: one('10.1.0.0/16'), was: {}, refused: 'spec.cidrBlocks: cidrBlocks[0] is immutable' },
    { title: 'whose blocks overlap', spec: { cidrBlocks: ['10.0.0.0/16', '10.0.1.0/24'] }, refused: 'spec.cidrBlocks: cidrBlocks must not overlap or repeat' },
    { title: 'whose blocks repeat', spec: { cidrBlocks: ['10.0.0.0/16', '10.0.0.0/16'] }, refused: 'cidrBlocks must not overlap or repeat' },
  ],
}
