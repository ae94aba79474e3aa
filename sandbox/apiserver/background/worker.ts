import type { Logger } from 'pino'

/** One thing after another, each key at most once in the queue; a failure is tried again when `retry` comes back to it. */
export type Worker = {
  add: (key: string) => void
  /** Resolves when nothing is left to do. */
  idle: () => Promise<void>
  close: () => void
}

/** @param schedule - calls back after a pause: for keys that failed. */
export const createWorker = (
  name: string,
  work: (key: string) => Promise<void>,
  { log, schedule }: { log: Logger | undefined; schedule: (callback: () => void) => () => void },
): Worker => {
  const queue = new Set<string>()
  const retries = new Set<() => void>()
  let running: Promise<void> | undefined
  let closed = false

  const retry = (key: string, error: unknown) => {
    log?.warn({ err: error, key }, `${name} failed and will try again`)
    const cancel = schedule(() => (retries.delete(cancel), add(key)))
    retries.add(cancel)
  }

  const run = async () => {
    // The write that caused this is finished first.
    await Promise.resolve()
    for (const key of queue) {
      if (closed) break
      queue.delete(key)
      await work(key).catch((error: unknown) => retry(key, error))
    }
    running = undefined
  }

  const add = (key: string) => {
    if (closed) return
    queue.add(key)
    running ??= run()
  }

  return {
    add,
    idle: async () => {
      while (running !== undefined) await running
    },
    close: () => {
      closed = true
      queue.clear()
      for (const cancel of retries) cancel()
    },
  }
}
