import { vpc, type VPC } from '../../../crds/v1alpha1/vpc.ts'
import type { InformerSpec } from '../../runtime/store.ts'
import { byUID, storedMetadata } from '../stored.ts'

/** Tags are for people: nothing of ours reads them. */
export const vpcInformer: InformerSpec<VPC> = {
  resource: vpc,
  trim: ({ apiVersion, kind, metadata, spec: { tags: _, ...spec }, status }: VPC): VPC => ({
    apiVersion,
    kind,
    metadata: storedMetadata(metadata),
    spec,
    ...(status === undefined ? {} : { status }),
  }),
  indexes: { uid: byUID },
}
