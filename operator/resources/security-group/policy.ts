import type { SecurityGroup } from '../../../crds/v1alpha1/security-group.ts'
import { buildSecurityGroup } from '../../providers/kube-ovn/security-group.ts'
import { buildGroupPolicy } from '../../providers/network-policy/security-group.ts'
import type { StepContext } from '../../runtime/kind.ts'
import { blocked, type Outcome, ready, waiting } from '../../runtime/outcome.ts'
import { notFound, notReady } from '../waiting-for.ts'
import { enforcementOf } from './enforcement.ts'
import { isApplied, type SecurityGroupFacts } from './observe.ts'
import { permissionsOf, ruleTitle } from './rules.ts'

type Context = StepContext<SecurityGroup, SecurityGroupFacts>

/**
 * Its VPC need not be available: the default group is made while it isn't. One that is going away takes no new group. A group that is in force
 * waits for nothing: its rules may have to be closed.
 */
export const awaitVPC = ({ object, facts: { vpc, policy } }: Context): Outcome => {
  if (policy !== undefined) return ready
  if (vpc === undefined) return notFound('VPC', object.spec.vpcRef.name, object.metadata.namespace)
  return vpc.metadata.deletionTimestamp === undefined ? ready : notReady(vpc, 'VPC')
}

/** First what can be in force, then complaints about the rest: a rule that can't be must not hold up one that closes something. */
export const ensurePolicy = async ({ object, facts: { id, rules, driver }, apply }: Context): Promise<Outcome> => {
  const given = {
    groupID: id,
    ingress: permissionsOf(rules, 'Ingress'),
    egress: object.spec.egressRules === undefined ? 'all' as const : permissionsOf(rules, 'Egress'),
  }
  await apply(driver === 'kubeOVN' ? buildSecurityGroup(given) : buildGroupPolicy({ ...given, namespace: object.metadata.namespace ?? '' }))
  return ready
}

/** Policies are in force once they are written; Kube-OVN says when its groups are. */
export const awaitPortGroup = ({ facts }: Context): Outcome => facts.driver === 'networkPolicy' || isApplied(facts) ? ready
  : waiting('Progressing', `waiting for Kube-OVN to make the port group of ${facts.id}`)

/** Rules that name what isn't there, or isn't of the VPC. What the driver can't express is no fault of the user's: `Enforced` says it. */
export const checkRules = ({ object, facts: { rules, vpc } }: Context): Outcome => {
  if (vpc === undefined) return notFound('VPC', object.spec.vpcRef.name, object.metadata.namespace)
  const foreign = rules.filter(rule => 'obstacle' in rule && rule.obstacle.kind === 'foreign')
  if (foreign.length > 0) {
    return blocked('InvalidSpec', `${foreign.map(ruleTitle).join(', ')}: the group is not of VPC "${object.spec.vpcRef.name}": name a group of it, or use cidr`)
  }
  const missing = rules.flatMap(rule => 'obstacle' in rule && rule.obstacle.kind === 'missing' ? [rule.obstacle] : [])[0]
  if (missing !== undefined) return notFound(missing.referred, missing.name, object.metadata.namespace)
  const late = rules.find(rule => 'obstacle' in rule && rule.obstacle.kind === 'late')
  if (late !== undefined) return waiting('DependencyNotReady', `${ruleTitle(late)}: waiting for the network to know that group`)
  const unpeered = rules.find(rule => 'obstacle' in rule && rule.obstacle.kind === 'unpeered')
  return unpeered === undefined ? ready
    : waiting('DependencyNotReady', `${ruleTitle(unpeered)}: waiting for an active VPCPeering with the VPC of that group; both accounts make one`)
}

/** Said when it changes: a firewall that does less than its rules say must not go unseen. */
export const announce = ({ object, facts, event }: Context): Outcome => {
  const { status, reason, message } = enforcementOf({ rules: facts.rules, isApplied: true })
  const before = object.status?.conditions?.find(condition => condition.type === 'Enforced')
  if (before?.status !== status || (status === 'False' && before.message !== message)) event(status === 'True' ? 'Normal' : 'Warning', reason, message)
  return ready
}
