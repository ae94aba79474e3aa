import { isDeepStrictEqual } from 'node:util'
import type { StoredState } from '../../../sandbox/apiserver/storage.ts'

type StoredObject = StoredState['objects'][number][2]

/** Every object that is none of the attacker's, by where it is stored. */
export type Untouched = ReadonlyMap<string, StoredObject>

/** What time alone changes: nodes' heartbeats, leases, and the news of what happens. */
const passing = /^(\/events|events\.k8s\.io\/events|coordination\.k8s\.io\/leases|\/nodes)$/

export const untouched = (objects: StoredState['objects'], attacker: string): Untouched =>
  new Map(objects.flatMap(([bucket, key, object]) => passing.test(bucket) || belongsTo(object, key, attacker) ? [] : [[`${bucket} ${key}`, object] as const]))

/** How many addresses of the cluster's own network pods have is everybody's to change, by having a pod. */
const shared = 'kubeovn.io/subnets /ovn-default'

/** Where two states differ: what was changed, deleted, or made outside the attacker's own. */
export const differences = (before: Untouched, after: Untouched): string[] => {
  const places = new Set([...before.keys(), ...after.keys()])
  return [...places].sort().flatMap((place) => {
    const [old, now] = [before.get(place), after.get(place)]
    if (old === undefined) return [`${place} was made`]
    if (now === undefined) return [`${place} was deleted`]
    return isDeepStrictEqual(place === shared ? old['spec'] : old, place === shared ? now['spec'] : now) ? [] : [`${place} was changed`]
  })
}

/** In the attacker's namespace, or cluster-scoped and made for what is there: by us, or by the storage for a claim. */
const belongsTo = (object: StoredObject, key: string, attacker: string): boolean => {
  if (key.startsWith(`${attacker}/`) || key === `/${attacker}`) return true
  if (!key.startsWith('/')) return false
  const spec = (object['spec'] ?? {}) as { claimRef?: { namespace?: string }; volumeSnapshotRef?: { namespace?: string }; namespace?: string }
  const labels = (object.metadata.labels ?? {}) as Record<string, string>
  return [labels['kumulus.dev/owner-namespace'], spec.claimRef?.namespace, spec.volumeSnapshotRef?.namespace, spec.namespace].includes(attacker)
}
