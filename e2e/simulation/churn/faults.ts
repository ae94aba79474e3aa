import type { FakeClock } from '../../../operator/runtime/fake-clock.ts'
import type { Random } from '../../../operator/runtime/random.ts'
import type { ApiResponse, Transport } from '../../../operator/runtime/transport.ts'
import { isCountedWrite } from '../explorer/interposer.ts'
import { failure } from '../explorer/perturbations/answer.ts'
import { isEvent, rewriteWatches } from '../explorer/watched.ts'

/** Of a thousand writes, and of a thousand events that a watch brings, so many meet each of these. */
const perThousand = { refused: 20, unanswered: 15, death: 8, cut: 8, frozen: 4 }

/** How long a watch shows nothing when it freezes, in milliseconds. */
const frozenFor = 20_000

export type FaultsOptions = {
  /** Undefined as long as there is no world. */
  clock: () => FakeClock | undefined
  random: Random
  /** Ends the process behind the transport as SIGKILL would. */
  die: () => void
}

export type Faults = {
  wrap: (transport: Transport) => Transport
  /** Nothing goes wrong before, */
  begin: () => void
  /** nor after. */
  end: () => void
  /** How often what went wrong. */
  readonly counts: Readonly<Record<keyof typeof perThousand, number>>
}

/** What goes wrong between an operator and its API server, drawn from `random`: errors before and after a write, deaths, broken watches. */
export const createFaults = ({ clock, random, die }: FaultsOptions): Faults => {
  const counts = { refused: 0, unanswered: 0, death: 0, cut: 0, frozen: 0 }
  let on = false
  const strikes = (...kinds: readonly (keyof typeof perThousand)[]): keyof typeof perThousand | undefined => {
    let drawn = on ? random() * 1000 : 1000
    const struck = kinds.find((kind) => (drawn -= perThousand[kind]) < 0)
    if (struck !== undefined) counts[struck] += 1
    return struck
  }
  return {
    counts,
    begin: () => void (on = true),
    end: () => void (on = false),
    wrap: (transport) => cutting(withErrors(transport, strikes, { clock, random, die }), () => strikes('cut', 'frozen'), clock),
  }
}

const withErrors = (
  transport: Transport, strikes: (...kinds: readonly ('refused' | 'unanswered' | 'death')[]) => string | undefined, { random, die }: FaultsOptions,
): Transport => ({
  ...transport,
  request: async (request) => {
    const struck = isCountedWrite(request) ? strikes('refused', 'unanswered', 'death') : undefined
    if (struck === 'refused') return refusal(random)
    if (struck === undefined || struck === 'unanswered' || random() < 0.5) {
      const answer = await transport.request(request)
      if (struck === undefined) return answer
    }
    if (struck === 'death') {
      die()
      return new Promise(() => {})
    }
    return failure(random() < 0.5 ? 500 : 504, undefined)
  },
})

const refusal = (random: Random): ApiResponse => {
  const status = ([409, 429, 500, 504] as const)[Math.floor(random() * 4)] ?? 409
  return failure(status, status === 429 ? 3 : undefined)
}

const cutting = (transport: Transport, strikes: () => string | undefined, clock: FaultsOptions['clock']): Transport =>
  rewriteWatches(transport, () => true, async function* (lines, { signal }) {
    for (let line = await lines.next(); line.done !== true; line = await lines.next()) {
      const struck = isEvent(line.value) ? strikes() : undefined
      if (struck === 'cut') {
        yield line.value.slice(0, line.value.length / 2)
        return
      }
      if (struck === 'frozen') await clock()?.sleep(frozenFor, signal)
      yield line.value
    }
  })
