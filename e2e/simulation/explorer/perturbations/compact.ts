import type { Interposer } from '../interposer.ts'
import { rewriteWatches, tooOld } from '../watched.ts'
import { atWrite } from './at-write.ts'
import type { PerturbationOf } from './perturbation-of.ts'

/** All history is forgotten, and every watch that is open says that it is too far behind. */
export const compact = ({ write }: PerturbationOf<'compact'>): Interposer => ({ server, clock, lastsUntil }) => {
  const { promise: compacted, resolve } = Promise.withResolvers<undefined>()
  let isOver = false
  const atIt = atWrite(write, (request, transport) => {
    isOver = true
    server.compact()
    lastsUntil(clock.now())
    resolve(undefined)
    return transport.request(request)
  })
  return (transport) => atIt(rewriteWatches(transport, () => !isOver, async function* (lines) {
    for (;;) {
      const next = lines.next()
      next.catch(() => {})
      const line = await Promise.race([next, compacted])
      if (line === undefined) yield tooOld()
      if (line === undefined || line.done === true) return
      yield line.value
    }
  }))
}
