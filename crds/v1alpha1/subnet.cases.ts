import type { RuleCases } from '../rule-cases.ts'
import { subnet } from './subnet.ts'
import { fixed, named, tagCases, zoned } from './tags.cases.ts'

const block = (cidrBlock: string) => ({ cidrBlock })

export const subnetCases: RuleCases = {
  definition: subnet,
  base: { vpcRef: { name: 'main' }, cidrBlock: '10.0.1.0/24', availabilityZone: 'zone-a' },
  cases: [
    { title: 'with the least that it needs' },
    ...tagCases,
    ...named('vpcRef', name => ({ vpcRef: { name } })),
    ...zoned(availabilityZone => ({ availabilityZone })),
    { title: 'with dots in its name', name: 'public.a', refused: 'metadata.name: a Subnet\'s name becomes part of a network\'s name' },
    ...fixed('vpcRef', { name: 'main' }, { name: 'other' }),
    ...fixed('cidrBlock', '10.0.1.0/24', '10.0.2.0/24'),
    ...fixed('availabilityZone', 'zone-a', 'zone-b'),
    { title: 'that maps public addresses from now on', spec: { mapPublicIPOnLaunch: true }, was: {} },
    { title: 'of a /29', spec: block('10.0.1.0/29'), refused: 'spec.cidrBlock: cidrBlock must be a block of /16 to /28' },
    { title: 'of words', spec: block('10.0.one.0/24'), refused: 'spec.cidrBlock: cidrBlock must be an IPv4 block' },
    { title: 'whose block begins elsewhere', spec: block('10.0.1.5/24'), refused: 'spec.cidrBlock: cidrBlock must begin at the first address' },
    { title: 'on the link-local network', spec: block('169.254.1.0/24'), refused: 'spec.cidrBlock: cidrBlock must not be loopback, link-local' },
  ],
}
