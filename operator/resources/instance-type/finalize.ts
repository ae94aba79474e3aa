import type { InstanceType } from '../../../crds/v1alpha1/instance-type.ts'
import { clusterInstancetypeResource } from '../../providers/kubevirt/cluster-instancetype.ts'
import type { Step } from '../../runtime/kind.ts'
import { ready, waiting } from '../../runtime/outcome.ts'
import { ensureGone } from '../ensure-gone.ts'
import type { InstanceTypeFacts } from './observe.ts'

export const finalizeInstanceType: Readonly<Record<string, Step<InstanceType, InstanceTypeFacts>>> = {
  users: ({ facts: { users } }) => users === 0 ? ready : waiting('DependencyViolation',
    `can't be deleted while ${users === 1 ? 'an instance is' : `${users} instances are`} of this type: state: Deprecated keeps new ones away`),
  instancetype: ({ facts, remove }) => ensureGone(remove, clusterInstancetypeResource, facts.instancetype),
}
