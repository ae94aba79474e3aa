import { natGateway, type NATGateway } from '../../../crds/v1alpha1/nat-gateway.ts'
import type { InformerSpec } from '../../runtime/store.ts'
import { byUID, siblingKey, storedObject } from '../stored.ts'

export const natGatewayInformer: InformerSpec<NATGateway> = {
  resource: natGateway,
  trim: storedObject,
  indexes: {
    uid: byUID,
    /** `namespace/name` of the Subnet that it is in. */
    subnet: gateway => [siblingKey(gateway, gateway.spec.subnetRef.name)],
    /** `namespace/name` of the ElasticIP that it has. */
    elasticIP: gateway => gateway.spec.elasticIPRef === undefined ? [] : [siblingKey(gateway, gateway.spec.elasticIPRef.name)],
  },
}
