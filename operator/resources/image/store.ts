import { image, type Image } from '../../../crds/v1alpha1/image.ts'
import type { InformerSpec } from '../../runtime/store.ts'
import { byUID, storedObject } from '../stored.ts'

export const imageInformer: InformerSpec<Image> = {
  resource: image,
  // A shard launches from images that other namespaces share.
  everywhere: true,
  trim: storedObject,
  indexes: { uid: byUID },
}
