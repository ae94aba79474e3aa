import type { Log } from '../../operator/runtime/log.ts'

/** Work beside the queues: downloads, machines that boot. One task at a time per key. */
export type Background = {
  run: (key: string, task: (signal: AbortSignal) => Promise<void>) => void
  idle: () => boolean
  /** Aborts every task and waits for it. */
  stop: () => Promise<void>
}

export const createBackground = (log: Log): Background => {
  const tasks = new Map<string, Promise<void>>()
  const ending = new AbortController()
  return {
    run: (key, task) => {
      if (tasks.has(key) || ending.signal.aborted) return
      const running = task(ending.signal)
        .catch((error: unknown) => {
          if (!ending.signal.aborted) log.warn({ err: error, task: key }, 'a background task failed')
        })
        .finally(() => tasks.delete(key))
      tasks.set(key, running)
    },
    idle: () => tasks.size === 0,
    stop: async () => {
      ending.abort(new Error('stopped'))
      await Promise.all(tasks.values())
    },
  }
}
