import type { Clock } from './clock.ts'

/**
 * A clock that stands still until it is told. Timers fire in the order of their time, then of their creation, so that the same
 * history always plays the same way. For tests and simulations.
 */
export class FakeClock implements Clock {
  #now: number
  #sequence = 0
  /** A binary heap by due time, then by sequence. */
  readonly #heap: Timer[] = []

  /** @param start - milliseconds since the epoch. */
  constructor(start = Date.UTC(2026, 0, 1)) {
    this.#now = start
  }

  readonly now = (): number => this.#now

  readonly after = (ms: number, callback: () => void): (() => void) => {
    const timer: Timer = { due: this.#now + Math.max(0, ms), sequence: this.#sequence++, callback }
    this.#push(timer)
    return () => {
      timer.callback = undefined
    }
  }

  readonly sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason as Error)
      const onAbort = () => {
        cancel()
        reject(signal?.reason as Error)
      }
      const cancel = this.after(ms, () => {
        signal?.removeEventListener('abort', onAbort)
        resolve()
      })
      signal?.addEventListener('abort', onAbort, { once: true })
    })

  /** When the next timer fires, in milliseconds since the epoch. */
  get next(): number | undefined {
    while (this.#heap[0] !== undefined && this.#heap[0].callback === undefined) this.#pop()
    return this.#heap[0]?.due
  }

  /** Lets `ms` milliseconds pass: fires what falls due and lets its consequences happen before the next timer. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms
    await settle()
    for (let due = this.next; due !== undefined && due <= end; due = this.next) {
      this.#fire(due)
      await settle()
    }
    this.#now = Math.max(this.#now, end)
  }

  /** Sets the clock forward at once, as when a machine was suspended: what fell due meanwhile fires late, once. */
  async jump(ms: number): Promise<void> {
    this.leap(ms)
    await this.advance(0)
  }

  /** The same from within what the clock lets happen: what fell due meanwhile fires when time goes on. */
  leap(ms: number): void {
    this.#now += ms
  }

  /**
   * Lets time pass, timer by timer, until `done` holds.
   * @param limit - milliseconds of this clock after which it gives up and throws.
   */
  async runUntil(done: () => boolean, limit = 3_600_000): Promise<void> {
    const end = this.#now + limit
    await settle()
    while (!done()) {
      const due = this.next
      if (due === undefined) throw new Error('nothing is left to happen, and what was waited for did not')
      if (due > end) throw new Error(`what was waited for did not happen in ${limit} ms`)
      this.#fire(due)
      await settle()
    }
  }

  #fire(due: number): void {
    const timer = this.#pop()
    this.#now = Math.max(this.#now, due)
    timer?.callback?.()
  }

  #push(timer: Timer): void {
    const heap = this.#heap
    let at = heap.push(timer) - 1
    for (let parent = (at - 1) >> 1; at > 0 && before(timer, heap[parent] as Timer); parent = (at - 1) >> 1) {
      heap[at] = heap[parent] as Timer
      at = parent
    }
    heap[at] = timer
  }

  #pop(): Timer | undefined {
    const heap = this.#heap
    const top = heap[0]
    const last = heap.pop()
    if (last === undefined || heap.length === 0) return top
    let at = 0
    for (let child = 1; child < heap.length; child = 2 * at + 1) {
      if (child + 1 < heap.length && before(heap[child + 1] as Timer, heap[child] as Timer)) child++
      if (!before(heap[child] as Timer, last)) break
      heap[at] = heap[child] as Timer
      at = child
    }
    heap[at] = last
    return top
  }
}

/** Lets everything that is ready to run do so: promises, and what they start. */
export const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve))
}

type Timer = { due: number; sequence: number; callback: (() => void) | undefined }

const before = (a: Timer, b: Timer): boolean => a.due < b.due || (a.due === b.due && a.sequence < b.sequence)
