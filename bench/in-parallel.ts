/** Calls `work` with 0 to count - 1, at most `width` at a time, and starts no more after `limit` milliseconds. Returns how many were done. */
export const inParallel = async (count: number, width: number, limit: number, work: (index: number) => Promise<unknown>): Promise<number> => {
  const end = performance.now() + limit
  let next = 0
  const lane = async () => {
    while (next < count && performance.now() < end) await work(next++)
  }
  await Promise.all(Array.from({ length: width }, lane))
  return next
}
