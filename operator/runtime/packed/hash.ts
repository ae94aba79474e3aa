import { randomBytes } from 'node:crypto'

/** Of this process alone: who chooses names must not be able to choose those that fall into one place. */
const seed = randomBytes(4).readInt32LE()

/** 32 bits that spread texts evenly. Nothing may rest on their being different. */
export const hashOf = (text: string): number => {
  let hash = seed
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
    hash = (hash << 13) | (hash >>> 19)
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  return hash ^ (hash >>> 13)
}
