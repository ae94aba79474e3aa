import { keyOf } from '../../crds/kubernetes.ts'
import type { KubeObject, ResourceType } from '../../crds/kubernetes.ts'
import { isConflict, isNotFound } from './client.ts'
import { splitKey } from './key.ts'
import { liveObject, record } from './live.ts'
import { NameConflictError } from './name-conflict.ts'
import { ownershipOf } from './owned-digest.ts'
import type { WriterOptions } from './writer.ts'

/** Deletes what was made for the owner, or the owner itself; see `Remove`. */
export const removeObject = async (
  options: WriterOptions,
  resource: ResourceType,
  target: KubeObject,
  writing: () => Promise<void>,
): Promise<void> => {
  const { client, owner, origin } = options
  const key = keyOf(target.metadata)
  const { uid } = target.metadata
  const informers = options.informersOf({ apiVersion: target.apiVersion, kind: resource.kind })
  const holder = informers.find(({ store }) => store.get(key)?.metadata.uid === uid)
  const known = holder?.store.get(key) ?? (informers.length > 0 ? undefined : await liveObject(client, resource, key))
  if (known === undefined || known.metadata.uid !== uid || known.metadata.deletionTimestamp !== undefined) return
  const ownerUID = holder === undefined ? ownershipOf(known)?.ownerUID : holder.store.ownership(key)?.ownerUID
  if (uid !== owner.metadata.uid && ownerUID !== owner.metadata.uid) {
    throw new NameConflictError(`${resource.kind} ${key} was not made for ${owner.kind} ${keyOf(owner.metadata)} and is left as it is: delete it if nobody needs it`)
  }
  await writing()
  // The owner's own version may just have moved, by its finalizer.
  const { resourceVersion } = (holder?.store.get(key) ?? known).metadata
  try {
    const left = await client.delete(resource, splitKey(key), { preconditions: { uid, resourceVersion } })
    if (left !== undefined && left.metadata.uid === uid) record(informers, left, origin)
    else for (const { store } of informers) store.forget(key, uid, origin)
  } catch (error) {
    if (!isNotFound(error) && !isConflict(error)) throw error
    const live = isNotFound(error) ? undefined : await liveObject(client, resource, key)
    if (live !== undefined) record(informers, live, undefined)
    // Changed since we looked: look again before deciding. Gone, or another by now: done.
    if (live?.metadata.uid === uid && live.metadata.deletionTimestamp === undefined) throw error
    if (live?.metadata.uid !== uid) for (const { store } of informers) store.forget(key, uid, origin)
  }
  options.log.info({ kind: resource.kind, object: key }, 'deleted')
}
