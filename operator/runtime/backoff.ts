import type { Random } from './random.ts'

export type Backoff = {
  /** Milliseconds to wait before the next try; grows with every call until `reset`. */
  next: () => number
  reset: () => void
}

/** Exponential back-off with up to 100 % jitter, as client-go's reflector has it: 0.8–1.6 s first, 30–60 s at most. */
export const createBackoff = (random: Random, first = 800, most = 30_000): Backoff => {
  let step = first
  return {
    next: () => {
      const delay = step * (1 + random())
      step = Math.min(step * 2, most)
      return delay
    },
    reset: () => {
      step = first
    },
  }
}
