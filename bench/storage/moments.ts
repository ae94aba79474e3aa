import type { KubeObject, ResourceType } from '../../crds/kubernetes.ts'
import type { Client } from '../../operator/runtime/client.ts'
import { systemClock } from '../../operator/runtime/clock.ts'

/** Name → when it was first told of, in milliseconds since the epoch. */
export type Moments = { at: ReadonlyMap<string, number>; stop: () => void }

/**
 * Notes from now on when each object of a namespace comes so far, as a watch tells it.
 * @param reached - names that an object is to be noted under; none while it hasn't come so far.
 */
export const noteMoments = async <T extends KubeObject>(
  client: Client, resource: ResourceType, namespace: string, reached: (object: T) => readonly string[],
): Promise<Moments> => {
  const at = new Map<string, number>()
  const stopping = new AbortController()
  const { resourceVersion } = await client.list(resource, { namespace, limit: 1 })
  const events = await client.watch(resource, { namespace, resourceVersion, signal: stopping.signal })
  const follow = async () => {
    for await (const { type, object } of events) {
      if (type !== 'ADDED' && type !== 'MODIFIED') continue
      for (const name of reached(object as T)) if (!at.has(name)) at.set(name, systemClock.now())
    }
  }
  // Who waits for what is missing then says so.
  follow().catch(() => {})
  return { at, stop: () => stopping.abort() }
}
