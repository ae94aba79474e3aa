import { publicIPPool, type PublicIPPool } from '../../../crds/v1alpha1/public-ip-pool.ts'
import type { InformerSpec } from '../../runtime/store.ts'
import { byUID, storedObject } from '../stored.ts'

export const publicIPPoolInformer: InformerSpec<PublicIPPool> = {
  resource: publicIPPool,
  trim: storedObject,
  indexes: { uid: byUID },
}
