import { type KubeObject, keyOf } from '../../crds/kubernetes.ts'
import { ownerUIDOf } from '../providers/made.ts'
import type { Clock } from '../runtime/clock.ts'
import { type Again, source } from '../runtime/controller.ts'
import { splitKey } from '../runtime/key.ts'
import type { Runtime } from '../runtime/runtime.ts'
import { owners, type Swept, sweptIn } from './swept.ts'
import { sweep } from './sweep.ts'

/** Milliseconds for which an object has had no owner, and has been there, before it counts as left over. Longer than an address rests. */
export const ORPHAN_AGE = 600_000

/**
 * Takes away what is left of Kube-OVN's cluster-scoped objects, and of DNS servers, when its owner went without its finalizer: somebody took that off
 * by hand, or a process that had slept past its Lease sent one more request. Nothing is asked of the server before an object has been without an
 * owner for ten minutes; then the server has the word, not a cache. Before the runtime's start only, and not in one that sees some accounts alone,
 * where the owners of others are unseen.
 * @param namespace - the operator's own.
 */
export const sweepOrphans = (runtime: Runtime, clock: Clock, namespace: string): void => {
  const swept = sweptIn(namespace)
  const stores = new Map(swept.map(kind => [kind.resource.kind, runtime.informer(kind.informer).store]))
  const ownerStores = owners.map(informer => runtime.informer(informer).store)
  /** Since when what has no owner has been known to have none. */
  const since = new Map<string, { uid: string; at: number }>()
  const hasOwner = (object: KubeObject) => ownerStores.some(store => store.count('uid', ownerUIDOf(object) ?? '') > 0)
  runtime.controller({
    name: 'orphans',
    workers: 1,
    sources: [
      ...swept.map(({ informer, resource }) => source(informer, ({ metadata }) => [`${resource.kind}/${keyOf(metadata)}`])),
      ...owners.map(informer => source(informer, (owner, previous) => previous === owner ? leftBy(owner, runtime, swept, stores) : [])),
    ],
    reconcile: async ({ key, log }): Promise<Again> => {
      const { namespace: kind = '', name } = splitKey(key)
      const [what, object] = [swept.find(({ resource }) => resource.kind === kind), stores.get(kind)?.get(name)]
      if (what === undefined || object === undefined || object.metadata.deletionTimestamp !== undefined || hasOwner(object)) {
        since.delete(key)
        return undefined
      }
      const known = since.get(key)
      if (known?.uid !== object.metadata.uid) {
        since.set(key, { uid: object.metadata.uid, at: clock.now() })
        return { after: ORPHAN_AGE }
      }
      const rest = known.at + ORPHAN_AGE - clock.now()
      if (rest > 0) return { after: rest }
      const outcome = await sweep({ client: runtime.client, cache: runtime.cache, now: clock.now(), age: ORPHAN_AGE }, what, object)
      since.delete(key)
      if (outcome === 'deleted') log.info({ kind, object: name, owner: ownerUIDOf(object) }, 'deleted what its owner had left behind')
      return outcome === 'used' ? { after: ORPHAN_AGE } : undefined
    },
  })
}

type Stores = ReadonlyMap<string, { get: (key: string) => KubeObject | undefined }>

const leftBy = (owner: KubeObject, { cache }: Runtime, swept: readonly Swept[], stores: Stores): string[] => swept.flatMap(({ resource, madeFor }) =>
  madeFor(owner.metadata.uid, cache).filter(key => stores.get(resource.kind)?.get(key) !== undefined).map(key => `${resource.kind}/${key}`))
