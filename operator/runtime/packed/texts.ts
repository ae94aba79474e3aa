import { sixBits } from './tags.ts'

/** Where values are packed: `bytes` has room for what is written next. */
export type Target = { bytes: Buffer; at: number }

/** Writes a whole number, not negative, seven bits a byte. */
export const writeVarint = (target: Target, value: number): void => {
  let rest = value
  while (rest >= 128) {
    target.bytes[target.at++] = (rest % 128) + 128
    rest = Math.floor(rest / 128)
  }
  target.bytes[target.at++] = rest
}

/** Writes the sixteen bytes of a UUID in lower case; false, and nothing of use written, where the text is none. */
export const writeUUID = (target: Target, text: string): boolean => {
  if (text.length !== 36) return false
  let from = 0
  for (let index = 0; index < 16; index++) {
    if ((index === 4 || index === 6 || index === 8 || index === 10) && text.charCodeAt(from++) !== 45) return false
    const high = hexValue(text.charCodeAt(from++))
    const low = hexValue(text.charCodeAt(from++))
    if (high < 0 || low < 0) return false
    target.bytes[target.at + index] = high * 16 + low
  }
  target.at += 16
  return true
}

/** Seconds since the epoch of a time in whole seconds of UTC; undefined where the text is none, or would not come back as it is. */
export const secondsOf = (text: string): number | undefined => {
  if (text.length !== 20 || text.charCodeAt(19) !== 90) return undefined
  if (text === lastText) return lastSeconds
  const seconds = Date.parse(text) / 1000
  if (!(seconds >= 0 && seconds < 2 ** 32) || timeOf(seconds) !== text) return undefined
  lastText = text
  lastSeconds = seconds
  return seconds
}

/** The times of one object are mostly the same. */
let lastText = ''
let lastSeconds: number | undefined

/** A time in whole seconds of UTC, as the Kubernetes API writes it. */
export const timeOf = (seconds: number): string => `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`

const address = /^(?:0|[1-9]\d{0,2})(?:\.(?:0|[1-9]\d{0,2})){3}$/

/** The four numbers of a dotted address; undefined where the text is none. */
export const addressOf = (text: string): readonly number[] | undefined => {
  if (text.length < 7 || text.length > 15 || !address.test(text)) return undefined
  const numbers = text.split('.').map(Number)
  return numbers.every(number => number < 256) ? numbers : undefined
}

const values = Uint8Array.from({ length: 128 }, (_, code) => Math.max(0, sixBits.indexOf(String.fromCharCode(code))))
const isSixBits = /^[\w-]{3,200}$/

/** Writes six bits a character; false, and nothing written, where a character has no place in them. */
export const writeSixBits = (target: Target, text: string): boolean => {
  if (!isSixBits.test(text)) return false
  writeVarint(target, text.length)
  let bits = 0
  let count = 0
  for (let index = 0; index < text.length; index++) {
    bits = (bits << 6) | (values[text.charCodeAt(index)] as number)
    count += 6
    if (count < 8) continue
    count -= 8
    target.bytes[target.at++] = bits >> count
    bits &= (1 << count) - 1
  }
  if (count > 0) target.bytes[target.at++] = bits << (8 - count)
  return true
}

const hexValue = (code: number): number => (code >= 48 && code <= 57 ? code - 48 : code >= 97 && code <= 102 ? code - 87 : -1)
