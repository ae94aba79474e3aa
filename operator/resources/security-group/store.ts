import { securityGroup, type SecurityGroup, type SecurityGroupRule } from '../../../crds/v1alpha1/security-group.ts'
import { OWNER_UID_LABEL } from '../../runtime/ownership.ts'
import type { InformerSpec } from '../../runtime/store.ts'
import { byUID, siblingKey, storedMetadata } from '../stored.ts'

export const securityGroupInformer: InformerSpec<SecurityGroup> = {
  resource: securityGroup,
  trim: ({ apiVersion, kind, metadata, spec: { tags: _, ...spec }, status }: SecurityGroup): SecurityGroup => ({
    apiVersion,
    kind,
    // The default group of a VPC is told by the VPC's UID on it.
    metadata: { ...storedMetadata(metadata), ...ownerLabelOf(metadata.labels) },
    spec,
    ...(status === undefined ? {} : { status }),
  }),
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

const ownerLabelOf = (labels: Record<string, string> | undefined) => {
  const uid = labels?.[OWNER_UID_LABEL]
  return uid === undefined ? {} : { labels: { [OWNER_UID_LABEL]: uid } }
}
