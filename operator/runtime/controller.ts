import type { KubeObject } from '../../crds/kubernetes.ts'
import { keyOf } from '../../crds/kubernetes.ts'
import type { Clock } from './clock.ts'
import type { Informers } from './informers.ts'
import { splitKey } from './key.ts'
import type { Log, Notes } from './log.ts'
import type { ControllerMetrics, ReconcileResult } from './metrics.ts'
import type { Origin } from './object-store.ts'
import { eightDigits } from './random.ts'
import type { Random } from './random.ts'
import type { InformerSpec } from './store.ts'
import { WorkQueue } from './workqueue.ts'

/** How a key is to be looked at again: after so many milliseconds, or with back-off because work is left. */
export type Again = { after: number } | { requeue: true } | undefined

export type Pass = {
  key: string
  /** One child a pass: controller, namespace, name, reconcileID. */
  log: Log
  /** The same for what goes well: where nobody reads that, nothing is made of it. */
  notes: Notes
  /** Names this pass as the cause of its own writes, which then do not bring its key back. */
  origin: NonNullable<Origin>
  /** Failures of this key in a row before this pass. */
  failures: number
}

/** An informer, and which keys of the controller each of its changes concerns. Default: the object's own key. */
export type Source = {
  informer: InformerSpec<KubeObject>
  keys: (object: KubeObject, previous: KubeObject | undefined) => Iterable<string>
  /** Milliseconds after which the keys are looked at; at once by default. */
  after?: number
}

export type ControllerOptions = {
  /** Lower-case name for metrics and logs. */
  name: string
  sources: readonly Source[]
  /** One pass. Whatever it throws is retried with back-off, not before an `ApiError`'s `retryAfter`. */
  reconcile: (pass: Pass) => Promise<Again>
  /** Keys worked on at the same time. Default 10. Of one namespace a quarter less. */
  workers?: number
}

export type Controller = {
  readonly name: string
  readonly queue: WorkQueue
  /** Works from when `leading` resolves until `stop`; resolves when the last running pass has ended. */
  run: (leading?: Promise<unknown>) => Promise<void>
  stop: () => void
}

/** Declares a source with its types checked against the spec. */
export const source = <T extends KubeObject>(
  informer: InformerSpec<T>,
  keys: (object: T, previous: T | undefined) => Iterable<string> = (object) => [keyOf(object.metadata)],
  after = 0,
): Source => ({ informer, keys, after }) as unknown as Source

export type ControllerSettings = {
  clock: Clock
  random: Random
  log: Log
  metrics: ControllerMetrics
  informers: Pick<Informers, 'get' | 'whenSynced'>
}

export const createController = (options: ControllerOptions, settings: ControllerSettings): Controller => {
  const { clock, log, metrics } = settings
  const workers = options.workers ?? 10
  const queue = new WorkQueue({ clock, metrics: metrics.queue, share: workers - Math.floor(workers / 4) })
  metrics.workers(workers)
  metrics.running(() => [...queue.running].map((started) => clock.now() - started))
  const running: Running = new Map()
  for (const { informer, keys, after = 0 } of options.sources) {
    settings.informers.get(informer).store.onChange(({ previous, next, origin }) => {
      const object = next ?? previous
      if (object === undefined) return
      for (const key of guarded(() => keys(object, previous), log, options.name)) {
        // A pass sees its own writes by itself; only others need to be told of them.
        if (origin?.controller === options.name && origin.key === key) continue
        const seen = after === 0 && origin === undefined && next !== undefined ? running.get(key) : undefined
        if (seen === undefined) queue.addAfter(key, after)
        else seen.add(next?.metadata.resourceVersion ?? '')
      }
    })
  }
  const work = async () => {
    for (let key = await queue.take(); key !== undefined; key = await queue.take()) await workOn(key, options, settings, queue, running)
  }
  const stopped = Promise.withResolvers<void>()
  return {
    name: options.name,
    queue,
    run: async (leading = Promise.resolve()) => {
      await Promise.race([Promise.all([settings.informers.whenSynced(), leading]), stopped.promise])
      await Promise.all(Array.from({ length: workers }, work))
    },
    stop: () => {
      queue.stop()
      stopped.resolve()
    },
  }
}

/** An error in a mapping must not take the watch down with it, nor may it go unseen. */
const guarded = (keys: () => Iterable<string>, log: Log, controller: string): readonly string[] => {
  try {
    const found = keys()
    return Array.isArray(found) ? found as readonly string[] : [...found]
  } catch (error) {
    log.error({ controller, err: error }, 'mapping a change to keys failed')
    return []
  }
}

/**
 * By key, the resourceVersions that watches have brought for it while its pass runs. Whether they are its own writes is known when the pass has
 * their answers, which a watch is often faster than; before its end the key could not be looked at again anyway.
 */
type Running = Map<string, Set<string>>

const workOn = async (key: string, options: ControllerOptions, settings: ControllerSettings, queue: WorkQueue, running: Running): Promise<void> => {
  const { clock, metrics } = settings
  const started = clock.now()
  const written = new Set<string>()
  const seen = new Set<string>()
  const pass = passOf({ controller: options.name, key, written }, settings, queue.failures(key))
  running.set(key, seen)
  metrics.active(1)
  let result: ReconcileResult = 'success'
  try {
    result = requeue(queue, key, await options.reconcile(pass))
  } catch (error) {
    result = 'error'
    pass.log.warn({ err: error, failures: pass.failures + 1 }, 'reconcile failed; trying again')
    queue.addRateLimited(key, (error as { retryAfter?: number } | undefined)?.retryAfter ?? 0)
  } finally {
    running.delete(key)
    if ([...seen].some((version) => !written.has(version))) queue.add(key)
    queue.done(key)
    metrics.active(-1)
    metrics.reconciled(result, (clock.now() - started) / 1000)
  }
}

/** The child log is made at its first line: most passes find nothing to do, and a child with its redactions costs more than they do. */
const passOf = (origin: Pass['origin'], { log, random }: ControllerSettings, failures: number): Pass => {
  const { controller, key } = origin
  let child: Log | undefined
  const own = () => (child ??= log.child({ controller, ...splitKey(key), reconcileID: eightDigits(random) }))
  return {
    key, origin, failures,
    get log() {
      return own()
    },
    notes: {
      info: (fields, message) => {
        if (log.isLevelEnabled('info')) own().info(fields, message)
      },
    },
  }
}

const requeue = (queue: WorkQueue, key: string, again: Again): ReconcileResult => {
  if (again !== undefined && 'requeue' in again) {
    queue.addAgain(key)
    return 'requeue'
  }
  queue.forget(key)
  if (again === undefined) return 'success'
  queue.addAfter(key, again.after)
  return 'requeue_after'
}
