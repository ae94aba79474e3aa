import { parsePublicKey } from '../../crds/ssh-public-key.ts'
import type { KeyPair } from '../../crds/v1alpha1/index.ts'
import type { Verdict } from './view.ts'

/** A public key is one that sshd would take, down to its numbers. */
export const keyPairVerdict: Verdict<KeyPair> = ({ spec }) => {
  if (spec.publicKey === undefined) return []
  const parsed = parsePublicKey(spec.publicKey)
  return parsed.kind === 'key' ? [] : [{ field: 'spec.publicKey', message: parsed.message }]
}
