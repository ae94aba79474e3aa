import { keyPair, type KeyPair } from '../../../crds/v1alpha1/key-pair.ts'
import type { InformerSpec } from '../../runtime/store.ts'
import { byUID, storedObject } from '../stored.ts'

export const keyPairInformer: InformerSpec<KeyPair> = {
  resource: keyPair,
  trim: storedObject,
  indexes: { uid: byUID },
}
