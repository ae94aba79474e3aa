const SLAB = 65_536
/** Slot and length of a record, before its bytes. */
const HEAD = 8
/** A slab of which less than this is in use is emptied. */
const SPARSE = 0.75

type Slab = { bytes: Buffer; used: number; live: number }

/** Where a record's bytes are. Good until the next `put` or `free`. */
export type Place = { bytes: Buffer; start: number; end: number }

/**
 * Records of any length in large pieces of memory that the garbage collector need not look into. What is freed is won back by moving the records
 * of a sparse piece together, so that at most a quarter stays unused.
 * @param moved - told the new address of a record that was moved, by the slot that it was put for.
 * @param isAt - whether the record of a slot is the one at an address, and not an older one.
 */
export class Slabs {
  readonly #slabs: (Slab | undefined)[] = []
  readonly #free: number[] = []
  readonly #moved: (slot: number, address: number) => void
  readonly #isAt: (slot: number, address: number) => boolean
  #current = -1
  /** The slab that was full last, until it has been looked at. */
  #retired = -1

  constructor(moved: (slot: number, address: number) => void, isAt: (slot: number, address: number) => boolean) {
    this.#moved = moved
    this.#isAt = isAt
  }

  /** Bytes taken from the system. */
  get reserved(): number {
    return this.#slabs.reduce((sum, slab) => sum + (slab?.bytes.length ?? 0), 0)
  }

  /** Keeps a copy of `record` and returns its address. */
  put(slot: number, record: Buffer): number {
    const size = HEAD + record.length
    const number = this.#slabWith(size)
    const slab = this.#slabs[number] as Slab
    const at = slab.used
    slab.bytes.writeUInt32LE(slot, at)
    slab.bytes.writeUInt32LE(record.length, at + 4)
    record.copy(slab.bytes, at + HEAD)
    slab.used += size
    slab.live += size
    const retired = this.#retired
    this.#retired = -1
    this.#tidy(retired)
    return number * SLAB + at
  }

  at(address: number): Place {
    const { bytes } = this.#slabs[Math.floor(address / SLAB)] as Slab
    const at = address % SLAB
    const start = at + HEAD
    return { bytes, start, end: start + bytes.readUInt32LE(at + 4) }
  }

  /** The record at an address is not needed any more. Its slot must no longer be `isAt` it. */
  free(address: number): void {
    const number = Math.floor(address / SLAB)
    const slab = this.#slabs[number] as Slab
    slab.live -= HEAD + slab.bytes.readUInt32LE((address % SLAB) + 4)
    if (number === this.#current && slab.live === 0) slab.used = 0
    this.#tidy(number)
  }

  /** Moves what is left in a sparse slab to the one in use. */
  #tidy(number: number): void {
    const slab = this.#slabs[number]
    if (slab === undefined || number === this.#current || slab.live >= slab.used * SPARSE) return
    this.#slabs[number] = undefined
    for (let at = 0; at < slab.used;) {
      const slot = slab.bytes.readUInt32LE(at)
      const end = at + HEAD + slab.bytes.readUInt32LE(at + 4)
      if (this.#isAt(slot, number * SLAB + at)) this.#moved(slot, this.put(slot, slab.bytes.subarray(at + HEAD, end)))
      at = end
    }
    this.#free.push(number)
  }

  /** Number of a slab with so much room. A record that is larger than a slab gets one of its own. */
  #slabWith(size: number): number {
    const current = this.#slabs[this.#current]
    if (current !== undefined && current.used + size <= current.bytes.length) return this.#current
    const number = this.#free.pop() ?? this.#slabs.length
    if (number > 65_535) throw new RangeError('a store holds more than 4 GiB')
    this.#slabs[number] = { bytes: Buffer.allocUnsafeSlow(Math.max(SLAB, size)), used: 0, live: 0 }
    if (size > SLAB) return number
    this.#retired = this.#current
    this.#current = number
    return number
  }
}
