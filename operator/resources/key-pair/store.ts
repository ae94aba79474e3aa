import { keyPair, type KeyPair } from '../../../crds/v1alpha1/key-pair.ts'
import type { InformerSpec } from '../../runtime/store.ts'
import { byUID, storedMetadata } from '../stored.ts'

export const keyPairInformer: InformerSpec<KeyPair> = {
  resource: keyPair,
  trim: ({ apiVersion, kind, metadata, spec: { tags: _, ...spec }, status }: KeyPair): KeyPair => ({
    apiVersion,
    kind,
    metadata: storedMetadata(metadata),
    spec,
    ...(status === undefined ? {} : { status }),
  }),
  indexes: { uid: byUID },
}
