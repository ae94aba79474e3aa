import { defaultNetworkACLName, type NetworkACL } from '../../crds/v1alpha1/index.ts'
import { associationViolations } from './association.ts'
import type { DeletionVerdict, Verdict } from './view.ts'

/** For subnets of the VPC that have no other list. */
export const networkACLVerdict: Verdict<NetworkACL> = (acl, old, view) => associationViolations(acl, old, view, view.networkACLsOfSubnet, 'network ACL')

/** The default list of a VPC goes with its VPC and not before. */
export const networkACLDeletionVerdict: DeletionVerdict<NetworkACL> = ({ metadata, spec }, view) => {
  const vpc = view.getVPC(metadata.namespace ?? '', spec.vpcRef.name)
  if (vpc === undefined || vpc.metadata.deletionTimestamp !== undefined || metadata.name !== defaultNetworkACLName(vpc.metadata.name)) return []
  return [{
    field: 'metadata.name',
    message: `${metadata.name} is the default network ACL of the VPC ${spec.vpcRef.name} and can't be deleted: change its entries, or delete the VPC`,
    reason: 'FieldValueForbidden',
  }]
}
