import { hashOf } from './hash.ts'
import { SlotTable } from './slot-table.ts'

/**
 * A set of texts of which it keeps 62 bits each: a dozen bytes in place of a hundred. It is for texts that nobody can choose, and for what does no
 * lasting harm where two are taken for one, which of all pairs one in 2^62 is.
 */
export class TextSet {
  readonly #hashes = new SlotTable()

  get size(): number {
    return this.#hashes.size
  }

  add(text: string): void {
    if (!this.has(text)) this.#hashes.add(hashOf(text), otherHashOf(text))
  }

  has(text: string): boolean {
    const other = otherHashOf(text)
    return this.#hashes.find(hashOf(text), found => found === other) !== undefined
  }
}

/** From another start, so that texts whose first hashes are the same have others here. Not negative, and one more is still 32 bits. */
const otherHashOf = (text: string): number => (hashOf(`.${text}`) >>> 1) & 0x7ffffffe
