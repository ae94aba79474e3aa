import { createHash, createPublicKey, type KeyObject } from 'node:crypto'

/** A public key that sshd would take, or why it is none: the message names the way out. */
export type SSHPublicKey =
  | { kind: 'key'; type: string; blob: Buffer; keyObject: KeyObject }
  | { kind: 'refused'; message: string }

/** RSA keys below 2,048 bits count as broken; above 16,384 OpenSSH refuses them. */
const rsaBits = { min: 2048, max: 16384 }

/**
 * Reads one line of OpenSSH's format, `type base64 comment` (RFC 4253 section 6.6, RFC 5656, RFC 8709), down to the numbers of the key.
 * Options before the type, which authorized_keys allows, are refused: they could carry a command.
 */
export const parsePublicKey = (text: string): SSHPublicKey => {
  const line = text.trim()
  if (/-----BEGIN/.test(line)) {
    return refused('is PEM: paste the one line of the .pub file, for example ssh-ed25519 AAAA… you@host', /PRIVATE KEY/.test(line))
  }
  if (/[\r\n]/.test(line)) return refused('has several lines: give one key, and make a KeyPair for each other one')
  const [type = '', encoded = ''] = line.split(/[ \t]+/)
  if (type === 'ssh-dss') return refused('is a DSA key, which OpenSSH no longer takes: make an ed25519 key (ssh-keygen -t ed25519)')
  const read = readers[type]
  if (read === undefined) return refused(`begins with "${type.slice(0, 40)}", which is no type of key that is taken: use ${Object.keys(readers).join(', ')}`)
  const blob = Buffer.from(encoded, 'base64')
  const [named, ...fields] = wireFields(blob) ?? []
  const isWhole = blob.toString('base64').replace(/=+$/, '') === encoded.replace(/=+$/, '') && named?.toString('latin1') === type
  if (!isWhole) return refused('is not a whole key: copy all of the .pub file, for example ssh-ed25519 AAAA… you@host')
  const key = keyObjectOf(() => read(fields))
  if (key === undefined) return refused('holds numbers that are no key: copy all of the .pub file again')
  const bits = key.asymmetricKeyDetails?.modulusLength
  if (bits !== undefined && (bits < rsaBits.min || bits > rsaBits.max)) {
    return refused(`is an RSA key of ${bits} bits: use one of ${rsaBits.min} to ${rsaBits.max}, or an ed25519 key`)
  }
  return { kind: 'key', type, blob, keyObject: key }
}

/** One line for authorized_keys. The comment is ours: what came with the key goes nowhere. */
export const formatPublicKey = (type: string, blob: Buffer, comment: string): string => `${type} ${blob.toString('base64')} ${comment}`

/** EC2's fingerprint of an imported key: MD5 of the public key in DER for RSA, SHA-256 of the key as SSH sends it for others. */
export const importedFingerprint = ({ type, blob, keyObject }: Extract<SSHPublicKey, { kind: 'key' }>): string =>
  type === 'ssh-rsa'
    ? colonHex(createHash('md5').update(keyObject.export({ type: 'spki', format: 'der' })).digest())
    : sha256Fingerprint(blob)

/** SHA-256 of a key as SSH sends it, in base64: what `ssh-keygen -l` shows after `SHA256:`, padded as EC2 does. */
export const sha256Fingerprint = (blob: Buffer): string => createHash('sha256').update(blob).digest('base64')

/** `1f:51:…`, as EC2 writes MD5 and SHA-1 fingerprints. */
export const colonHex = (digest: Buffer): string => (digest.toString('hex').match(/../g) ?? []).join(':')

/** Fields with their length before them, as SSH sends them (RFC 4251 section 5). */
export const wireString = (...fields: readonly (Buffer | string)[]): Buffer => Buffer.concat(fields.flatMap(field => {
  const content = Buffer.from(field)
  const length = Buffer.alloc(4)
  length.writeUInt32BE(content.length)
  return [length, content]
}))

/** A whole number as SSH sends it: no leading zeros but one that keeps it positive. */
export const wireInteger = (bigEndian: Buffer): Buffer => {
  const first = bigEndian.findIndex(byte => byte !== 0)
  const digits = first === -1 ? Buffer.alloc(0) : bigEndian.subarray(first)
  return wireString((digits[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.alloc(1), digits]) : digits)
}

const refused = (what: string, isPrivate = false): SSHPublicKey =>
  ({ kind: 'refused', message: `${what}${isPrivate ? '. A private key was pasted here: treat it as known to others' : ''}` })

/** Undefined when the fields don't end where the data ends. */
const wireFields = (data: Buffer): Buffer[] | undefined => {
  const fields: Buffer[] = []
  for (let offset = 0; offset < data.length;) {
    if (offset + 4 > data.length) return undefined
    const end = offset + 4 + data.readUInt32BE(offset)
    if (end > data.length) return undefined
    fields.push(data.subarray(offset + 4, end))
    offset = end
  }
  return fields
}

const keyObjectOf = (read: () => JsonWebKey | undefined): KeyObject | undefined => {
  try {
    const key = read()
    return key === undefined ? undefined : createPublicKey({ key, format: 'jwk' })
  } catch {
    return undefined
  }
}

type JsonWebKey = Record<string, string>

const base64url = (bytes: Buffer | undefined): string => (bytes ?? Buffer.alloc(0)).toString('base64url')

const one = Buffer.from([1])

const ed25519 = ([point, ...rest]: readonly Buffer[]): JsonWebKey | undefined =>
  point?.length === 32 && rest.length === 0 ? { kty: 'OKP', crv: 'Ed25519', x: base64url(point) } : undefined

const rsa = ([exponent, modulus, ...rest]: readonly Buffer[]): JsonWebKey | undefined => {
  if (exponent === undefined || modulus === undefined || rest.length > 0) return undefined
  const isOdd = (number: Buffer) => ((number.at(-1) ?? 0) & 1) === 1
  const isPositive = (number: Buffer) => (number[0] ?? 0x80) < 0x80
  const isSound = [exponent, modulus].every(number => isOdd(number) && isPositive(number)) && exponent.length <= 8 && !exponent.equals(one)
  return isSound ? { kty: 'RSA', e: base64url(exponent), n: base64url(modulus[0] === 0 ? modulus.subarray(1) : modulus) } : undefined
}

/** @param size - of a coordinate, in bytes. */
const ecdsa = (name: string, crv: string, size: number) => ([curve, point, ...rest]: readonly Buffer[]): JsonWebKey | undefined => {
  const isSound = curve?.toString('latin1') === name && point?.length === 1 + 2 * size && point[0] === 4 && rest.length === 0
  return isSound ? { kty: 'EC', crv, x: base64url(point.subarray(1, 1 + size)), y: base64url(point.subarray(1 + size)) } : undefined
}

const readers: Readonly<Record<string, (fields: readonly Buffer[]) => JsonWebKey | undefined>> = {
  'ssh-ed25519': ed25519,
  'ssh-rsa': rsa,
  'ecdsa-sha2-nistp256': ecdsa('nistp256', 'P-256', 32),
  'ecdsa-sha2-nistp384': ecdsa('nistp384', 'P-384', 48),
  'ecdsa-sha2-nistp521': ecdsa('nistp521', 'P-521', 66),
}
