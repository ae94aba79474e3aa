import { securityGroup } from '../../../crds/v1alpha1/security-group.ts'
import type { VPC } from '../../../crds/v1alpha1/vpc.ts'
import { vpcResource } from '../../providers/kube-ovn/resources.ts'
import { networkPolicyResource } from '../../providers/network-policy/resources.ts'
import type { Step } from '../../runtime/kind.ts'
import { ready } from '../../runtime/outcome.ts'
import { ensureGone } from '../ensure-gone.ts'
import { inUse } from '../waiting-for.ts'
import type { VPCFacts } from './observe.ts'

/**
 * Users first, the isolation last: it must outlive everything that it guards. Subnets and groups that name the VPC count as users even while
 * they wait for something: they could be in it before a look at them is over.
 */
export const finalizeVPC: Readonly<Record<string, Step<VPC, VPCFacts>>> = {
  users: ({ facts }) => facts.users.length === 0 ? ready : inUse(facts.users),
  defaultSecurityGroup: ({ facts, remove }) => ensureGone(remove, securityGroup, facts.defaultGroup),
  router: ({ facts, remove }) => ensureGone(remove, vpcResource, facts.router),
  isolation: ({ facts, remove }) => ensureGone(remove, networkPolicyResource, facts.isolation),
}
