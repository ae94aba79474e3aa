import type { SecurityGroup } from '../../../crds/v1alpha1/security-group.ts'
import { securityGroupResource } from '../../providers/kube-ovn/resources.ts'
import { networkPolicyResource } from '../../providers/network-policy/resources.ts'
import type { Step } from '../../runtime/kind.ts'
import { ready, waiting } from '../../runtime/outcome.ts'
import { ensureGone } from '../ensure-gone.ts'
import { inUse, titleOf } from '../waiting-for.ts'
import type { SecurityGroupFacts } from './observe.ts'
import { ensurePolicy } from './policy.ts'

/** The policy goes last: without it its members are closed, never open. */
export const finalizeSecurityGroup: Readonly<Record<string, Step<SecurityGroup, SecurityGroupFacts>>> = {
  vpc: ({ facts: { vpc, isDefault } }) => isDefault && vpc !== undefined && vpc.metadata.deletionTimestamp === undefined
    ? waiting('DependencyViolation', `is the default group of ${titleOf('VPC', vpc.metadata.name)} and goes with it: delete the VPC, or leave the group`)
    : ready,
  users: async context => {
    const { facts: { policy } } = context
    const users = context.facts.users()
    if (users.length === 0) return ready
    // A deletion can wait for long, and can't be taken back: until then the rules are the user's to close.
    if (policy !== undefined) await ensurePolicy(context)
    return inUse(users)
  },
  policy: ({ facts, remove }) => ensureGone(remove, facts.driver === 'kubeOVN' ? securityGroupResource : networkPolicyResource, facts.policy),
}
