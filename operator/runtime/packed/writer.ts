import { hashOf } from './hash.ts'
import type { SharedValues } from './shared-values.ts'
import {
  ARRAY, BACK, DECIMAL, DOUBLE, FALSE, INTEGER, IPV4, LATIN1, NULL, OBJECT, SHARED, SHARED_COUNT, SHARED_FAR, SHARED_NEAR, SHARED_NEAR_COUNT,
  SIX_BITS, SMALL, TIME, TRUE, UNDEFINED, UTF16, UUID,
} from './tags.ts'
import { addressOf, secondsOf, writeSixBits, writeUUID, writeVarint } from './texts.ts'

/** A shared value's number takes no more. */
const LONGEST_REFERENCE = 6
const decimal = /^(?:0|[1-9]\d{0,14})$/
const latin1 = /^[\0-\xff]*$/

/**
 * Packs values one after the other into a record. One that holds only what other objects have too is written as the number of a shared value;
 * a text that stands in the record already as where it stands.
 */
export class Writer {
  readonly #shared: SharedValues
  readonly #target = { bytes: Buffer.allocUnsafeSlow(1024), at: 0 }
  readonly #own = new Map<string, number>()
  #slot = 0

  constructor(shared: SharedValues) {
    this.#shared = shared
  }

  /** The record so far, until the next `begin`. */
  get written(): Buffer {
    return this.#target.bytes.subarray(0, this.#target.at)
  }

  /** Begins the record of the object in `slot`. */
  begin(slot: number): void {
    this.#target.at = 0
    this.#own.clear()
    this.#slot = slot
  }

  /** A text that is a number, and no other object's. */
  version(text: string): void {
    if (!decimal.test(text)) return void this.value(text)
    this.#room(12)
    this.#byte(DECIMAL)
    writeVarint(this.#target, Number(text))
  }

  /** Plain JSON, or undefined. Returns whether it holds nothing that is this object's own. */
  value(value: unknown): boolean {
    if (typeof value === 'string') return this.#text(value)
    if (typeof value === 'object' && value !== null) return this.#members(value)
    this.#room(16)
    if (typeof value === 'number') this.#number(value)
    else this.#byte(value === undefined ? UNDEFINED : value === null ? NULL : value === true ? TRUE : FALSE)
    return true
  }

  #members(value: object): boolean {
    const { at } = this.#target
    this.#room(16)
    let shareable = true
    const list = Array.isArray(value) ? (value as unknown[]) : Object.values(value)
    if (Array.isArray(value)) {
      this.#byte(ARRAY)
      writeVarint(this.#target, list.length)
    } else {
      this.#byte(OBJECT)
      shareable = this.#keys(Object.keys(value))
    }
    for (const member of list) shareable = this.value(member) && shareable
    if (shareable) this.#shareFrom(at)
    return shareable
  }

  /** Most objects have the keys of another. */
  #keys(keys: readonly string[]): boolean {
    const joined = keys.join('\0')
    let id = this.#shared.idOfKeys(joined, keys.length)
    if (id === undefined && this.#shared.sighted(hashOf(joined), this.#slot)) id = this.#shared.addKeys(joined, keys)
    if (id === undefined) return this.#members(keys)
    this.#reference(id)
    return true
  }

  /** Puts the number of the shared value in the place of what was written since, where there is one or it is time for one. */
  #shareFrom(start: number): void {
    const { bytes, at } = this.#target
    if (at - start < 3) return
    const code = bytes.toString('latin1', start, at)
    let id = this.#shared.idOfCode(code)
    if (id === undefined && this.#shared.sighted(hashOf(code), this.#slot)) id = this.#shared.addCode(code)
    if (id === undefined) return
    this.#target.at = start
    this.#reference(id)
  }

  #text(text: string): boolean {
    const target = this.#target
    this.#room(2 * text.length + 16)
    const known = this.#shared.idOfText(text)
    if (known !== undefined) {
      this.#reference(known)
      return true
    }
    const start = target.at++
    if (writeUUID(target, text)) return this.#leaf(UUID, text, start)
    const seconds = secondsOf(text)
    if (seconds !== undefined) {
      target.at = target.bytes.writeUInt32LE(seconds, target.at)
      return this.#leaf(TIME, text, start)
    }
    if (this.#own.has(text) || !this.#shared.sighted(hashOf(text), this.#slot)) return this.#leaf(this.#ownText(text), text, start)
    target.at = start
    this.#reference(this.#shared.addText(text))
    return true
  }

  /** Writes the text after its tag, which is returned. */
  #ownText(text: string): number {
    const target = this.#target
    const numbers = addressOf(text)
    if (numbers !== undefined) {
      for (const number of numbers) this.#byte(number)
      return IPV4
    }
    if (writeSixBits(target, text)) return SIX_BITS
    const encoding = latin1.test(text) ? 'latin1' : 'utf16le'
    const length = encoding === 'latin1' ? text.length : text.length * 2
    writeVarint(target, length)
    target.at += target.bytes.write(text, target.at, length, encoding)
    return encoding === 'latin1' ? LATIN1 : UTF16
  }

  /** Ends a text of the object's own: a second time it is shorter to say where it stands. */
  #leaf(tag: number, text: string, start: number): false {
    const target = this.#target
    target.bytes[start] = tag
    const before = this.#own.get(text)
    if (before === undefined) this.#own.set(text, start)
    else if (target.at - start > 3) {
      target.bytes[start] = BACK
      target.at = start + 1
      writeVarint(target, before)
    }
    return false
  }

  #number(value: number): void {
    if (!Number.isSafeInteger(value) || value < 0 || Object.is(value, -0)) {
      this.#byte(DOUBLE)
      this.#target.at = this.#target.bytes.writeDoubleLE(value, this.#target.at)
    } else if (value < SHARED - SMALL) this.#byte(SMALL + value)
    else {
      this.#byte(INTEGER)
      writeVarint(this.#target, value)
    }
  }

  #reference(id: number): void {
    if (id < SHARED_COUNT) return this.#byte(SHARED + id)
    const near = id - SHARED_COUNT
    if (near < SHARED_NEAR_COUNT) {
      this.#byte(SHARED_NEAR + (near >> 8))
      return this.#byte(near & 255)
    }
    this.#byte(SHARED_FAR)
    writeVarint(this.#target, near - SHARED_NEAR_COUNT)
  }

  #byte(value: number): void {
    this.#target.bytes[this.#target.at++] = value
  }

  #room(bytes: number): void {
    const target = this.#target
    const needed = target.at + bytes + LONGEST_REFERENCE
    if (needed <= target.bytes.length) return
    const larger = Buffer.allocUnsafeSlow(2 * needed)
    target.bytes.copy(larger, 0, 0, target.at)
    target.bytes = larger
  }
}
