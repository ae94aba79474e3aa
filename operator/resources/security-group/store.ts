import { securityGroup, type SecurityGroup, type SecurityGroupRule } from '../../../crds/v1alpha1/security-group.ts'
import type { InformerSpec } from '../../runtime/store.ts'
import { byUID, siblingKey, storedWithOwner } from '../stored.ts'

export const securityGroupInformer: InformerSpec<SecurityGroup> = {
  resource: securityGroup,
  trim: storedWithOwner,
  indexes: {
    uid: byUID,
    /** `namespace/name` of the VPC. */
    vpc: group => [siblingKey(group, group.spec.vpcRef.name)],
    /** `namespace/name` of the groups that its rules name. */
    referredGroup: group => groupsReferredTo(group).map(name => siblingKey(group, name)),
  },
}

/** Names of the groups at the other end of a group's rules, each once. */
export const groupsReferredTo = ({ spec }: SecurityGroup): string[] =>
  [...new Set(rulesOf(spec).flatMap(rule => rule.securityGroupRef?.name ?? []))]

const rulesOf = ({ ingressRules = [], egressRules = [] }: SecurityGroup['spec']): readonly SecurityGroupRule[] => [...ingressRules, ...egressRules]
