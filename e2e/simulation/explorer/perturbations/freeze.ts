import type { Interposer } from '../interposer.ts'
import { isEvent, rewriteWatches } from '../watched.ts'
import type { PerturbationOf } from './perturbation-of.ts'

/** Watches of a resource show nothing after an event, bookmarks neither, and then everything that came meanwhile. */
export const freeze = ({ resource, event, ms }: PerturbationOf<'freeze'>): Interposer => ({ clock, lastsUntil }) => {
  let seen = 0
  let until = 0
  return (transport) => rewriteWatches(transport, (each) => each === resource, async function* (lines, { signal }) {
    for (let line = await lines.next(); line.done !== true; line = await lines.next()) {
      while (clock.now() < until) await clock.sleep(until - clock.now(), signal)
      yield line.value
      if (!isEvent(line.value) || ++seen !== event) continue
      until = clock.now() + ms
      lastsUntil(until)
    }
  })
}
