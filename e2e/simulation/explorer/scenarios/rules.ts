import type { Manifest, Scenario } from '../scenario.ts'
import { aSubnet } from './manifests.ts'

const vpcRef = { name: 'main' }
const entry = (ruleNumber: number, more: object = {}) => ({ ruleNumber, direction: 'Ingress', action: 'Allow', protocol: 'all', cidr: '10.0.0.0/16', ...more })
const aList = (name: string, entries: readonly object[], ...subnets: string[]): Manifest =>
  ({ kind: 'NetworkACL', name, spec: { vpcRef, entries, subnetRefs: subnets.map(name => ({ name })) } })
const offices = (...cidrs: string[]): Manifest => ({ kind: 'PrefixList', name: 'offices', spec: { entries: cidrs.map(cidr => ({ cidr })) } })
const byList: Manifest = { kind: 'SecurityGroup', name: 'listed', spec: { vpcRef, ingressRules: [{ protocol: 'all', prefixListRef: { name: 'offices' } }] } }

/** A subnet goes from the default list to one of its own and back; a group follows a prefix list that comes late, changes and can't go before it. */
const rules: Scenario = {
  name: 'lists-of-rules',
  base: 'network',
  play: async (user) => {
    await user.apply(aList('web', [entry(100)], 'public-a', 'late'), byList)
    await user.becomes('SecurityGroup', 'listed', 'DependencyNotFound')
    await user.apply(offices('203.0.113.0/24'), aSubnet('late', '10.0.2.0/24'))
    await user.becomes('NetworkACL', 'web', 'Available')
    await user.becomes('SecurityGroup', 'listed', 'Available')
    await user.apply(offices('203.0.113.0/24', '198.51.100.0/24'), aList('web', [entry(90, { action: 'Deny', direction: 'Egress' }), entry(100)], 'late'))
    await user.remove({ kind: 'PrefixList', name: 'offices' }, { kind: 'NetworkACL', name: 'web' })
    await user.becomes('PrefixList', 'offices', 'DependencyViolation')
    await user.becomes('NetworkACL', 'web', 'DependencyViolation')
    await user.remove({ kind: 'SecurityGroup', name: 'listed' }, { kind: 'Subnet', name: 'late' })
    for (const [kind, name] of [['PrefixList', 'offices'], ['NetworkACL', 'web']] as const) await user.gone(kind, name)
  },
}

const why: Manifest = {
  kind: 'ReachabilityAnalysis', name: 'why', spec: { source: { instanceRef: { name: 'web' } }, destination: { address: '198.51.100.7' }, port: 443 },
}

/** An answer is that of the rules as they are: a route is missing, then a group lets nothing out. */
const analysis: Scenario = {
  name: 'why-cannot-it-be-reached',
  base: 'launched',
  play: async (user) => {
    const says = (words: RegExp) => () => words.test(String(user.find('ReachabilityAnalysis', 'why')?.status?.['explanation']))
    await user.apply(why)
    await user.until('the missing route', says(/has no route/))
    await user.apply({ kind: 'SecurityGroup', name: 'web', spec: { vpcRef, egressRules: [] } })
    await user.until('the closed group', says(/SecurityGroup|group/))
  },
}

/** Network ACLs and prefix lists, and what an analysis says of them. */
export const ruleScenarios: readonly Scenario[] = [rules, analysis]
