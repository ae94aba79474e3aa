import { idOf, idPrefixes } from '../../../crds/ids.ts'
import { vpc, type VPC } from '../../../crds/v1alpha1/vpc.ts'
import type { InformerSpec } from '../../runtime/store.ts'
import { byUID, storedObject } from '../stored.ts'

/** Index of VPCs by ID, the name that others know them by in Kube-OVN. */
export const vpcByID = 'id'

export const vpcInformer: InformerSpec<VPC> = {
  resource: vpc,
  trim: storedObject,
  indexes: {
    uid: byUID,
    [vpcByID]: vpc => [idOf(idPrefixes.vpc, vpc.metadata.uid)],
  },
}
