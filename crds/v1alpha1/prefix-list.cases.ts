import type { RuleCases } from '../rule-cases.ts'
import { prefixList } from './prefix-list.ts'
import { fixed, tagCases } from './tags.cases.ts'

const listed = (cidr: string) => ({ entries: [{ cidr, description: 'office' }] })

export const prefixListCases: RuleCases = {
  definition: prefixList,
  base: { addressFamily: 'IPv4' },
  cases: [
    { title: 'without entries' },
    ...tagCases,
    ...fixed('addressFamily', 'IPv4', 'IPv6'),
    { title: 'whose entries change', spec: listed('198.51.100.0/24'), was: listed('203.0.113.0/24') },
    { title: 'of IPv6', spec: { addressFamily: 'IPv6', ...listed('2001:db8::/32') } },
    { title: 'of IPv4 with an IPv6 entry', spec: listed('2001:db8::/32'), refused: 'spec.entries: entries must be of the addressFamily of the list' },
    { title: 'of IPv6 with an IPv4 entry', spec: { addressFamily: 'IPv6', ...listed('203.0.113.0/24') }, refused: 'entries must be of the addressFamily of the list' },
    { title: 'with an address as entry', spec: listed('203.0.113.1'), refused: 'spec.entries[0].cidr: cidr must be an IPv4 or IPv6 block' },
    { title: 'whose entry begins elsewhere', spec: listed('203.0.113.1/24'), refused: 'cidr must begin at the first address of its block' },
  ],
}
