import { subnet, type Subnet } from '../../../crds/v1alpha1/subnet.ts'
import type { InformerSpec } from '../../runtime/store.ts'
import { byUID, siblingKey, storedObject } from '../stored.ts'

export const subnetInformer: InformerSpec<Subnet> = {
  resource: subnet,
  trim: storedObject,
  indexes: {
    uid: byUID,
    /** `namespace/name` of the VPC. */
    vpc: subnet => [siblingKey(subnet, subnet.spec.vpcRef.name)],
  },
}
