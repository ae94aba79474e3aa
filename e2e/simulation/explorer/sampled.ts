import type { Random } from '../../../operator/runtime/random.ts'

/** The items in an order drawn from `random`. */
export const shuffled = <T>(items: readonly T[], random: Random): T[] => {
  const left = [...items]
  for (let at = left.length - 1; at > 0; at--) {
    const other = Math.floor(random() * (at + 1))
    const [a, b] = [left[at] as T, left[other] as T]
    left[at] = b
    left[other] = a
  }
  return left
}

/** At most `count` of the items, drawn without putting back, in the order that they had. */
export const sampled = <T>(items: readonly T[], count: number, random: Random): readonly T[] => {
  if (items.length <= count) return items
  const chosen = new Set(shuffled(items.map((_, index) => index), random).slice(0, count))
  return items.filter((_, index) => chosen.has(index))
}
