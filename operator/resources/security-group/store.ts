import { keyOf } from '../../../crds/kubernetes.ts'
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
    referredGroup: group => groupsReferredTo(group),
    /** `namespace/name` of the prefix lists that its rules name. */
    prefixList: group => listsReferredTo(group).map(name => siblingKey(group, name)),
  },
}

/** Keys of the groups at the other end of a group's rules, each once. */
export const groupsReferredTo = (group: SecurityGroup): string[] =>
  [...new Set(rulesOf(group.spec).flatMap(({ securityGroupRef: ref }) => ref === undefined ? [] : groupKeyOf(group, ref)))]

/** A group may be of another namespace. */
export const groupKeyOf = ({ metadata }: SecurityGroup, { name, namespace = metadata.namespace }: NonNullable<SecurityGroupRule['securityGroupRef']>): string =>
  keyOf({ name, ...namespace === undefined ? {} : { namespace } })

/** Names of the prefix lists in a group's rules, each once. */
export const listsReferredTo = ({ spec }: SecurityGroup): string[] => [...new Set(rulesOf(spec).flatMap(rule => rule.prefixListRef?.name ?? []))]

const rulesOf = ({ ingressRules = [], egressRules = [] }: SecurityGroup['spec']): readonly SecurityGroupRule[] => [...ingressRules, ...egressRules]
