import { idOf, idPrefixes } from '../../../crds/ids.ts'
import type { SecurityGroup, SecurityGroupStatus } from '../../../crds/v1alpha1/security-group.ts'
import { condition, conditionsOf } from '../../runtime/conditions.ts'
import type { StatusInput } from '../../runtime/kind.ts'
import { enforcementOf } from './enforcement.ts'
import { isApplied, type SecurityGroupFacts } from './observe.ts'
import type { ResolvedRule } from './rules.ts'

type RuleStatus = NonNullable<SecurityGroupStatus['rules']>[number]

/** Rules are listed while they are in force: those that can't be are named by `Enforced`. */
export const securityGroupStatus = ({ object, facts, outcome, now }: StatusInput<SecurityGroup, SecurityGroupFacts>): SecurityGroupStatus => {
  const generation = object.metadata.generation ?? 0
  const basis = { previous: object.status?.conditions, generation, now }
  const isInForce = isApplied(facts)
  const { status, reason, message } = enforcementOf({ rules: facts.rules, isApplied: isInForce })
  return {
    observedGeneration: generation,
    conditions: [
      ...conditionsOf({ ...basis, outcome, readyReason: 'Available' }),
      condition(basis, 'Enforced', status, reason, message),
    ],
    groupID: facts.id,
    ...(facts.vpc === undefined ? {} : { vpcID: idOf(idPrefixes.vpc, facts.vpc.metadata.uid) }),
    rules: isInForce ? [...facts.rules.flatMap(ruleStatus), ...openEgress(object)] : [],
    members: facts.members,
  }
}

const ruleStatus = (resolved: ResolvedRule): RuleStatus[] => {
  if (!('permission' in resolved)) return []
  const { ruleID, direction, rule: { protocol, fromPort, toPort, description }, permission: { peer } } = resolved
  return [{
    ruleID,
    direction,
    protocol,
    ...(fromPort === undefined ? {} : { fromPort }),
    ...(toPort === undefined ? {} : { toPort }),
    ...('cidr' in peer ? { cidr: peer.cidr } : 'groupID' in peer ? { referencedGroupID: peer.groupID } : { prefixListID: peer.prefixListID }),
    ...(description === undefined ? {} : { description }),
  }]
}

/** Where nothing is said of egress, EC2 shows the rules that it stands for. */
export const openEgress = ({ metadata: { uid }, spec }: SecurityGroup): RuleStatus[] =>
  spec.egressRules !== undefined ? [] : ['0.0.0.0/0', '::/0'].map(cidr => ({
    ruleID: idOf(idPrefixes.securityGroupRule, `${uid}/open egress to ${cidr}`),
    direction: 'Egress' as const,
    protocol: 'all' as const,
    cidr,
  }))
