import { instanceType, type InstanceType } from '../../../crds/v1alpha1/instance-type.ts'
import type { InformerSpec } from '../../runtime/store.ts'
import { byUID, storedObject } from '../stored.ts'

export const instanceTypeInformer: InformerSpec<InstanceType> = {
  resource: instanceType,
  trim: storedObject,
  indexes: { uid: byUID },
}
