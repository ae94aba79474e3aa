import type { SecurityGroup, SecurityGroupRule } from '../../crds/v1alpha1/index.ts'
import type { DeletionVerdict, Verdict, View, Violation } from './view.ts'

/** Rules refer to groups of the same VPC only. */
export const securityGroupVerdict: Verdict<SecurityGroup> = (group, _old, view) => [
  ...(group.spec.ingressRules ?? []).flatMap((rule, index) => foreignGroup(group, rule, `spec.ingressRules[${index}]`, view)),
  ...(group.spec.egressRules ?? []).flatMap((rule, index) => foreignGroup(group, rule, `spec.egressRules[${index}]`, view)),
]

/** The default group of a VPC goes with its VPC and not before. */
export const securityGroupDeletionVerdict: DeletionVerdict<SecurityGroup> = ({ metadata, spec }, view) => {
  const vpc = view.getVPC(metadata.namespace ?? '', spec.vpcRef.name)
  if (vpc === undefined || vpc.metadata.deletionTimestamp !== undefined || vpc.status?.defaultSecurityGroup !== metadata.name) return []
  return [{
    field: 'metadata.name',
    message: `${metadata.name} is the default group of the VPC ${spec.vpcRef.name} and can't be deleted: change its rules, or delete the VPC`,
    reason: 'FieldValueForbidden',
  }]
}

/**
 * A group of another VPC is named where a peering with that VPC is asked for. One of another account is not looked up: whether it exists is
 * nothing to tell, and it lets nobody through before the peering is active.
 */
const foreignGroup = ({ metadata, spec }: SecurityGroup, rule: SecurityGroupRule, path: string, view: View): Violation[] => {
  const namespace = metadata.namespace ?? ''
  const { name, namespace: theirs = namespace } = rule.securityGroupRef ?? {}
  if (name === undefined || theirs !== namespace || name === metadata.name) return []
  const other = view.getSecurityGroup(namespace, name)
  if (other === undefined || other.spec.vpcRef.name === spec.vpcRef.name) return []
  const isPeered = [...view.peeringsOfVPC(namespace, spec.vpcRef.name)]
    .some(({ spec: { peer } }) => peer.name === other.spec.vpcRef.name && (peer.namespace ?? namespace) === namespace)
  return isPeered ? [] : [{
    field: `${path}.securityGroupRef`,
    message: `the group ${name} is of the VPC ${other.spec.vpcRef.name}, this one of ${spec.vpcRef.name}: ` +
      'name a group of the same VPC, make a VPCPeering of the two first, or use cidr',
  }]
}
