import type { z } from 'zod'
import { define, type Definition, type Resource } from '../definition.ts'
import { choice, reportedID, statusFields, struct, tags, text } from '../fields.ts'
import { exactlyOne, immutableIfAny } from '../immutable.ts'

const anew = 'create a new KeyPair'

/** `spec` of a KeyPair. */
export const keyPairSpec = struct({
  description: 'The key: yours, or one to be made.',
  rules: [
    exactlyOne(['publicKey', 'generate'], 'a KeyPair needs exactly one of publicKey (your own) and generate (have one made)'),
    immutableIfAny('publicKey', anew),
    immutableIfAny('generate', anew),
  ],
}, {
  publicKey: text({
    description: 'Public key in OpenSSH format, one line. Immutable.',
    min: 16,
    max: 4096,
    shape: {
      pattern: '^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp256|ecdsa-sha2-nistp384|ecdsa-sha2-nistp521) [A-Za-z0-9+/]+={0,3}( [^\\r\\n]*)?\\n?$',
      message: 'publicKey must be one line in OpenSSH format, all of the .pub file, for example ssh-ed25519 AAAA… you@host',
    },
  }).exactOptional(),
  generate: struct('Have a key made, once. The private key is put into a Secret that status names. Immutable.', {
    type: choice(['ed25519', 'rsa'], 'Kind of key; rsa has 2048 bits, as in EC2.').default('ed25519'),
  }).exactOptional(),
  tags: tags(),
})

/** `status` of a KeyPair. */
export const keyPairStatus = struct('The key as instances get it. Written by the operator alone.', {
  ...statusFields(),
  keyPairID: reportedID('ID of the key pair, key- and 17 hexadecimal digits.').exactOptional(),
  fingerprint: text({
    description: 'Fingerprint as EC2 shows it. ed25519 and ecdsa: SHA-256 in base64, as ssh-keygen -l shows it; rsa: MD5 of the public key, ' +
      'or SHA-1 of the private key where it was made here.',
    max: 128,
  }).exactOptional(),
  publicKey: text({ description: 'Public key in OpenSSH format, imported or made.', max: 4096 }).exactOptional(),
  secretRef: struct('Secret of the same namespace that holds the private key that was made.', {
    name: text({ description: 'Name of the Secret; its key ssh-privatekey holds the private key.', max: 253 }),
  }).exactOptional(),
})

export type KeyPairSpec = z.output<typeof keyPairSpec>
export type KeyPairStatus = z.output<typeof keyPairStatus>
/** A key that lets its owner in by SSH. */
export type KeyPair = Resource<KeyPairSpec, KeyPairStatus>

export const keyPair: Definition = define({
  kind: 'KeyPair',
  plural: 'keypairs',
  shortNames: ['kp'],
  description: 'A key that lets its owner into instances by SSH.',
  spec: keyPairSpec,
  status: keyPairStatus,
  columns: [
    { name: 'Fingerprint', type: 'string', description: 'Fingerprint of the public key.', jsonPath: '.status.fingerprint' },
    { name: 'ID', type: 'string', description: 'Key pair ID.', jsonPath: '.status.keyPairID' },
    { name: 'Secret', type: 'string', description: 'Secret with the private key that was made.', jsonPath: '.status.secretRef.name', priority: 1 },
  ],
  reasons: {
    InvalidPublicKey: 'Stalled: publicKey is not a key that SSH understands. Create a new KeyPair.',
    PrivateKeyLost: 'Stalled: the Secret with the private key is gone or was changed. No other key is made in its place. Create a new KeyPair.',
  },
})
