import type { VPC } from '../../../crds/v1alpha1/vpc.ts'
import { buildVpc, isVpcReady } from '../../providers/kube-ovn/vpc.ts'
import { buildIsolation } from '../../providers/network-policy/isolation.ts'
import type { StepContext } from '../../runtime/kind.ts'
import { type Outcome, ready, waiting } from '../../runtime/outcome.ts'
import { buildDefaultSecurityGroup } from './default-security-group.ts'
import type { VPCFacts } from './observe.ts'

type Context = StepContext<VPC, VPCFacts>

/** Nothing in the VPC is reachable until a SecurityGroup says so. */
export const ensureIsolation = async ({ object, facts, apply }: Context): Promise<Outcome> => {
  await apply(buildIsolation({ vpcID: facts.id, namespace: namespaceOf(object) }))
  return ready
}

/**
 * Made once and then the tenant's: EC2 lets the rules of the default group be changed, so applying it again would take them back. Only its
 * absence is mended.
 */
export const ensureDefaultSecurityGroup = async ({ object, facts, apply }: Context): Promise<Outcome> => {
  if (facts.defaultGroup === undefined) await apply(buildDefaultSecurityGroup(object), { owned: true })
  return ready
}

export const ensureRouter = async ({ object, facts, apply }: Context): Promise<Outcome> => {
  await apply(buildVpc({ id: facts.id, namespace: namespaceOf(object) }))
  return isVpcReady(facts.router) ? ready : waiting('Progressing', `waiting for Kube-OVN to make the router of ${facts.id}`)
}

/** Said once: the steps before it are done and the status doesn't know yet. */
export const announce = ({ object, facts, event }: Context): Outcome => {
  if (object.status?.state !== 'available') event('Normal', 'Available', `${facts.id} is available`)
  return ready
}

const namespaceOf = (vpc: VPC): string => vpc.metadata.namespace ?? ''
