/** Runs work as soon as there is room for it, the first that asked first. */
export type Gate = <T>(work: () => Promise<T>) => Promise<T>

/** A gate that lets `width` pieces of work be under way at a time. */
export const createGate = (width: number): Gate => {
  const waiting: (() => void)[] = []
  let free = width
  const enter = (): Promise<void> | undefined => {
    if (free === 0) return new Promise((resolve) => waiting.push(resolve))
    free--
    return undefined
  }
  const leave = () => {
    const next = waiting.shift()
    if (next === undefined) free++
    else next()
  }
  return async (work) => {
    await enter()
    try {
      return await work()
    } finally {
      leave()
    }
  }
}
