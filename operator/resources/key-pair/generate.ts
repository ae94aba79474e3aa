import { createHash, generateKeyPair, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto'
import { promisify } from 'node:util'
import { colonHex, formatPublicKey, sha256Fingerprint, wireInteger, wireString } from '../../../crds/ssh-public-key.ts'

export type KeyType = 'ed25519' | 'rsa'

export type GeneratedKey = {
  /** OpenSSH's own format, as `ssh -i` takes it. */
  privateKey: string
  /** One line for authorized_keys. */
  publicKey: string
  /** As EC2 has it for keys that it made. */
  fingerprint: string
}

/** As EC2's: enough for as long as RSA is, and made in well under a second. */
const rsaBits = 2048

/**
 * Makes a key from the system's randomness: ed25519 in a fraction of a millisecond, RSA off the event loop.
 * @param comment - of both halves: the name of the KeyPair.
 */
export const generateKey = async (type: KeyType, comment: string): Promise<GeneratedKey> =>
  type === 'rsa' ? generateRSA(comment) : generateEd25519(comment)

const generateEd25519 = (comment: string): GeneratedKey => {
  const { privateKey } = generateKeyPairSync('ed25519')
  const { x, d } = numbersOf(privateKey, 'x', 'd')
  const blob = wireString('ssh-ed25519', x)
  return {
    privateKey: openSSH(blob, Buffer.concat([wireString('ssh-ed25519', x, Buffer.concat([d, x])), wireString(comment)])),
    publicKey: formatPublicKey('ssh-ed25519', blob, comment),
    fingerprint: sha256Fingerprint(blob),
  }
}

const generateRSA = async (comment: string): Promise<GeneratedKey> => {
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: rsaBits })
  const { n, e, d, qi, p, q } = numbersOf(privateKey, 'n', 'e', 'd', 'qi', 'p', 'q')
  const blob = Buffer.concat([wireString('ssh-rsa'), wireInteger(e), wireInteger(n)])
  const secret = Buffer.concat([wireString('ssh-rsa'), ...[n, e, d, qi, p, q].map(wireInteger), wireString(comment)])
  return {
    privateKey: openSSH(blob, secret),
    publicKey: formatPublicKey('ssh-rsa', blob, comment),
    // Of a key that it made, EC2 shows the SHA-1 of the private key in PKCS #8.
    fingerprint: colonHex(createHash('sha1').update(privateKey.export({ type: 'pkcs8', format: 'der' })).digest()),
  }
}

const numbersOf = <Name extends string>(key: KeyObject, ...names: readonly Name[]): Record<Name, Buffer> => {
  const numbers = key.export({ format: 'jwk' }) as Record<string, string | undefined>
  return Object.fromEntries(names.map(name => [name, Buffer.from(numbers[name] ?? '', 'base64url')])) as Record<Name, Buffer>
}

/**
 * The file format of ssh-keygen, without a passphrase. `secret` is preceded by one random number twice and padded with 1, 2, 3, … to a multiple of
 * eight bytes. Source: OpenSSH, PROTOCOL.key.
 */
const openSSH = (publicBlob: Buffer, secret: Buffer): string => {
  const check = randomBytes(4)
  const body = Buffer.concat([check, check, secret])
  const padded = Buffer.concat([body, Buffer.from(Array.from({ length: (8 - body.length % 8) % 8 }, (_, index) => index + 1))])
  const count = Buffer.from([0, 0, 0, 1])
  const file = Buffer.concat([Buffer.from('openssh-key-v1\0'), wireString('none', 'none', ''), count, wireString(publicBlob, padded)])
  const lines = file.toString('base64').match(/.{1,70}/g) ?? []
  return ['-----BEGIN OPENSSH PRIVATE KEY-----', ...lines, '-----END OPENSSH PRIVATE KEY-----', ''].join('\n')
}
