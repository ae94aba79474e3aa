import type { Transport } from '../../../../operator/runtime/transport.ts'
import type { Interposer } from '../interposer.ts'
import { isCountedWrite } from '../interposer.ts'
import { rewriteWatches } from '../watched.ts'
import type { PerturbationOf } from './perturbation-of.ts'

/**
 * The process that sends a write stands still at it: nothing leaves it, its Lease's renewals neither, and nothing reaches it. Another one waits for
 * the Lease and takes it. Then the first goes on where it stood, with that write. Both must elect: start the first so.
 */
export const pause = ({ write, ms }: PerturbationOf<'pause'>): Interposer => ({ clock, startSecond, lastsUntil }) => {
  let writes = 0
  return (transport) => {
    const still = { until: 0 }
    const stand = async (signal?: AbortSignal) => {
      while (clock.now() < still.until) await clock.sleep(still.until - clock.now(), signal)
    }
    const own: Transport = rewriteWatches(transport, () => true, async function* (lines, { signal }) {
      for (let line = await lines.next(); line.done !== true; line = await lines.next()) {
        await stand(signal)
        yield line.value
      }
    })
    return {
      ...own,
      request: async (request) => {
        if (isCountedWrite(request) && ++writes === write) {
          still.until = clock.now() + ms
          lastsUntil(still.until)
          startSecond()
        }
        await stand()
        return transport.request(request)
      },
    }
  }
}
