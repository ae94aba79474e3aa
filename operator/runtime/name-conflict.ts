import { keyOf } from '../../crds/kubernetes.ts'
import type { KubeObject } from '../../crds/kubernetes.ts'

/** A name that we need is taken by an object that is not the owner's. Ends the pass as `blocked NameConflict`. */
export class NameConflictError extends Error {
  override readonly name = 'NameConflictError'
}

/** The object is being deleted; what is wanted of it has to wait until it is gone. */
export class StillDeletingError extends Error {
  override readonly name = 'StillDeletingError'
}

/** Throws unless the object that has the name is the owner's and is there to stay. */
export const assertOurs = (present: KubeObject, ownerUID: string | undefined, owner: KubeObject): void => {
  const name = `${present.kind} ${keyOf(present.metadata)}`
  if (present.metadata.deletionTimestamp !== undefined) throw new StillDeletingError(`${name} is still being deleted`)
  if (ownerUID !== owner.metadata.uid) throw new NameConflictError(`${name} exists and was not made for this ${owner.kind}: give the ${owner.kind} another name, or delete the other if nobody needs it`)
}
