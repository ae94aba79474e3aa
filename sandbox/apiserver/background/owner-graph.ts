import type { OwnerReference } from '../../../crds/kubernetes.ts'
import type { AnyObject } from '../resource.ts'

/** An object's place in storage. */
export type Place = { bucket: string; key: string }

/** Who depends on whom, by UID. */
export type OwnerGraph = {
  put: (place: Place, object: AnyObject) => void
  remove: (object: AnyObject) => void
  /** Places of the objects that name this UID as an owner. */
  dependents: (uid: string) => Place[]
}

export const ownersOf = ({ metadata }: AnyObject): OwnerReference[] => (metadata['ownerReferences'] ?? []) as OwnerReference[]

export const createOwnerGraph = (): OwnerGraph => {
  /** Owner's UID → dependents' UIDs. */
  const dependents = new Map<string, Set<string>>()
  /** Of objects with owners only: most have none, and cost nothing. */
  const nodes = new Map<string, { place: Place; owners: string[] }>()

  const unlink = (uid: string) => {
    for (const owner of nodes.get(uid)?.owners ?? []) {
      const set = dependents.get(owner)
      set?.delete(uid)
      if (set?.size === 0) dependents.delete(owner)
    }
    nodes.delete(uid)
  }

  return {
    put: (place, object) => {
      const uid = String(object.metadata['uid'])
      unlink(uid)
      const owners = ownersOf(object).map((owner) => owner.uid)
      if (owners.length === 0) return
      nodes.set(uid, { place, owners })
      for (const owner of owners) dependents.set(owner, (dependents.get(owner) ?? new Set()).add(uid))
    },
    remove: (object) => unlink(String(object.metadata['uid'])),
    dependents: (uid) => [...(dependents.get(uid) ?? [])].flatMap((dependent) => nodes.get(dependent)?.place ?? []),
  }
}
