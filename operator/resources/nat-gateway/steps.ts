import type { NATGateway } from '../../../crds/v1alpha1/nat-gateway.ts'
import { type OvnSnatRule, ovnSnatRuleResource } from '../../providers/kube-ovn/external-resources.ts'
import { isEipReady } from '../../providers/kube-ovn/public-address.ts'
import { buildOvnSnatRule, isRuleFor, isSnatReady } from '../../providers/kube-ovn/source-nat.ts'
import type { Step, StepContext } from '../../runtime/kind.ts'
import { blocked, type Outcome, ready, waiting } from '../../runtime/outcome.ts'
import { mustRest } from '../public-ip-pool/association.ts'
import { namesOf, notFound, notReady, titleOf } from '../waiting-for.ts'
import { isOwn, type NATGatewayFacts } from './observe.ts'

type Context = StepContext<NATGateway, NATGatewayFacts>

/**
 * Rules that say something else than what is wanted now go first, and always: whatever else is wrong, nothing leaves by an address not its own.
 */
export const endOthers = async (context: Context): Promise<Outcome> => {
  const { facts: { rules, wanted } } = context
  return end(context, rules.filter(rule => isLost(context) || !wanted.some(each => isRuleFor(rule, each))))
}

/** It has no right to the address, or nothing holds the address any more. */
const isLost = ({ facts: { otherUser, eip } }: Context): boolean =>
  otherUser !== undefined || eip === undefined || eip.metadata.deletionTimestamp !== undefined

const end = async ({ remove, now }: Context, rules: readonly OvnSnatRule[]): Promise<Outcome> => {
  const rests = rules.flatMap(rule => mustRest(rule, now) ?? [])
  for (const rule of rules) if (mustRest(rule, now) === undefined) await remove(ovnSnatRuleResource, rule)
  if (rules.length === 0) return ready
  const message = `waiting for Kube-OVN to end what leads out of ${namesOf(rules.map(({ metadata }) => metadata.name))}`
  return rests.length === 0 ? waiting('Progressing', message) : waiting('Progressing', message, Math.min(...rests))
}

export const awaitReferences = ({ object, facts: { subnet, vpc, elasticIP, eip, otherUser } }: Context): Outcome => {
  const { metadata: { namespace }, spec } = object
  if (spec.connectivityType === 'Private') {
    return blocked('NotSupportedYet',
      'not supported: connectivityType: Private (Kube-OVN translates to external addresses only); route to the VPCPeering, or to an instance that translates')
  }
  if (subnet === undefined) return notFound('Subnet', spec.subnetRef.name, namespace)
  if (vpc === undefined) return notFound('VPC', subnet.spec.vpcRef.name, namespace)
  if (subnet.status?.state !== 'available') return notReady(subnet, 'Subnet')
  const name = spec.elasticIPRef?.name ?? ''
  if (elasticIP === undefined) return notFound('ElasticIP', name, namespace)
  if (otherUser !== undefined) {
    return waiting('AddressInUse', `${titleOf('ElasticIP', name)} is used by ${otherUser}: take that off, or create a gateway with another`)
  }
  return isEipReady(eip) && eip?.metadata.deletionTimestamp === undefined ? ready : notReady(elasticIP, 'ElasticIP')
}

/** A gateway in a subnet without a way to the internet would drop what it is sent: as in EC2 it says so before it serves anybody. */
export const awaitInternet = ({ facts: { way } }: Context): Outcome => {
  const { status, message } = way()
  return status === 'True' ? ready : waiting('GatewayNotAttached', message)
}

/** A subnet that another gateway serves still is served by this one as soon as that has ended: both by the same name, it is never by both. */
export const ensureRules = async (context: Context): Promise<Outcome> => {
  const { object, facts: { wanted, ruleOf }, apply } = context
  const late: string[] = []
  for (const each of wanted) {
    const rule = ruleOf(each.subnetID)
    if (rule !== undefined && !isOwn(rule, object)) late.push(each.subnetID)
    else {
      await apply(buildOvnSnatRule(each))
      if (!isSnatReady(rule)) late.push(each.subnetID)
    }
  }
  return late.length === 0 ? ready : waiting('Progressing', `waiting for Kube-OVN to lead ${namesOf(late)} out by the gateway`)
}

/** Said once: the steps before it are done and the status doesn't know yet. */
export const announce = ({ object, facts, event }: Context): Outcome => {
  if (object.status?.state !== 'available') event('Normal', 'Available', `${facts.id} is available`)
  return ready
}

export const finalizeNATGateway: Readonly<Record<string, Step<NATGateway, NATGatewayFacts>>> = {
  rules: context => end(context, context.facts.rules),
}
