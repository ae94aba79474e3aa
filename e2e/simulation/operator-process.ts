import { controllers } from '../../operator/controllers.ts'
import type { Registration } from '../../operator/controllers.ts'
import type { Probe, SourceMark } from '../../operator/image-sources/probe.ts'
import { createClient } from '../../operator/runtime/client.ts'
import type { Clock } from '../../operator/runtime/clock.ts'
import { createLeader, leaderTransport } from '../../operator/runtime/leader.ts'
import { silentLog } from '../../operator/runtime/log.ts'
import { seededRandom } from '../../operator/runtime/random.ts'
import type { Runtime } from '../../operator/runtime/runtime.ts'
import { createRuntime } from '../../operator/runtime/runtime.ts'
import type { Transport } from '../../operator/runtime/transport.ts'
import type { OperatorSettings } from '../../operator/settings.ts'
import { inProcessTransport } from '../../sandbox/apiserver/in-process.ts'
import type { UserInfo } from '../../sandbox/apiserver/request.ts'
import type { ApiServer } from '../../sandbox/apiserver/server.ts'
import { operatorUser } from '../access.ts'

export type OperatorOptions = {
  /** Its name in Leases. */
  identity?: string
  /** Who it is to the API server; left out, its own ServiceAccount with the rights of the chart and no other. */
  user?: UserInfo
  /** Of its jitter. */
  seed?: number
  /** Wraps what it talks through: to record, to fail, to delay. */
  wrap?: (transport: Transport) => Transport
  /** The kinds that it runs; ours when left out. */
  kinds?: (settings: OperatorSettings) => readonly Registration[]
  /** Which file its web servers have, by URL: what is not there can't be asked. May change at any time. */
  files?: Record<string, SourceMark>
  /** Whether it waits for the Lease, and ends when it loses that. */
  elect?: boolean
  /** See `RuntimeOptions`. */
  silence?: number
  /** Every write that it sends is added here, `METHOD path`. */
  writes?: string[]
}

export type OperatorProcess = {
  runtime: Runtime
  /** Ends it as SIGKILL would: no request leaves it and no answer arrives any more. */
  crash: () => void
  readonly alive: boolean
}

export const operatorSettings: OperatorSettings = {
  operatorNamespace: 'kumulus-system', imageSources: ['http://127.0.0.1:18080/'], defaultVolumeType: 'gp3',
}

/** No simulated operator asks a real web server. */
const probeOf = (files: Record<string, SourceMark>): Probe => url => {
  const mark = files[url]
  return mark === undefined ? Promise.reject(new Error(`${url} can't be asked: no such file`)) : Promise.resolve(mark)
}

/** The operator as `operator/main.ts` wires it, in this process. */
export const startOperatorProcess = (server: ApiServer, worldClock: Clock, options: OperatorOptions): OperatorProcess => {
  const { identity = 'operator', seed = 1, files = {}, kinds = settings => controllers(settings, undefined, undefined, probeOf(files)) } = options
  const cut = new AbortController()
  const clock = clockUntil(cut.signal, worldClock)
  const crash = () => cut.abort(new Error('the process is gone'))
  const wrapped = (options.wrap ?? ((each) => each))(inProcessTransport(server, options.user ?? operatorUser))
  const own = recording(severable(wrapped, cut.signal), options.writes ?? [])
  const leader = options.elect !== true ? undefined : createLeader({
    client: createClient(own), clock, random: seededRandom(seed), log: silentLog, namespace: operatorSettings.operatorNamespace, name: 'kumulus-operator', identity,
  })
  const transport = leader === undefined ? own : leaderTransport(own, leader.leads)
  const runtime = createRuntime({ transport, clock, log: silentLog, identity, seed, silence: options.silence })
  for (const { register } of kinds(operatorSettings)) register(runtime)
  const leading = leader?.acquire(cut.signal)
  runtime.start(undefined, leading)
  leading?.then(async () => {
    if ((await leader?.hold(cut.signal)) === 'lost') crash()
  }, () => {})
  return {
    runtime,
    crash,
    get alive() {
      return !cut.signal.aborted
    },
  }
}

/** A process that is gone hears no clock any more: what it waited for would go on costing time for ever. */
const clockUntil = (signal: AbortSignal, clock: Clock): Clock => ({
  now: clock.now,
  after: (ms, callback) => clock.after(ms, () => {
    if (!signal.aborted) callback()
  }),
  sleep: async (ms, own) => {
    await clock.sleep(ms, own)
    return signal.aborted ? new Promise(() => {}) : undefined
  },
})

/** After the cut no request leaves and no answer arrives: the process behind it is gone. */
const severable = (transport: Transport, signal: AbortSignal): Transport => {
  const guarded = async <T>(call: () => Promise<T>): Promise<T> => {
    if (signal.aborted) return new Promise(() => {})
    const answer = await call()
    return signal.aborted ? new Promise(() => {}) : answer
  }
  return {
    ...transport,
    request: (request) => guarded(() => transport.request(request)),
    stream: ({ signal: own, ...request }) =>
      guarded(() => transport.stream({ ...request, signal: own === undefined ? signal : AbortSignal.any([own, signal]) })),
  }
}

/** Notes every write but Events and Leases, which are about what happens, not what is. */
const recording = (transport: Transport, writes: string[]): Transport => ({
  ...transport,
  request: (request) => {
    if (request.method !== 'GET' && !/\/(events|leases)(\/|$)/.test(request.path)) writes.push(`${request.method} ${request.path}`)
    return transport.request(request)
  },
})
