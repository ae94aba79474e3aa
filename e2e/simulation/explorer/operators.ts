import type { Transport } from '../../../operator/runtime/transport.ts'
import type { Cloud } from '../cloud.ts'
import type { OperatorOptions, OperatorProcess } from '../operator-process.ts'
import { startOperatorProcess } from '../operator-process.ts'
import { steadySilence } from '../steady-watches.ts'
import type { Write } from './history.ts'
import { isCountedWrite } from './interposer.ts'

/** Milliseconds from the death of a process to the start of the next. */
const restartDelay = 1000

export type Operators = {
  start: () => void
  /** Ends all that run; another starts a moment later. */
  crash: () => void
  stop: () => void
  /** How many processes there were. */
  readonly started: number
}

/** How an operator differs from ours: other kinds, or something between it and all that the explorer puts there. */
export type Mutation = Pick<OperatorOptions, 'kinds' | 'wrap'>

export type OperatorsOptions = {
  mutation: Mutation
  cloud: Cloud
  seed: number
  elect: boolean
  /** How many processes there were before. */
  started: number
  /** See `steadyWatches`. */
  steady: boolean
  writes: Write[]
  /** What stands between a process and the server. */
  wrap: (transport: Transport) => Transport
}

/** The processes of one run, each with a name of its own. */
export const createOperators = ({ cloud, seed, elect, steady, writes, wrap, mutation, ...before }: OperatorsOptions): Operators => {
  const { clock, server } = cloud
  const running: OperatorProcess[] = []
  let { started } = before
  const start = () => {
    const identity = `operator-${++started}`
    running.push(startOperatorProcess(server, clock, {
      identity, elect, seed: seed + started, ...steady ? { silence: steadySilence } : {},
      ...mutation.kinds === undefined ? {} : { kinds: mutation.kinds },
      wrap: (transport) => (mutation.wrap ?? ((each) => each))(wrap(recorded(transport, cloud, identity, writes))),
    }))
  }
  const stop = () => {
    for (const each of running.splice(0)) each.crash()
  }
  return {
    start,
    stop,
    crash: () => {
      stop()
      clock.after(restartDelay, start)
    },
    get started() {
      return started
    },
  }
}

/** Next to the server, so that it sees what is really done. */
const recorded = (transport: Transport, { clock, server }: Cloud, process: string, writes: Write[]): Transport => ({
  ...transport,
  request: async (request) => {
    if (!isCountedWrite(request)) return transport.request(request)
    const { method, path, query = {}, contentType = 'application/json', body } = request
    const write: Write = { time: clock.now(), revision: server.revision, process, method, path, query, contentType, body, status: 0 }
    writes.push(write)
    const answer = await transport.request(request)
    write.status = answer.status
    return answer
  },
})
