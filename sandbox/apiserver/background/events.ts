import type { Core } from '../core.ts'
import type { Storage } from '../storage.ts'

/** How long events are kept after their last change, in milliseconds: a real server's default. */
export const eventLifetime = 3_600_000

/** Deletes events that are too old. One timer, for the oldest: every event has the same time to live. Returns the stop. */
export const expireEvents = ({ storage, clock }: Core): (() => void) => {
  const deadlines = new Map<string, number>()
  let cancel: (() => void) | undefined

  const arm = () => {
    const [next] = deadlines.values()
    if (next === undefined || cancel !== undefined) return
    cancel = clock.after(Math.max(0, next - clock.now()), () => {
      cancel = undefined
      sweep()
      arm()
    })
  }

  const sweep = () => {
    for (const [key, deadline] of deadlines) {
      if (deadline > clock.now()) return
      deadlines.delete(key)
      const event = storage.get('/events', key)
      if (event !== undefined) storage.remove('/events', key, event)
    }
  }

  const remember = (key: string, deadline: number) => {
    // Taken out first, so that the order stays the order of deadlines.
    deadlines.delete(key)
    deadlines.set(key, deadline)
    arm()
  }

  for (const [key, deadline] of storedDeadlines(storage, clock.now())) remember(key, deadline)
  const unsubscribe = storage.subscribe(({ bucket, key, type }) => {
    if (bucket !== '/events') return
    if (type === 'DELETED') deadlines.delete(key)
    else remember(key, clock.now() + eventLifetime)
  })
  return () => {
    unsubscribe()
    cancel?.()
  }
}

/** Deadlines of the events that a restarted server finds, in order. */
const storedDeadlines = (storage: Storage, now: number): [key: string, deadline: number][] =>
  [...storage.list('/events', '').entries]
    .map(([key, event]): [string, number] => {
      const changed = Date.parse(String(event['lastTimestamp'] ?? event.metadata['creationTimestamp']))
      return [key, (Number.isNaN(changed) ? now : changed) + eventLifetime]
    })
    .sort(([, a], [, b]) => a - b)
