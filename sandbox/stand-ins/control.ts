import { apiVersionOf } from '../../crds/kubernetes.ts'
import type { KubeObject, NewObject } from '../../crds/kubernetes.ts'
import { isConflict, isNotFound, pathOf } from '../../operator/runtime/client.ts'
import type { Client } from '../../operator/runtime/client.ts'
import { apiErrorOf } from '../../operator/runtime/api-error.ts'
import type { Transport } from '../../operator/runtime/transport.ts'
import type { Clock } from '../../operator/runtime/clock.ts'
import type { Cache, InformerSpec } from '../../operator/runtime/store.ts'
import type { Logger } from 'pino'
import { timestampsOf } from '../apiserver/core.ts'
import { recordEvent } from './events.ts'
import { deepEqual, mergePatchOf } from './merge-patch.ts'
import type { Names } from './names.ts'
import type { StandInResource } from './resources.ts'
import type { Timings } from './timings.ts'

/** What every stand-in works with: reads from the cache, writes with preconditions, time by the clock. */
export type Control = {
  client: Client
  cache: Cache
  clock: Clock
  log: Logger
  names: Names
  timings: Timings
  /** RFC 3339 in seconds, as the API writes times. */
  now: () => string
  /** Milliseconds left of a delay that began when its key was first asked for; 0 when over. Begins anew after a restart. */
  delay: (key: string, ms: number) => number
  /** Runs one task at a time per key, apart from the queue; `enqueue` brings the controller back afterwards. */
  background: (key: string, task: (signal: AbortSignal) => Promise<void>) => void
  /** Looks at a key of a controller again, after `after` milliseconds if given. */
  enqueue: (controller: string, key: string, after?: number) => void
  /** POST to a subresource, such as a pod's `binding`. Throws `ApiError`. */
  post: (resource: StandInResource, object: KubeObject, subresource: string, body: object) => Promise<void>
  /** Creates, unless the name is taken: then undefined. */
  create: <T extends KubeObject>(resource: StandInResource, object: NewObject & Record<string, unknown>) => Promise<T | undefined>
  /** Patches everything but the status from `current` to `next`; nothing is sent when they are equal. */
  patch: <T extends KubeObject>(resource: StandInResource, current: T, next: T) => Promise<T>
  /** Patches the status, where this resource keeps it. */
  patchStatus: <T extends KubeObject>(resource: StandInResource, current: T, status: object) => Promise<T>
  /** Puts the whole object with another status, in the name of whoever the client is; nothing is sent when it is the same. */
  replaceStatus: <T extends KubeObject>(resource: StandInResource, current: T, status: object, client: Client) => Promise<T>
  /** Deletes this very object. One that is gone already is a success. */
  remove: (resource: StandInResource, object: KubeObject, gracePeriodSeconds?: number) => Promise<void>
  event: (object: KubeObject, component: string, type: 'Normal' | 'Warning', reason: string, message: string) => Promise<void>
}

/** One control loop of a stand-in. */
export type StandInController = {
  name: string
  watches: readonly StandInWatch[]
  /** Brings one object a step further. Returns milliseconds after which to look again without an event. */
  reconcile: (key: string) => Promise<number | undefined>
}

export type StandInWatch = { informer: InformerSpec<never>; keys: (object: never, cache: Cache) => Iterable<string> }

/** Type inference for a watch: `watching(specs.pods, (pod) => …)`. */
export const watching = <T extends KubeObject>(informer: InformerSpec<T>, keys: (object: T, cache: Cache) => Iterable<string>): StandInWatch =>
  ({ informer, keys }) as unknown as StandInWatch

export type ControlOptions = Pick<Control, 'client' | 'cache' | 'clock' | 'log' | 'names' | 'timings' | 'enqueue' | 'background'> & {
  transport: Transport
  /** Told of every answer to a write, so that the next pass sees it. */
  seen: (resource: StandInResource, object: KubeObject) => void
}

export const createControl = ({ transport, seen, ...options }: ControlOptions): Control => {
  const { client, clock } = options
  const now = timestampsOf(clock)
  const noted = async <T extends KubeObject | undefined>(resource: StandInResource, write: Promise<T>): Promise<T> => {
    const object = await write
    if (object !== undefined) seen(resource, object)
    return object
  }
  return {
    ...options,
    now,
    delay: createDelays(clock),
    post: (resource, object, subresource, body) => post(transport, resource, object, subresource, body),
    create: (resource, object) => noted(resource, createUnlessTaken(client, resource, object)),
    patch: (resource, current, next) => noted(resource, patchObject(client, resource, current, next)),
    patchStatus: (resource, current, status) => noted(resource, patchStatus(client, resource, current, status)),
    replaceStatus: (resource, current, status, as) => noted(resource, replaceStatus(as, resource, current, status)),
    remove: async (resource, object, gracePeriodSeconds) => {
      await noted(resource, removeObject(client, resource, object, gracePeriodSeconds))
    },
    event: (object, component, type, reason, message) => recordEvent(client, now(), { object, component, type, reason, message }),
  }
}

const post = async (transport: Transport, resource: StandInResource, object: KubeObject, subresource: string, body: object): Promise<void> => {
  const response = await transport.request({ method: 'POST', path: pathOf(resource, targetOf(object), subresource), body })
  if (response.status < 200 || response.status > 299) throw apiErrorOf(response)
}

const fieldManager = 'stand-in'

const targetOf = (object: KubeObject) => ({ name: object.metadata.name, namespace: object.metadata.namespace })

const createUnlessTaken = async <T extends KubeObject>(
  client: Client,
  resource: StandInResource,
  object: NewObject & Record<string, unknown>,
): Promise<T | undefined> => {
  try {
    return await client.create<T>(resource, { ...object, apiVersion: apiVersionOf(resource), kind: resource.kind }, { fieldManager })
  } catch (error) {
    if (isConflict(error)) return undefined
    throw error
  }
}

/** The uid guards against a namesake, the resourceVersion against a change that we haven't seen. */
const guarded = (current: KubeObject, patch: Record<string, unknown>) => ({
  ...patch,
  metadata: {
    ...(patch['metadata'] as object | undefined),
    uid: current.metadata.uid,
    resourceVersion: current.metadata.resourceVersion,
  },
})

const patchObject = async <T extends KubeObject>(client: Client, resource: StandInResource, current: T, next: T): Promise<T> => {
  const { status: _, ...before } = current as T & { status?: unknown }
  const { status: __, ...after } = next as T & { status?: unknown }
  const patch = mergePatchOf(before, after)
  if (patch === undefined) return current
  return client.mergePatch<T>(resource, targetOf(current), guarded(current, patch), { fieldManager })
}

const patchStatus = async <T extends KubeObject>(client: Client, resource: StandInResource, current: T, status: object): Promise<T> => {
  const before = (current as T & { status?: unknown }).status ?? {}
  if (deepEqual(before, status)) return current
  const patch = guarded(current, { status: mergePatchOf(before, status) ?? {} })
  return client.mergePatch<T>(
    resource,
    targetOf(current),
    patch,
    resource.status === 'subresource' ? { fieldManager, subresource: 'status' } : { fieldManager },
  )
}

const replaceStatus = async <T extends KubeObject>(client: Client, resource: StandInResource, current: T, status: object): Promise<T> => {
  if (deepEqual((current as T & { status?: unknown }).status ?? {}, status)) return current
  return client.update<T>(resource, { ...current, status }, resource.status === 'subresource' ? { fieldManager, subresource: 'status' } : { fieldManager })
}

const removeObject = async (
  client: Client,
  resource: StandInResource,
  object: KubeObject,
  gracePeriodSeconds?: number,
): Promise<KubeObject | undefined> => {
  try {
    return await client.delete(resource, targetOf(object), {
      preconditions: { uid: object.metadata.uid },
      ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
    })
  } catch (error) {
    if (isNotFound(error) || isConflict(error)) return undefined
    throw error
  }
}

const createDelays = (clock: Clock) => {
  const ends = new Map<string, number>()
  return (key: string, ms: number): number => {
    if (ms <= 0) return 0
    const end = ends.get(key) ?? clock.now() + ms
    ends.set(key, end)
    return Math.max(0, end - clock.now())
  }
}
