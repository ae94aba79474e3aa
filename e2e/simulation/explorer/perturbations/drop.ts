import type { Interposer } from '../interposer.ts'
import { blindFrom } from './blindness.ts'
import type { PerturbationOf } from './perturbation-of.ts'

/** Milliseconds after which the state that an event told of is no longer an intermediate one: then it is seen, late. */
export const PATIENCE = 30_000

/** One event is never delivered: the watch breaks, and the list that follows shows the object as it is after its next one. */
export const drop = ({ resource, event }: PerturbationOf<'drop'>): Interposer => ({ clock, lastsUntil }) =>
  blindFrom({
    clock, resource, event,
    begin: ({ metadata }) => {
      const { promise, resolve } = Promise.withResolvers<void>()
      lastsUntil(clock.now() + PATIENCE)
      const cancel = clock.after(PATIENCE, resolve)
      const over = promise.then(() => {
        cancel()
        lastsUntil(clock.now())
      })
      const isIt = (other: typeof metadata) => other.name === metadata.name && other.namespace === metadata.namespace
      return { over, meet: (object) => (isIt(object.metadata) ? resolve() : undefined) }
    },
  })
