import type { KubeObject, ResourceType } from '../../crds/kubernetes.ts'
import { createClient } from './client.ts'
import type { Client } from './client.ts'
import type { Clock } from './clock.ts'
import { createController } from './controller.ts'
import type { Controller, ControllerOptions } from './controller.ts'
import { createInformer } from './informer.ts'
import type { Informer } from './informer.ts'
import type { Log } from './log.ts'
import { createMetrics } from './metrics.ts'
import type { Metrics } from './metrics.ts'
import { seededRandom } from './random.ts'
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
}

export type Runtime = {
  readonly client: Client
  readonly cache: Cache
  readonly metrics: Metrics
  /** The one informer of a spec; declared at first use. Before `start` only. */
  informer: <T extends KubeObject>(spec: InformerSpec<T>) => Informer<T>
  /** A controller for what does not fit a `Kind`. Before `start` only. */
  controller: (options: ControllerOptions) => Controller
  /** Every informer has synced. */
  readonly synced: boolean
  /** Starts informers and controllers. Resolves at once; ends with `stop` or the signal. */
  start: (signal?: AbortSignal) => void
  /** Finishes the running passes, then ends the watches. */
  stop: () => Promise<void>
  /** Everything has synced, no key waits for a worker and no pass runs. Keys that wait for their time do not count. */
  idle: () => boolean
}

export const createRuntime = (options: RuntimeOptions): Runtime => {
  const metrics = options.metrics ?? createMetrics()
  const client = createClient(options.transport, metrics.requested)
  const random = seededRandom(options.seed ?? 1)
  const settings = { client, random, clock: options.clock, log: options.log, namespaces: options.namespaces }
  const informers = new Map<InformerSpec<never>, Informer<KubeObject>>()
  const controllers: Controller[] = []
  const ending = new AbortController()
  const running: Promise<void>[] = []
  let working: Promise<unknown> = Promise.resolve()
  const informer = <T extends KubeObject>(spec: InformerSpec<T>): Informer<T> => {
    const present = informers.get(spec as unknown as InformerSpec<never>)
    if (present !== undefined) return present as unknown as Informer<T>
    if (running.length > 0) throw new Error(`an informer of ${spec.resource.plural} was declared after the start`)
    const made = createInformer(spec, settings)
    informers.set(spec as unknown as InformerSpec<never>, made as unknown as Informer<KubeObject>)
    return made
  }
  const synced = () => Promise.all([...informers.values()].map((each) => each.whenSynced))
  const stop = async () => {
    for (const each of controllers) each.stop()
    await working
    ending.abort(new Error('stopped'))
    await Promise.all(running)
  }
  return {
    client,
    metrics,
    informer,
    cache: { of: (spec) => informer(spec).store },
    controller: (given) => {
      const informerOf = (spec: InformerSpec<never>) => informer(spec) as unknown as Informer<KubeObject>
      const made = createController(given, { ...settings, metrics: metrics.controller(given.name), informerOf, synced })
      controllers.push(made)
      return made
    },
    get synced() {
      return [...informers.values()].every((each) => each.synced)
    },
    start: (signal) => {
      running.push(...[...informers.values()].map((each) => each.run(ending.signal)))
      working = Promise.all(controllers.map((each) => each.run()))
      signal?.addEventListener('abort', () => void stop(), { once: true })
    },
    stop,
    idle: () => [...informers.values()].every((each) => each.synced) && controllers.every((each) => each.queue.idle),
  }
}

/** Names a resource whatever its version: two versions of one kind are one thing. */
export const resourceKey = (resource: ResourceType): string => `${resource.group}/${resource.plural}`

