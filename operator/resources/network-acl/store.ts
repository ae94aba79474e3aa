import { networkACL, type NetworkACL } from '../../../crds/v1alpha1/network-acl.ts'
import type { InformerSpec } from '../../runtime/store.ts'
import { byUID, siblingKey, storedWithOwner } from '../stored.ts'

export const networkACLInformer: InformerSpec<NetworkACL> = {
  resource: networkACL,
  trim: storedWithOwner,
  indexes: {
    uid: byUID,
    /** `namespace/name` of the VPC. */
    vpc: acl => [siblingKey(acl, acl.spec.vpcRef.name)],
    /** `namespace/name` of the subnets that it names. */
    subnet: acl => (acl.spec.subnetRefs ?? []).map(({ name }) => siblingKey(acl, name)),
  },
}
