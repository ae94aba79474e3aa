import { instanceType, type InstanceType } from '../../../crds/v1alpha1/instance-type.ts'
import type { InformerSpec } from '../../runtime/store.ts'
import { byUID, storedMetadata } from '../stored.ts'

export const instanceTypeInformer: InformerSpec<InstanceType> = {
  resource: instanceType,
  trim: ({ apiVersion, kind, metadata, spec: { tags: _, ...spec }, status }: InstanceType): InstanceType => ({
    apiVersion,
    kind,
    metadata: storedMetadata(metadata),
    spec,
    ...(status === undefined ? {} : { status }),
  }),
  indexes: { uid: byUID },
}
