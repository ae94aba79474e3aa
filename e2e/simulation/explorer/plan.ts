/**
 * One history to be explored: a scenario, and what goes wrong in it. A plan is plain JSON and says everything that a run depends on, so that it
 * replays exactly.
 */
export type Plan = {
  scenario: string
  seed: number
  perturbations: readonly Perturbation[]
  /** Played from the beginning even if it could go on from the moment of the reference in which its first crash strikes. */
  whole?: boolean
}

/** Writes of the operator are counted from 1 in the order in which they are sent; Events and Leases are none. */
export type Perturbation =
  | { kind: 'crash'; write: number; when: 'before' | 'after' }
  /** The operator's watch of a resource (`group/plural`) shows nothing after its n-th event until so many milliseconds have passed. */
  | { kind: 'freeze'; resource: string; event: number; ms: number }
  /** The operator restarts before write n, and its first list of a resource shows an older revision than it had seen. */
  | { kind: 'rewind'; write: number; resource: string; back: number }
  /** The n-th event of a resource is never delivered; the next one of the same object is. */
  | { kind: 'drop'; resource: string; event: number }
  /** The object that the n-th event is about is deleted and made again, with another UID, while the operator's watch is blind to it. */
  | { kind: 'recreate'; resource: string; event: number }
  /** The answer to write n: an error instead of the write, or after it was done. `retryAfter` in seconds. */
  | { kind: 'answer'; write: number; status: 409 | 429 | 500 | 504; when: 'before' | 'after'; retryAfter?: number }
  /** The connection of a watch ends in the middle of the n-th event's text. */
  | { kind: 'cut'; resource: string; event: number }
  /** History is compacted and every watch answers 410 at write n. */
  | { kind: 'compact'; write: number }
  /** At write n the clock jumps so many milliseconds. */
  | { kind: 'jump'; write: number; ms: number }
  /** At write n the process stands still for so long, longer than its Lease; another takes over; then it goes on where it stood. */
  | { kind: 'pause'; write: number; ms: number }
  /** The scenario's manifests and deletions come in another order. */
  | { kind: 'shuffle'; seed: number }
  /** What the operator builds on fails, and recovers after so many milliseconds. */
  | { kind: 'foreign'; failure: 'import' | 'unschedulable' | 'crash-loop' | 'volume' | 'network'; ms: number }
