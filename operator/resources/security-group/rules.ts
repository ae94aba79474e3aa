import { idOf, idPrefixes } from '../../../crds/ids.ts'
import type { PrefixList } from '../../../crds/v1alpha1/prefix-list.ts'
import type { SecurityGroup, SecurityGroupRule } from '../../../crds/v1alpha1/security-group.ts'
import type { Peer, Permission } from '../../providers/permission.ts'
import { titleOf } from '../waiting-for.ts'

export type Direction = 'Ingress' | 'Egress'

/** Why a rule is not in force. Whatever the reason, what it would let through stays closed. */
export type Obstacle =
  | { kind: 'unsupported'; message: string }
  | { kind: 'missing'; referred: 'SecurityGroup' | 'PrefixList'; name: string }
  /** A group of the same account, of a VPC that is not peered. */
  | { kind: 'foreign'; name: string }
  /** A group of another account: whether there is one of this name is not told before that account has peered its VPC with this one. */
  | { kind: 'unpeered'; name: string; namespace: string }
  /** A group that is there, and what it becomes isn't. */
  | { kind: 'late'; name: string }

/** A rule with its ID, and either what it permits or why it can't be in force. */
export type ResolvedRule = {
  ruleID: string
  direction: Direction
  /** Where it stands in the spec, for example `ingressRules[2]`. */
  path: string
  rule: SecurityGroupRule
} & ({ permission: Permission } | { obstacle: Obstacle })

/** What rules are looked up in. A missing object is undefined. */
export type Referred = {
  group: (ref: NonNullable<SecurityGroupRule['securityGroupRef']>) => SecurityGroup | undefined
  prefixList: (name: string) => PrefixList | undefined
  /** Whether the VPCs of two groups are peered, each side having asked. */
  arePeered: (one: SecurityGroup, other: SecurityGroup) => boolean
  /** Whether the network knows no group of this ID yet, and would take no rule that names it. */
  isLate: (groupID: string) => boolean
}

/** Why a driver can't express a permission; undefined where it can. */
export type ObstacleTo = (permission: Permission) => string | undefined

/** Every rule of a group, those that say the same counted once. */
export const resolveRules = (group: SecurityGroup, referred: Referred, obstacleTo: ObstacleTo): ResolvedRule[] => {
  const seen = new Set<string>()
  return (['Ingress', 'Egress'] as const).flatMap(direction => rulesOf(group, direction).flatMap((rule, index): ResolvedRule[] => {
    const ruleID = ruleIDOf(group.metadata.uid, direction, rule)
    if (seen.has(ruleID)) return []
    seen.add(ruleID)
    const path = `${direction === 'Ingress' ? 'ingressRules' : 'egressRules'}[${index}]`
    return [{ ruleID, direction, path, rule, ...resolve(group, rule, referred, obstacleTo) }]
  }))
}

/** What the rules of one direction that can be in force permit. */
export const permissionsOf = (rules: readonly ResolvedRule[], direction: Direction): Permission[] =>
  rules.flatMap(rule => rule.direction === direction && 'permission' in rule ? [rule.permission] : [])

/** `ingressRules[2] (icmp from 10.0.0.0/8)`: the rule as its writer would know it again. */
export const ruleTitle = ({ path, direction, rule }: ResolvedRule): string =>
  `${path} (${rule.protocol} ${direction === 'Ingress' ? 'from' : 'to'} ${otherEndOf(rule)})`

const otherEndOf = ({ cidr, prefixListRef, securityGroupRef }: SecurityGroupRule): string => {
  if (cidr !== undefined) return cidr
  if (prefixListRef !== undefined) return titleOf('PrefixList', prefixListRef.name)
  const { name = '', namespace } = securityGroupRef ?? {}
  return `${titleOf('SecurityGroup', name)}${namespace === undefined ? '' : ` of namespace "${namespace}"`}`
}

/** By what the rule says, its description apart: a rule keeps its ID when others come and go and when it is described anew, as in EC2. */
const ruleIDOf = (groupUID: string, direction: Direction, rule: SecurityGroupRule): string => {
  const { protocol, fromPort, toPort, cidr, securityGroupRef, prefixListRef } = rule
  const others = [securityGroupRef?.namespace, prefixListRef?.name]
  const said = [direction, protocol, fromPort, toPort, cidr, securityGroupRef?.name, ...others.some(each => each !== undefined) ? others : []]
  return idOf(idPrefixes.securityGroupRule, `${groupUID}/${JSON.stringify(said)}`)
}

const rulesOf = ({ spec }: SecurityGroup, direction: Direction): readonly SecurityGroupRule[] =>
  (direction === 'Ingress' ? spec.ingressRules : spec.egressRules) ?? []

const resolve = (
  group: SecurityGroup, rule: SecurityGroupRule, referred: Referred, obstacleTo: ObstacleTo,
): { permission: Permission } | { obstacle: Obstacle } => {
  const peer = peerOf(group, rule, referred)
  if ('kind' in peer) return { obstacle: peer }
  const permission = { protocol: rule.protocol, fromPort: rule.fromPort, toPort: rule.toPort, peer }
  const message = obstacleTo(permission)
  return message === undefined ? { permission } : { obstacle: { kind: 'unsupported', message } }
}

const peerOf = (group: SecurityGroup, { cidr, securityGroupRef, prefixListRef }: SecurityGroupRule, referred: Referred): Peer | Obstacle => {
  if (cidr !== undefined) return { cidr }
  if (prefixListRef !== undefined) {
    const list = referred.prefixList(prefixListRef.name)
    return list === undefined ? { kind: 'missing', referred: 'PrefixList', name: prefixListRef.name }
      : { prefixListID: idOf(idPrefixes.prefixList, list.metadata.uid), cidrs: (list.spec.entries ?? []).map(entry => entry.cidr) }
  }
  return groupPeerOf(group, securityGroupRef ?? { name: '' }, referred)
}

const groupPeerOf = (group: SecurityGroup, ref: NonNullable<SecurityGroupRule['securityGroupRef']>, referred: Referred): Peer | Obstacle => {
  const { name, namespace = group.metadata.namespace } = ref
  const isOwnAccount = namespace === group.metadata.namespace
  const other = isOwnAccount && name === group.metadata.name ? group : referred.group(ref)
  if (isOwnAccount && other === undefined) return { kind: 'missing', referred: 'SecurityGroup', name }
  const isOwnVPC = isOwnAccount && other?.spec.vpcRef.name === group.spec.vpcRef.name
  if (other === undefined || (!isOwnVPC && !referred.arePeered(group, other))) {
    return isOwnAccount ? { kind: 'foreign', name } : { kind: 'unpeered', name, namespace: namespace ?? '' }
  }
  const groupID = idOf(idPrefixes.securityGroup, other.metadata.uid)
  return referred.isLate(groupID) ? { kind: 'late', name } : { groupID, ...isOwnAccount ? {} : { namespace: namespace ?? '' } }
}
