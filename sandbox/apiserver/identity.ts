/** A random (version 4) UUID. */
export const uuid = (random: (bytes: number) => Uint8Array): string => {
  const bytes = random(16)
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  const hex = Buffer.from(bytes).toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

/** The UUID that a hash (hex, 32 digits or more) is, marked as of this version. */
export const uuidOfHash = (hex: string, version: 4 | 5): string =>
  `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${version}${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`

/** Without vowels and look-alikes, as `generateName` uses. */
const alphabet = 'bcdfghjklmnpqrstvwxz2456789'

/** The five characters that follow a `generateName`. */
export const randomSuffix = (random: (bytes: number) => Uint8Array): string =>
  Array.from(random(5), (byte) => alphabet[byte % alphabet.length]).join('')
