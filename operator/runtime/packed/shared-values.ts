import { readValue, skipTag } from './reader.ts'
import type { Cursor } from './reader.ts'

/** Texts remembered as seen once, at most. */
const SIGHTINGS = 4096

/** A value that many objects have: its text, or a frozen list or object. */
type Shared = { value: unknown; count: number } & ({ text: string } | { keys: string } | { code: string })

/**
 * What objects of one kind have in common is kept once and named by a number: texts, and whole lists and objects that hold nothing of their own.
 * A value becomes shared when a second object has it, and is dropped with the last record that names it.
 */
export class SharedValues {
  readonly #values: (Shared | undefined)[] = []
  readonly #texts = new Map<string, number>()
  readonly #keys = new Map<string, number>()
  readonly #codes = new Map<string, number>()
  readonly #free: number[] = []
  #sighted: { hashes: Int32Array; slots: Int32Array } | undefined

  /** For `readValue`. */
  readonly valueOf = (id: number): unknown => this.#values[id]?.value

  idOfText(text: string): number | undefined {
    return this.#texts.get(text)
  }

  /** @param joined - `count` keys of an object, in their order, joined by NUL. */
  idOfKeys(joined: string, count: number): number | undefined {
    const id = this.#keys.get(joined)
    return id !== undefined && (this.valueOf(id) as readonly string[]).length === count ? id : undefined
  }

  idOfCode(code: string): number | undefined {
    return this.#codes.get(code)
  }

  /** Notes that the object in `slot` has what hashes so. Returns whether another object had it lately. */
  sighted(hash: number, slot: number): boolean {
    const { hashes, slots } = this.#sighted ??= { hashes: new Int32Array(SIGHTINGS), slots: new Int32Array(SIGHTINGS).fill(-1) }
    const place = hash & (SIGHTINGS - 1)
    const other = slots[place]
    const found = hashes[place] === hash && other !== slot && other !== -1
    hashes[place] = hash
    slots[place] = slot
    return found
  }

  addText(text: string): number {
    const id = this.#add({ value: text, count: 0, text })
    this.#texts.set(text, id)
    return id
  }

  /** Undefined where a key holds NUL itself, so that joined it could be taken for others. */
  addKeys(joined: string, keys: readonly string[]): number | undefined {
    if (joined.split('\0').length !== keys.length) return undefined
    const id = this.#add({ value: Object.freeze([...keys]), count: 0, keys: joined })
    this.#keys.set(joined, id)
    return id
  }

  /** @param code - the packed value, a character a byte; it names nothing but shared values. */
  addCode(code: string): number {
    const bytes = Buffer.from(code, 'latin1')
    const value = deepFrozen(readValue({ bytes, start: 0, at: 0 }, this.valueOf))
    this.retain({ bytes, start: 0, at: 0 }, bytes.length)
    const id = this.#add({ value, count: 0, code })
    this.#codes.set(code, id)
    return id
  }

  /** Counts every shared value that the packed values up to `end` name. */
  retain(cursor: Cursor, end: number): void {
    while (cursor.at < end) {
      const shared = this.#values[skipTag(cursor)]
      if (shared !== undefined) shared.count++
    }
  }

  /** Takes the counts back, and drops what nothing names any more. */
  release(cursor: Cursor, end: number): void {
    while (cursor.at < end) {
      const id = skipTag(cursor)
      const shared = this.#values[id]
      if (shared === undefined || --shared.count > 0) continue
      this.#values[id] = undefined
      this.#free.push(id)
      if ('text' in shared) this.#texts.delete(shared.text)
      else if ('keys' in shared) this.#keys.delete(shared.keys)
      else {
        this.#codes.delete(shared.code)
        const bytes = Buffer.from(shared.code, 'latin1')
        this.release({ bytes, start: 0, at: 0 }, bytes.length)
      }
    }
  }

  /** Shared values. */
  get size(): number {
    return this.#values.length - this.#free.length
  }

  #add(shared: Shared): number {
    const id = this.#free.pop() ?? this.#values.length
    this.#values[id] = shared
    return id
  }
}

const deepFrozen = (value: unknown): unknown => {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  for (const member of Object.values(value)) deepFrozen(member)
  return Object.freeze(value)
}
