import type { KubeObject } from '../../crds/kubernetes.ts'
import { createClient } from './client.ts'
import type { Client } from './client.ts'
import type { Clock } from './clock.ts'
import { createController } from './controller.ts'
import type { Controller, ControllerOptions } from './controller.ts'
import { createEventRecorder } from './events.ts'
import type { EventRecorder } from './events.ts'
import type { Informer } from './informer.ts'
import { createInformers } from './informers.ts'
import type { Informers } from './informers.ts'
import type { Kind } from './kind.ts'
import { kindController } from './kind-controller.ts'
import type { Log } from './log.ts'
import { createMetrics } from './metrics.ts'
import type { Metrics } from './metrics.ts'
import { seededRandom } from './random.ts'
import { takeTurns } from './request-turns.ts'
import type { Cache, InformerSpec } from './store.ts'
import type { Transport } from './transport.ts'

export type RuntimeOptions = {
  transport: Transport
  clock: Clock
  log: Log
  metrics?: Metrics
  /** Name of this process in Leases and Events. */
  identity: string
  /** Jitter and reconcile IDs come from it. Simulations pass their own. */
  seed?: number
  /** Namespaced kinds are watched in these namespaces only; all when undefined. */
  namespaces?: readonly string[] | undefined
  /** Milliseconds of silence after which a watch is taken for dead and opened again where it was; two and a half minutes by default. */
  silence?: number | undefined
}

export type Runtime = {
  readonly client: Client
  readonly cache: Cache
  readonly metrics: Metrics
  /** The one informer of a spec; declared at first use. Before `start` only. */
  informer: <T extends KubeObject>(spec: InformerSpec<T>) => Informer<T>
  /** A controller for what does not fit a `Kind`. Before `start` only. */
  controller: (options: ControllerOptions) => Controller
  /** The controller of a declared kind. Before `start` only. */
  kind: <T extends KubeObject, Facts, Status extends object>(kind: Kind<T, Facts, Status>) => Controller
  readonly events: EventRecorder
  /** Every informer has synced. */
  readonly synced: boolean
  /**
   * Starts informers at once, and controllers when `leading` resolves (at once by default): a follower keeps its caches warm. Ends with
   * `stop` or the signal.
   */
  start: (signal?: AbortSignal, leading?: Promise<unknown>) => void
  /** Finishes the running passes, then ends the watches. */
  stop: () => Promise<void>
  /** Everything has synced, no key waits for a worker and no pass runs. Keys that wait for their time do not count. */
  idle: () => boolean
}

export const createRuntime = (options: RuntimeOptions): Runtime => {
  const { clock, log, identity } = options
  const metrics = options.metrics ?? createMetrics()
  const client = createClient(takeTurns(options.transport, clock), metrics.requested)
  const settings = { client, clock, log, random: seededRandom(options.seed ?? 1), namespaces: options.namespaces, silence: options.silence }
  const informers = createInformers(settings)
  const cache: Cache = { of: (spec) => informers.get(spec).store }
  const events = createEventRecorder({ client, clock, log, component: 'kumulus', instance: identity })
  const controllers: Controller[] = []
  const controller = (given: ControllerOptions) => {
    const made = createController(given, { ...settings, metrics: metrics.controller(given.name), informers })
    controllers.push(made)
    return made
  }
  return {
    client, metrics, cache, controller, events,
    informer: informers.get,
    kind: (kind) => controller(kindController(kind, { client, clock, cache, informers, events, namespaces: options.namespaces })),
    get synced() {
      return informers.synced
    },
    ...lifeOf(informers, controllers, events),
    idle: () => informers.synced && events.pending === 0 && controllers.every(({ queue }) => queue.idle),
  }
}

const lifeOf = (informers: Informers, controllers: readonly Controller[], events: EventRecorder): Pick<Runtime, 'start' | 'stop'> => {
  const ending = new AbortController()
  let watching: Promise<unknown> = Promise.resolve()
  let working: Promise<unknown> = Promise.resolve()
  const stop = async () => {
    for (const each of controllers) each.stop()
    await working
    await events.flush()
    ending.abort(new Error('stopped'))
    await watching
  }
  return {
    stop,
    start: (signal, leading = Promise.resolve()) => {
      watching = informers.run(ending.signal)
      working = Promise.all(controllers.map((each) => each.run(leading)))
      signal?.addEventListener('abort', () => void stop(), { once: true })
    },
  }
}
