import { subnet, type Subnet } from '../../../crds/v1alpha1/subnet.ts'
import type { InformerSpec } from '../../runtime/store.ts'
import { byUID, siblingKey, storedMetadata } from '../stored.ts'

export const subnetInformer: InformerSpec<Subnet> = {
  resource: subnet,
  trim: ({ apiVersion, kind, metadata, spec: { tags: _, ...spec }, status }: Subnet): Subnet => ({
    apiVersion,
    kind,
    metadata: storedMetadata(metadata),
    spec,
    ...(status === undefined ? {} : { status }),
  }),
  indexes: {
    uid: byUID,
    /** `namespace/name` of the VPC. */
    vpc: subnet => [siblingKey(subnet, subnet.spec.vpcRef.name)],
  },
}
