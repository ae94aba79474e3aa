import { elasticIP, type ElasticIP } from '../../../crds/v1alpha1/elastic-ip.ts'
import type { InformerSpec } from '../../runtime/store.ts'
import { byUID, siblingKey, storedObject } from '../stored.ts'

export const elasticIPInformer: InformerSpec<ElasticIP> = {
  resource: elasticIP,
  trim: storedObject,
  indexes: {
    uid: byUID,
    /** `namespace/name` of the Instance that it is to lead to. */
    instance: eip => eip.spec.instanceRef === undefined ? [] : [siblingKey(eip, eip.spec.instanceRef.name)],
    /** `namespace/name` of the NetworkInterface that it is to lead to. */
    networkInterface: eip => eip.spec.networkInterfaceRef === undefined ? [] : [siblingKey(eip, eip.spec.networkInterfaceRef.name)],
    /** Name of the pool, as long as it has no address. */
    unplaced: eip => eip.status?.publicIP === undefined ? [eip.spec.poolName] : [],
  },
}
