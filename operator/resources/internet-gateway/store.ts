import { internetGateway, type InternetGateway } from '../../../crds/v1alpha1/internet-gateway.ts'
import type { InformerSpec } from '../../runtime/store.ts'
import { siblingKey, storedObject } from '../stored.ts'

export const internetGatewayInformer: InformerSpec<InternetGateway> = {
  resource: internetGateway,
  trim: storedObject,
  indexes: {
    /** `namespace/name` of the VPC. */
    vpc: gateway => [siblingKey(gateway, gateway.spec.vpcRef.name)],
  },
}
