import type { Clock } from './clock.ts'
import { splitKey } from './key.ts'

export type QueueMetrics = {
  added: () => void
  depth: (depth: number) => void
  /** Milliseconds from being added to being taken. */
  waited: (ms: number) => void
  /** Milliseconds from being taken to done. */
  worked: (ms: number) => void
  retried: () => void
}

export type QueueOptions = {
  clock: Clock
  metrics?: QueueMetrics
  /** Milliseconds after the first failure of a key; doubles with each further one. */
  firstDelay?: number
  /** Milliseconds that a key waits at most after failures. */
  longestDelay?: number
  /** Retries a second over all keys, and how many may come at once. */
  retriesPerSecond?: number
  burst?: number
  /** Keys of one namespace that are worked on at a time; any number when left out. Workers beyond are there for the others. */
  share?: number
}

const DAY = 86_400_000
/** Milliseconds: what was away for an hour should not be waited for much longer than it was. */
const longest = 300_000

/**
 * Keys to work on, with client-go's promises: a key that is added while it waits is one piece of work; a key that is added while it is
 * worked on is worked on again afterwards; never twice at once. Namespaces take turns, and none has all the workers, so that one tenant's thousands
 * of keys do not hold up another's one.
 */
export class WorkQueue {
  /** Keys that need work, whether they wait in a line or for their present worker. Value: when they were added. */
  readonly #dirty = new Map<string, number>()
  readonly #processing = new Map<string, number>()
  /** Keys that are worked on, by namespace. */
  readonly #working = new Map<string, number>()
  /** Lines by namespace; a Map keeps whose turn it is by its order. */
  readonly #lines = new Map<string, Set<string>>()
  readonly #delayed = new Map<string, { due: number; cancel: () => void }>()
  readonly #failures = new Map<string, number>()
  /** Keys whose last pass failed. */
  readonly #failed = new Set<string>()
  readonly #waiters: ((key: string | undefined) => void)[] = []
  readonly #bucket: TokenBucket
  readonly #options: QueueOptions
  readonly #clock: Clock
  #depth = 0
  #stopped = false

  constructor(options: QueueOptions) {
    this.#options = options
    this.#clock = options.clock
    this.#bucket = new TokenBucket(options.clock, options.retriesPerSecond ?? 50, options.burst ?? 500)
  }

  /** Keys waiting for a worker, delayed ones not counted. */
  get length(): number {
    return this.#depth
  }

  /** Nothing waits and nothing is worked on. Keys that wait for their time do not count. */
  get idle(): boolean {
    return this.#dirty.size === 0 && this.#processing.size === 0
  }

  /** Keys that wait for their time. */
  get delayed(): number {
    return this.#delayed.size
  }

  /** Milliseconds since the epoch at which each running key was taken, for metrics. */
  get running(): Iterable<number> {
    return this.#processing.values()
  }

  add(key: string): void {
    if (this.#stopped || this.#dirty.has(key)) return
    this.#options.metrics?.added()
    this.#dirty.set(key, this.#clock.now())
    if (!this.#processing.has(key)) this.#enqueue(key)
  }

  /** Adds the key after `ms` milliseconds; of two delays the shorter one counts. */
  addAfter(key: string, ms: number): void {
    if (this.#stopped) return
    if (ms <= 0) return this.add(key)
    // A machine's timers overflow at 24.8 days; looking once too often does no harm.
    const wait = Math.min(ms, DAY)
    const due = this.#clock.now() + wait
    const present = this.#delayed.get(key)
    if (present !== undefined && present.due <= due) return
    present?.cancel()
    const cancel = this.#clock.after(wait, () => {
      this.#delayed.delete(key)
      this.add(key)
    })
    this.#delayed.set(key, { due, cancel })
  }

  /** The key failed: adds it after its back-off, when the bucket of all retries allows it, but not before `atLeast` milliseconds. */
  addRateLimited(key: string, atLeast = 0): void {
    this.#failed.add(key)
    this.addAfter(key, Math.max(this.#backoff(key), this.#bucket.take(), atLeast))
  }

  /**
   * The key is well but work is left: adds it after its back-off, whatever other keys do. After failures that starts anew: what was in the way is
   * gone, and what is left may be done in a moment.
   */
  addAgain(key: string): void {
    if (this.#failed.delete(key)) this.#failures.delete(key)
    this.addAfter(key, this.#backoff(key))
  }

  /** Failures, and passes that left work, of the key in a row. */
  failures(key: string): number {
    return this.#failures.get(key) ?? 0
  }

  /** The key is well: its back-off starts anew. */
  forget(key: string): void {
    this.#failures.delete(key)
    this.#failed.delete(key)
  }

  /** The next key to work on; waits for one. Undefined once the queue has stopped. Call `done` afterwards. */
  async take(): Promise<string | undefined> {
    if (this.#stopped) return undefined
    const key = this.#dequeue()
    if (key !== undefined) return this.#start(key)
    return new Promise((resolve) => this.#waiters.push(resolve))
  }

  done(key: string): void {
    const started = this.#processing.get(key)
    if (this.#processing.delete(key)) this.#leave(namespaceOf(key))
    if (started !== undefined) this.#options.metrics?.worked(this.#clock.now() - started)
    if (this.#dirty.has(key) && !this.#stopped) this.#enqueue(key)
    // A namespace that had its share may go on.
    while (this.#waiters.length > 0) {
      const next = this.#dequeue()
      if (next === undefined) return
      this.#waiters.shift()?.(this.#start(next))
    }
  }

  /** Hands out no more keys. What runs goes on until `done`. */
  stop(): void {
    this.#stopped = true
    for (const { cancel } of this.#delayed.values()) cancel()
    this.#delayed.clear()
    this.#dirty.clear()
    this.#lines.clear()
    this.#depth = 0
    for (const resolve of this.#waiters.splice(0)) resolve(undefined)
  }

  #backoff(key: string): number {
    const failures = this.#failures.get(key) ?? 0
    this.#failures.set(key, failures + 1)
    this.#options.metrics?.retried()
    return Math.min((this.#options.firstDelay ?? 5) * 2 ** Math.min(failures, 40), this.#options.longestDelay ?? longest)
  }

  #enqueue(key: string): void {
    const namespace = namespaceOf(key)
    const waiter = this.#isServed(namespace) ? undefined : this.#waiters.shift()
    if (waiter !== undefined) return waiter(this.#start(key))
    const line = this.#lines.get(namespace)
    if (line === undefined) this.#lines.set(namespace, new Set([key]))
    else line.add(key)
    this.#depth++
    this.#options.metrics?.depth(this.#depth)
  }

  #dequeue(): string | undefined {
    for (const [namespace, line] of this.#lines) {
      if (this.#isServed(namespace)) continue
      const [key] = line
      if (key === undefined) return undefined
      line.delete(key)
      this.#lines.delete(namespace)
      if (line.size > 0) this.#lines.set(namespace, line)
      this.#depth--
      this.#options.metrics?.depth(this.#depth)
      return key
    }
    return undefined
  }

  /** Whether a namespace has its share of the workers. */
  #isServed(namespace: string): boolean {
    return (this.#working.get(namespace) ?? 0) >= (this.#options.share ?? Infinity)
  }

  #leave(namespace: string): void {
    const left = (this.#working.get(namespace) ?? 1) - 1
    if (left === 0) this.#working.delete(namespace)
    else this.#working.set(namespace, left)
  }

  #start(key: string): string {
    const now = this.#clock.now()
    this.#options.metrics?.waited(now - (this.#dirty.get(key) ?? now))
    this.#dirty.delete(key)
    this.#processing.set(key, now)
    const namespace = namespaceOf(key)
    this.#working.set(namespace, (this.#working.get(namespace) ?? 0) + 1)
    return key
  }
}

/** '' of what is in none. */
const namespaceOf = (key: string): string => splitKey(key).namespace ?? ''

/** Takes a token now and says in how many milliseconds it may be used. */
class TokenBucket {
  readonly #clock: Clock
  readonly #perMs: number
  readonly #burst: number
  #tokens: number
  #at: number

  constructor(clock: Clock, perSecond: number, burst: number) {
    this.#clock = clock
    this.#perMs = perSecond / 1000
    this.#burst = burst
    this.#tokens = burst
    this.#at = clock.now()
  }

  take(): number {
    const now = this.#clock.now()
    this.#tokens = Math.min(this.#burst, this.#tokens + Math.max(0, now - this.#at) * this.#perMs)
    this.#at = now
    this.#tokens -= 1
    return this.#tokens >= 0 ? 0 : -this.#tokens / this.#perMs
  }
}
