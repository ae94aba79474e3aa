import { isID } from '../../crds/ids.ts'
import type { KubeObject } from '../../crds/kubernetes.ts'
import { type Outcome, waiting } from '../runtime/outcome.ts'

/** `VPC "prod"`. */
export const titleOf = (kind: string, name: string): string => `${kind} "${name}"`

/** Something that the spec refers to isn't there. Objects arrive in any order, so it is waiting and never an error. */
export const notFound = (kind: string, name: string, namespace: string | undefined): Outcome =>
  waiting('DependencyNotFound', `waiting for ${titleOf(kind, name)}: there is none of this name${
    namespace === undefined ? '' : ` in namespace "${namespace}"`}; ${
    isID(name) ? 'references take names, not IDs: kubectl get shows both' : 'create it, before or after, or correct the reference'}`)

/** Something that the spec refers to is there and can't be used yet. */
export const notReady = (object: KubeObject & { status?: unknown }, kind: string): Outcome =>
  waiting('DependencyNotReady', object.metadata.deletionTimestamp === undefined
    ? `waiting for ${titleOf(kind, object.metadata.name)} to become ready${reasonOf(object.status)}`
    : `waiting for ${titleOf(kind, object.metadata.name)}, which is being deleted: when it is gone, create it anew or delete this object`)

/** Deletion has to wait. @param users - titles of those who use it; the first few are named. @param wayOut - where deleting them isn't it. */
export const inUse = (users: readonly string[], wayOut = `delete ${users.length === 1 ? 'it' : 'them'} first`): Outcome =>
  waiting('DependencyViolation', `can't be deleted while in use by ${namesOf(users)}: ${wayOut}`)

/** A list for people, cut to what a message can hold. */
export const namesOf = (names: readonly string[]): string =>
  names.length <= shown ? names.join(', ') : `${names.slice(0, shown).join(', ')} and ${names.length - shown} more`

const shown = 5

type Conditions = { conditions?: readonly { type: string; status: string; message: string }[] }

const reasonOf = (status: unknown): string => {
  const ready = (status as Conditions | undefined)?.conditions?.find(condition => condition.type === 'Ready')
  return ready === undefined || ready.status === 'True' || ready.message === '' ? '' : ` (${ready.message})`
}
