import {
  ARRAY, BACK, DECIMAL, DOUBLE, FALSE, INTEGER, IPV4, LATIN1, NULL, OBJECT, SHARED, SHARED_COUNT, SHARED_FAR, SHARED_NEAR, SHARED_NEAR_COUNT,
  SIX_BITS, SMALL, TIME, TRUE, UNDEFINED, UTF16, UUID, sixBits,
} from './tags.ts'
import { timeOf } from './texts.ts'

/** Where packed values are read: `start` is what `BACK` counts from, `at` moves on with every value. */
export type Cursor = { bytes: Buffer; start: number; at: number }

/** Gives a shared value by its number. */
export type SharedOf = (id: number) => unknown

/** The next value. */
export const readValue = (cursor: Cursor, shared: SharedOf): unknown => {
  const { bytes } = cursor
  const tag = byteAt(bytes, cursor.at++)
  if (tag >= SHARED_NEAR) return shared(SHARED_COUNT + (tag - SHARED_NEAR) * 256 + byteAt(bytes, cursor.at++))
  if (tag >= SHARED) return shared(tag - SHARED)
  if (tag >= SMALL) return tag - SMALL
  switch (tag) {
    case OBJECT: return readObject(cursor, shared)
    case ARRAY: return readList(cursor, shared)
    case SHARED_FAR: return shared(SHARED_COUNT + SHARED_NEAR_COUNT + readVarint(cursor))
    case UNDEFINED: return undefined
    case NULL: return null
    case FALSE: return false
    case TRUE: return true
    case INTEGER: return readVarint(cursor)
    case DOUBLE: return bytes.readDoubleLE((cursor.at += 8) - 8)
    default: return readText(tag, cursor)
  }
}

/** Passes the next tag and what belongs to it, but for the members of lists and objects: those follow. Returns the shared value's number, or -1. */
export const skipTag = (cursor: Cursor): number => {
  const { bytes } = cursor
  const tag = byteAt(bytes, cursor.at++)
  if (tag >= SHARED_NEAR) return SHARED_COUNT + (tag - SHARED_NEAR) * 256 + byteAt(bytes, cursor.at++)
  if (tag >= SHARED) return tag - SHARED
  if (tag === SHARED_FAR) return SHARED_COUNT + SHARED_NEAR_COUNT + readVarint(cursor)
  if (tag === LATIN1 || tag === UTF16 || tag === SIX_BITS) {
    const length = readVarint(cursor)
    cursor.at += tag === SIX_BITS ? sixBitsLength(length) : length
  } else if (tag === INTEGER || tag === DECIMAL || tag === BACK || tag === ARRAY) readVarint(cursor)
  else cursor.at += tag === UUID ? 16 : tag === DOUBLE ? 8 : tag === TIME || tag === IPV4 ? 4 : 0
  return -1
}

export const readVarint = (cursor: Cursor): number => {
  let value = 0
  for (let scale = 1; ; scale *= 128) {
    const byte = byteAt(cursor.bytes, cursor.at++)
    if (byte < 128) return value + byte * scale
    value += (byte - 128) * scale
  }
}

/** Bytes that so many characters of six bits take. */
export const sixBitsLength = (characters: number): number => Math.ceil((characters * 3) / 4)

const byteAt = (bytes: Buffer, at: number): number => bytes[at] as number

const readList = (cursor: Cursor, shared: SharedOf): unknown[] => {
  const length = readVarint(cursor)
  const list: unknown[] = []
  for (let index = 0; index < length; index++) list.push(readValue(cursor, shared))
  return list
}

const readObject = (cursor: Cursor, shared: SharedOf): Record<string, unknown> => {
  const keys = readValue(cursor, shared) as readonly string[]
  const object: Record<string, unknown> = {}
  for (const key of keys) {
    const value = readValue(cursor, shared)
    if (key === '__proto__') Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true })
    else object[key] = value
  }
  return object
}

const readText = (tag: number, cursor: Cursor): string => {
  const { bytes } = cursor
  switch (tag) {
    case LATIN1: {
      const length = readVarint(cursor)
      return bytes.toString('latin1', cursor.at, (cursor.at += length))
    }
    case UTF16: {
      const length = readVarint(cursor)
      return bytes.toString('utf16le', cursor.at, (cursor.at += length))
    }
    case UUID: return readUUID(bytes, (cursor.at += 16) - 16)
    case TIME: return timeText(bytes.readUInt32LE((cursor.at += 4) - 4))
    case DECIMAL: return `${readVarint(cursor)}`
    case SIX_BITS: return readSixBits(cursor)
    case IPV4: {
      const { at } = cursor
      cursor.at += 4
      return `${bytes[at]}.${bytes[at + 1]}.${bytes[at + 2]}.${bytes[at + 3]}`
    }
    case BACK: {
      const at = cursor.start + readVarint(cursor)
      const there: Cursor = { bytes, start: cursor.start, at: at + 1 }
      return readText(byteAt(bytes, at), there)
    }
    default: throw new Error(`a packed value begins with ${tag}`)
  }
}

const hexDigits = Buffer.from('0123456789abcdef', 'latin1')
const scratch = Buffer.alloc(256)

const readUUID = (bytes: Buffer, from: number): string => {
  let to = 0
  for (let index = 0; index < 16; index++) {
    if (index === 4 || index === 6 || index === 8 || index === 10) scratch[to++] = 45
    const byte = byteAt(bytes, from + index)
    scratch[to++] = byteAt(hexDigits, byte >> 4)
    scratch[to++] = byteAt(hexDigits, byte & 15)
  }
  return scratch.toString('latin1', 0, 36)
}

const sixBitsCodes = Buffer.from(sixBits, 'latin1')

const readSixBits = (cursor: Cursor): string => {
  const characters = readVarint(cursor)
  let bits = 0
  let count = 0
  for (let to = 0; to < characters; to++) {
    if (count < 6) {
      bits = (bits << 8) | byteAt(cursor.bytes, cursor.at++)
      count += 8
    }
    count -= 6
    scratch[to] = byteAt(sixBitsCodes, (bits >> count) & 63)
    bits &= (1 << count) - 1
  }
  return scratch.toString('latin1', 0, characters)
}

let lastSeconds = -1
let lastText = ''

/** The times of one object are mostly the same. */
const timeText = (seconds: number): string => {
  if (seconds === lastSeconds) return lastText
  lastSeconds = seconds
  lastText = timeOf(seconds)
  return lastText
}
