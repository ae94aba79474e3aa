import { image, type Image } from '../../../crds/v1alpha1/image.ts'
import type { InformerSpec } from '../../runtime/store.ts'
import { byUID, storedMetadata } from '../stored.ts'

export const imageInformer: InformerSpec<Image> = {
  resource: image,
  // A shard launches from images that other namespaces share.
  everywhere: true,
  trim: ({ apiVersion, kind, metadata, spec: { tags: _, ...spec }, status }: Image): Image => ({
    apiVersion,
    kind,
    metadata: storedMetadata(metadata),
    spec,
    ...(status === undefined ? {} : { status }),
  }),
  indexes: { uid: byUID },
}
