import { idOf, idPrefixes } from '../../../crds/ids.ts'
import { formatPublicKey, importedFingerprint, parsePublicKey } from '../../../crds/ssh-public-key.ts'
import type { KeyPair } from '../../../crds/v1alpha1/key-pair.ts'
import { type PublicPart, secretNameOf } from './secret.ts'

export type KeyPairFacts = {
  id: string
  /** Of the Secret with the private key; undefined for an imported key, whose private half we never see. */
  secretName: string | undefined
  /** The key as instances get it, as far as it is known. */
  key: PublicPart | undefined
  /** Why the public key of the spec is none. */
  problem: string | undefined
}

/**
 * Public halves of keys that this process has seen in their Secrets and that no status tells of yet. Secrets are in no store, since nothing of ours
 * may watch them; this carries what one step saw to the status.
 */
export type SeenKeys = Map<string, PublicPart>

export const observeKeyPair = (seen: SeenKeys) => (keyPair: KeyPair): KeyPairFacts => {
  const { metadata, spec, status } = keyPair
  const id = idOf(idPrefixes.keyPair, metadata.uid)
  if (spec.publicKey !== undefined) return { id, secretName: undefined, ...imported(spec.publicKey, metadata.name) }
  const recorded = status?.publicKey === undefined || status.fingerprint === undefined ? undefined
    : { publicKey: status.publicKey, fingerprint: status.fingerprint }
  if (recorded !== undefined) seen.delete(metadata.uid)
  return { id, secretName: secretNameOf(id), key: recorded ?? seen.get(metadata.uid), problem: undefined }
}

const imported = (publicKey: string, comment: string): Pick<KeyPairFacts, 'key' | 'problem'> => {
  const parsed = parsePublicKey(publicKey)
  return parsed.kind === 'refused'
    ? { key: undefined, problem: parsed.message }
    : { key: { publicKey: formatPublicKey(parsed.type, parsed.blob, comment), fingerprint: importedFingerprint(parsed) }, problem: undefined }
}
