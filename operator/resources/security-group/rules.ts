import { idOf, idPrefixes } from '../../../crds/ids.ts'
import type { SecurityGroup, SecurityGroupRule } from '../../../crds/v1alpha1/security-group.ts'
import { obstacleTo } from '../../providers/network-policy/security-group.ts'
import type { Permission } from '../../providers/permission.ts'

export type Direction = 'Ingress' | 'Egress'

/** Why a rule is not in force. Whatever the reason, what it would let through stays closed. */
export type Obstacle =
  | { kind: 'unsupported'; message: string }
  | { kind: 'missing'; name: string }
  | { kind: 'foreign'; name: string }

/** A rule with its ID, and either what it permits or why it can't be in force. */
export type ResolvedRule = {
  ruleID: string
  direction: Direction
  /** Where it stands in the spec, for example `ingressRules[2]`. */
  path: string
  rule: SecurityGroupRule
} & ({ permission: Permission } | { obstacle: Obstacle })

/**
 * Every rule of a group, those that say the same counted once. A group at the other end is looked up by name in the namespace and must be of the
 * same VPC. @param find - undefined where there is no group of that name.
 */
export const resolveRules = (group: SecurityGroup, find: (name: string) => SecurityGroup | undefined): ResolvedRule[] => {
  const seen = new Set<string>()
  return (['Ingress', 'Egress'] as const).flatMap(direction => rulesOf(group, direction).flatMap((rule, index) => {
    const ruleID = ruleIDOf(group.metadata.uid, direction, rule)
    if (seen.has(ruleID)) return []
    seen.add(ruleID)
    const path = `${direction === 'Ingress' ? 'ingressRules' : 'egressRules'}[${index}]`
    return [{ ruleID, direction, path, rule, ...resolve(group, rule, find) }]
  }))
}

/** What the rules of one direction that can be in force permit. */
export const permissionsOf = (rules: readonly ResolvedRule[], direction: Direction): Permission[] =>
  rules.flatMap(rule => rule.direction === direction && 'permission' in rule ? [rule.permission] : [])

/** `ingressRules[2] (icmp from 10.0.0.0/8)`: the rule as its writer would know it again. */
export const ruleTitle = ({ path, direction, rule }: ResolvedRule): string => {
  const other = rule.cidr ?? (rule.prefixListRef === undefined ? `SecurityGroup "${rule.securityGroupRef?.name}"` : `PrefixList "${rule.prefixListRef.name}"`)
  return `${path} (${rule.protocol} ${direction === 'Ingress' ? 'from' : 'to'} ${other})`
}

/** By what the rule says, its description apart: a rule keeps its ID when others come and go and when it is described anew, as in EC2. */
const ruleIDOf = (groupUID: string, direction: Direction, { protocol, fromPort, toPort, cidr, securityGroupRef, prefixListRef }: SecurityGroupRule): string => {
  const others = [securityGroupRef?.namespace, prefixListRef?.name].map(each => each ?? '')
  const said = [direction, protocol, fromPort, toPort, cidr, securityGroupRef?.name, ...others.some(each => each !== '') ? others : []]
  return idOf(idPrefixes.securityGroupRule, `${groupUID}/${JSON.stringify(said)}`)
}

const rulesOf = ({ spec }: SecurityGroup, direction: Direction): readonly SecurityGroupRule[] =>
  (direction === 'Ingress' ? spec.ingressRules : spec.egressRules) ?? []

const resolve = (
  group: SecurityGroup,
  rule: SecurityGroupRule,
  find: (name: string) => SecurityGroup | undefined,
): { permission: Permission } | { obstacle: Obstacle } => {
  const peer = peerOf(group, rule, find)
  if ('kind' in peer) return { obstacle: peer }
  const permission = { protocol: rule.protocol, fromPort: rule.fromPort, toPort: rule.toPort, peer }
  const message = obstacleTo(permission)
  return message === undefined ? { permission } : { obstacle: { kind: 'unsupported', message } }
}

const peerOf = (group: SecurityGroup, rule: SecurityGroupRule, find: (name: string) => SecurityGroup | undefined): Permission['peer'] | Obstacle => {
  const { cidr, securityGroupRef, prefixListRef } = rule
  if (cidr !== undefined) return { cidr }
  if (prefixListRef !== undefined) return { kind: 'unsupported', message: 'prefix lists are not served yet: write their blocks as cidr' }
  if (securityGroupRef?.namespace !== undefined) return { kind: 'unsupported', message: 'groups of peered VPCs are not served yet: write their blocks as cidr' }
  const name = securityGroupRef?.name ?? ''
  const other = name === group.metadata.name ? group : find(name)
  if (other === undefined) return { kind: 'missing', name }
  if (other.spec.vpcRef.name !== group.spec.vpcRef.name) return { kind: 'foreign', name }
  return { groupID: idOf(idPrefixes.securityGroup, other.metadata.uid) }
}
