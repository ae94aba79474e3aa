import { createHash } from 'node:crypto'

/** The alphabet of Kubernetes' generated names: no vowels, nothing that looks like another letter. */
const alphabet = 'bcdfghjklmnpqrstvwxz2456789'

/** Makes the random parts of names and addresses. The same seed and parts give the same answer, after a restart too. */
export type Names = {
  /** Five characters, as Kubernetes' `generateName` adds. */
  suffix: (...parts: string[]) => string
  /** A locally administered unicast MAC address, as Kube-OVN makes them. */
  mac: (...parts: string[]) => string
  /** A number in [0, 1). */
  fraction: (...parts: string[]) => number
}

export const createNames = (seed: string): Names => {
  const digest = (parts: string[]) => createHash('sha256').update(JSON.stringify([seed, ...parts])).digest()
  return {
    suffix: (...parts) => [...digest(parts).subarray(0, 5)].map((byte) => alphabet[byte % alphabet.length]).join(''),
    mac: (...parts) => {
      const bytes = digest(parts).subarray(0, 6)
      return [...bytes].map((byte, index) => (index === 0 ? (byte | 0x02) & 0xfe : byte).toString(16).padStart(2, '0')).join(':')
    },
    fraction: (...parts) => digest(parts).readUInt32BE(0) / 2 ** 32,
  }
}
