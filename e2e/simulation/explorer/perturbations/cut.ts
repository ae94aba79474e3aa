import type { Interposer } from '../interposer.ts'
import { isEvent, rewriteWatches } from '../watched.ts'
import type { PerturbationOf } from './perturbation-of.ts'

/** The connection of a watch ends in the middle of an event. */
export const cut = ({ resource, event }: PerturbationOf<'cut'>): Interposer => ({ clock, lastsUntil }) => {
  let seen = 0
  return (transport) => rewriteWatches(transport, (each) => each === resource, async function* (lines) {
    for (let line = await lines.next(); line.done !== true; line = await lines.next()) {
      if (isEvent(line.value) && ++seen === event) {
        lastsUntil(clock.now())
        yield line.value.slice(0, line.value.length / 2)
        return
      }
      yield line.value
    }
  })
}
