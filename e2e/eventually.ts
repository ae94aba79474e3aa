/**
 * Looks twice a second until what is seen is as hoped, for what no `kubectl wait` can wait for.
 *
 * @param patience - in milliseconds, two minutes unless another is given.
 * @returns what was seen last, which a test then asserts on: so a failure shows what there was instead.
 */
export const eventually = async <T>(look: () => Promise<T>, isAsHoped: (seen: T) => boolean, patience = 120_000): Promise<T> => {
  const end = performance.now() + patience
  for (;;) {
    const seen = await look()
    if (isAsHoped(seen) || performance.now() >= end) return seen
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
}
