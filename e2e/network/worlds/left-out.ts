import { type Manifest, type SecurityGroupRule, type Specs } from '../manifests.ts'

/** What the worlds may have in them beside VPCs, subnets, groups and instances. */
export type Feature = Exclude<keyof Specs, 'VPC' | 'Subnet' | 'SecurityGroup' | 'Instance'> | 'ICMP rules'

/**
 * What the generated worlds don't have, and why not. Whatever is here is measured by nothing: a kind leaves this list when its controller is there.
 */
export const leftOut: Readonly<Partial<Record<Feature, string>>> = {
  NetworkACL: 'its controller is not there yet',
  RouteTable: 'its controller is not there yet',
  InternetGateway: 'its controller is not there yet',
  NATGateway: 'its controller is not there yet',
  ElasticIP: 'its controller is not there yet',
  VPCPeering: 'its controller is not there yet',
  'ICMP rules': 'a NetworkPolicy can\'t express them: they stay closed, and Enforced says so',
}

/** A world without what is left out; what is left over is whole. */
export const withoutLeftOut = (manifests: readonly Manifest[], out: Readonly<Partial<Record<Feature, string>>> = leftOut): Manifest[] =>
  manifests.filter(({ kind }) => !(kind in out)).map(each => each.kind === 'SecurityGroup' ? { ...each, spec: withoutRules(each.spec, out) } : each)

const withoutRules = (spec: Manifest['spec'], out: Readonly<Partial<Record<Feature, string>>>): Manifest['spec'] => {
  const { ingressRules, egressRules, ...rest } = spec as Specs['SecurityGroup']
  const keep = (rules: readonly SecurityGroupRule[]) => rules.filter(({ protocol, prefixListRef, securityGroupRef }) =>
    !('ICMP rules' in out && protocol.startsWith('icmp'))
    && !('PrefixList' in out && prefixListRef !== undefined)
    && !('VPCPeering' in out && securityGroupRef?.namespace !== undefined))
  return {
    ...rest,
    ...ingressRules === undefined ? {} : { ingressRules: keep(ingressRules) },
    ...egressRules === undefined ? {} : { egressRules: keep(egressRules) },
  }
}
