import { vpc, type VPC } from '../../../crds/v1alpha1/vpc.ts'
import type { InformerSpec } from '../../runtime/store.ts'
import { byUID, storedObject } from '../stored.ts'

export const vpcInformer: InformerSpec<VPC> = {
  resource: vpc,
  trim: storedObject,
  indexes: { uid: byUID },
}
