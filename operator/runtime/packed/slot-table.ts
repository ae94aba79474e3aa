const FULL = 0.85
const GROWTH = 1.3
const SMALLEST = 16

/** Slots by hash, several under one where it comes to that. Eight bytes a place. */
export class SlotTable {
  #hashes = new Int32Array(SMALLEST)
  /** Slot + 1; 0 where the place is free. */
  #slots = new Int32Array(SMALLEST)
  #size = 0

  get size(): number {
    return this.#size
  }

  add(hash: number, slot: number): void {
    if (this.#size + 1 > this.#slots.length * FULL) this.#grow()
    this.#put(hash, slot)
    this.#size++
  }

  /** The first slot under `hash` that `accepts`; undefined where there is none. */
  find(hash: number, accepts: (slot: number) => boolean): number | undefined {
    for (let place = this.#home(hash); this.#slots[place] !== 0; place = this.#after(place)) {
      const slot = (this.#slots[place] as number) - 1
      if (this.#hashes[place] === hash && accepts(slot)) return slot
    }
    return undefined
  }

  /** Takes one entry out. Returns whether it was there. */
  delete(hash: number, slot: number): boolean {
    let place = this.#home(hash)
    while (this.#slots[place] !== slot + 1 || this.#hashes[place] !== hash) {
      if (this.#slots[place] === 0) return false
      place = this.#after(place)
    }
    this.#close(place)
    this.#size--
    return true
  }

  /** Moves up what stands after a gap and could have stood in it, so that no search ends too early. */
  #close(place: number): void {
    let gap = place
    for (let next = this.#after(gap); this.#slots[next] !== 0; next = this.#after(next)) {
      const home = this.#home(this.#hashes[next] as number)
      const isBetween = gap <= next ? gap < home && home <= next : gap < home || home <= next
      if (isBetween) continue
      this.#hashes[gap] = this.#hashes[next] as number
      this.#slots[gap] = this.#slots[next] as number
      gap = next
    }
    this.#slots[gap] = 0
  }

  #put(hash: number, slot: number): void {
    let place = this.#home(hash)
    while (this.#slots[place] !== 0) place = this.#after(place)
    this.#hashes[place] = hash
    this.#slots[place] = slot + 1
  }

  #grow(): void {
    const [hashes, slots] = [this.#hashes, this.#slots]
    const length = Math.ceil(slots.length * GROWTH)
    this.#hashes = new Int32Array(length)
    this.#slots = new Int32Array(length)
    for (const [place, slot] of slots.entries()) if (slot !== 0) this.#put(hashes[place] as number, slot - 1)
  }

  #home(hash: number): number {
    return Math.floor(((hash >>> 0) / 2 ** 32) * this.#slots.length)
  }

  #after(place: number): number {
    return place + 1 === this.#slots.length ? 0 : place + 1
  }
}
