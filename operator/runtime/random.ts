/** A number in [0, 1). */
export type Random = () => number

/** The same seed gives the same numbers for ever, so that a simulation replays exactly (mulberry32). */
export const seededRandom = (seed: number): Random => {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** Eight hexadecimal digits from `random`: they name things in logs, never a secret. */
export const eightDigits = (random: Random): string => Math.floor(random() * 2 ** 32).toString(16).padStart(8, '0')
