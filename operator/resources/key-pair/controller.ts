import type { KeyPair, KeyPairStatus } from '../../../crds/v1alpha1/key-pair.ts'
import type { Kind } from '../../runtime/kind.ts'
import type { OperatorSettings } from '../../settings.ts'
import { type KeyPairFacts, observeKeyPair, type SeenKeys } from './observe.ts'
import { announce, checkPublicKey, ensurePrivateKey } from './private-key.ts'
import { secretResource } from './secret.ts'
import { keyPairStatus } from './status.ts'
import { keyPairInformer } from './store.ts'

/**
 * KeyPair → the key as instances get it and, where it is ours to make, a Secret with its private half. No finalizer: instances have a copy of the
 * public key, as in EC2, and the Secret is garbage-collected with its KeyPair.
 */
export const keyPairController = (_settings: OperatorSettings): Kind<KeyPair, KeyPairFacts, KeyPairStatus> => {
  const seen: SeenKeys = new Map()
  return {
    name: 'key-pair',
    informer: keyPairInformer,
    watches: [],
    unwatched: [secretResource],
    observe: observeKeyPair(seen),
    steps: {
      publicKey: checkPublicKey,
      privateKey: ensurePrivateKey(seen),
      announce,
    },
    status: keyPairStatus,
  }
}
