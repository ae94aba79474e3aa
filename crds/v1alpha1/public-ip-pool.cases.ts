import type { RuleCases } from '../rule-cases.ts'
import { publicIPPool } from './public-ip-pool.ts'
import { fixed, named, tagCases } from './tags.cases.ts'

const blocks = (...cidrs: string[]) => ({ cidrs })

export const publicIPPoolCases: RuleCases = {
  definition: publicIPPool,
  base: { cidrs: ['203.0.113.0/24'], externalSubnet: 'external' },
  cases: [
    { title: 'with one block' },
    ...tagCases,
    ...named('externalSubnet', externalSubnet => ({ externalSubnet })),
    ...fixed('externalSubnet', 'external', 'other'),
    { title: 'with a name of 64 characters', name: 'a'.repeat(64), refused: 'metadata.name of a PublicIPPool must have at most 63 characters' },
    { title: 'with several blocks', spec: blocks('203.0.113.0/25', '198.51.100.7/32') },
    { title: 'that gets a further block', spec: blocks('203.0.113.0/24', '198.51.100.0/24'), was: {} },
    { title: 'of a /15', spec: blocks('198.18.0.0/15'), refused: 'spec.cidrs: cidrs must be blocks of /16 to /32' },
    { title: 'whose blocks overlap', spec: blocks('203.0.113.0/24', '203.0.113.9/32'), refused: 'spec.cidrs: cidrs must not overlap or repeat' },
    { title: 'of IPv6', spec: blocks('2001:db8::/64'), refused: 'spec.cidrs[0]: cidrs must be an IPv4 block' },
    { title: 'whose block begins elsewhere', spec: blocks('203.0.113.1/24'), refused: 'cidrs must begin at the first address' },
    { title: 'of multicast addresses', spec: blocks('224.0.1.0/24'), refused: 'cidrs must not be loopback, link-local, multicast' },
  ],
}
