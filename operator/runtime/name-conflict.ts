import { idOf, idPrefixes } from '../../crds/ids.ts'
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
  if (ownerUID !== owner.metadata.uid) throw new NameConflictError(`${name} exists and was not made for this ${owner.kind}: ${wayOut(present, owner)}`)
}

/** Where the name comes from says how to have another. */
const wayOut = ({ metadata: { name, namespace } }: KubeObject, owner: KubeObject): string => {
  const { kind, metadata } = owner
  // What has no namespace is no account's to delete.
  const removal = namespace === undefined && metadata.namespace !== undefined ? 'have the platform team delete it if nobody needs it' : 'delete it if nobody needs it'
  if (name.includes(digitsOf(metadata.uid))) return `${removal}, or create the ${kind} anew, which gives it another ID`
  return isNamedAfter(name, metadata.name) ? `${removal}, or create the ${kind} under another name` : removal
}

/** As a whole word: `web-sda1` of `web`, `kumulus.t3.micro` of `t3.micro`. */
const isNamedAfter = (name: string, owner: string): boolean => name === owner || name.startsWith(`${owner}-`) || name.endsWith(`.${owner}`)

/** What all IDs of an object end in. */
const digitsOf = (uid: string): string => idOf(idPrefixes.instance, uid).slice(idPrefixes.instance.length)
