import { hashOf } from './hash.ts'
import { SlotTable } from './slot-table.ts'

/**
 * Slots by the text that they are found under. A text that only one slot has costs eight bytes and is not kept; one that several have is kept once.
 * @param has - whether the object that is in a slot now is to be found under a text.
 */
export class SlotIndex {
  readonly #single = new SlotTable()
  readonly #many = new Map<string, number[]>()
  readonly #has: (slot: number, text: string) => boolean

  constructor(has: (slot: number, text: string) => boolean) {
    this.#has = has
  }

  /** The object is in its slot already, and not yet found there under the text. */
  add(text: string, slot: number): void {
    const bag = this.#many.get(text)
    if (bag !== undefined) return void bag.push(slot)
    const hash = hashOf(text)
    const other = this.#single.find(hash, found => this.#has(found, text))
    if (other === undefined) return this.#single.add(hash, slot)
    this.#single.delete(hash, other)
    this.#many.set(text, [other, slot])
  }

  delete(text: string, slot: number): void {
    const bag = this.#many.get(text)
    if (bag === undefined) return void this.#single.delete(hashOf(text), slot)
    const place = bag.indexOf(slot)
    if (place >= 0) bag.splice(place, 1)
    if (bag.length === 0) this.#many.delete(text)
  }

  /** How many slots are found under the text. */
  count(text: string): number {
    return this.#many.get(text)?.length ?? (this.#one(text) === undefined ? 0 : 1)
  }

  /** The slots found under the text, in the order in which they were added. Good until the next change. */
  slots(text: string): readonly number[] {
    const bag = this.#many.get(text)
    if (bag !== undefined) return bag
    const slot = this.#one(text)
    return slot === undefined ? [] : [slot]
  }

  #one(text: string): number | undefined {
    return this.#single.find(hashOf(text), slot => this.#has(slot, text))
  }
}
