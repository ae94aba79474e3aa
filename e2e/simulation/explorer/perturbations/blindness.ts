import type { Clock } from '../../../../operator/runtime/clock.ts'
import type { Transport } from '../../../../operator/runtime/transport.ts'
import type { WatchedObject } from '../watched.ts'
import { isEvent, objectOf, rewriteWatches, tooOld } from '../watched.ts'

/** A stretch of a resource's history that no watch shows. */
export type Blindness = {
  /** Resolves when the stretch is over. */
  over: Promise<void>
  /** Told of every event of the stretch but the first. */
  meet?: (object: WatchedObject) => void
}

export type BlindnessOptions = {
  clock: Clock
  resource: string
  /** With which event of the resource it begins. */
  event: number
  begin: (object: WatchedObject, path: string) => Blindness
}

/**
 * Hides what happens to a resource from its n-th event on, for a while. A watch never leaves out an event and shows a later one; what a reader
 * can miss for good is what happened between a watch that broke and the list that followed. So it is here: every watch of the resource that
 * comes upon the stretch goes silent, and when that is over says that it is too far behind.
 */
export const blindFrom = ({ resource, event, begin }: BlindnessOptions) => {
  let seen = 0
  let first: string | undefined
  let stretch: (Blindness & { ended: boolean }) | undefined
  const start = (object: WatchedObject, path: string) => {
    const begun = { ...begin(object, path), ended: false }
    stretch = begun
    first = object.metadata.resourceVersion
    begun.over.then(() => (begun.ended = true), () => (begun.ended = true))
  }
  return (transport: Transport): Transport => rewriteWatches(transport, (each) => each === resource, async function* (lines, { request }) {
    for (let line = await lines.next(); line.done !== true; line = await lines.next()) {
      if (isEvent(line.value) && ++seen === event) start(objectOf(line.value), request.path)
      const hidden = stretch !== undefined && (!stretch.ended || (isEvent(line.value) && objectOf(line.value).metadata.resourceVersion === first))
      if (!hidden) {
        yield line.value
        continue
      }
      yield* silence(lines, stretch as Blindness)
      yield tooOld()
      return
    }
  })
}

/** Reads on, and shows nothing, until the stretch is over. */
async function* silence(lines: AsyncIterator<string>, { over, meet }: Blindness): AsyncGenerator<string> {
  const end = over.then(() => undefined, () => undefined)
  for (;;) {
    const next = lines.next()
    next.catch(() => {})
    const line = await Promise.race([next, end])
    if (line === undefined || line.done === true) return
    if (isEvent(line.value)) meet?.(objectOf(line.value))
  }
}
