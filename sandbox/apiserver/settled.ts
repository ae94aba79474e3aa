import { jsonCopy } from './json-copy.ts'
import { sharedCopy } from './json-share.ts'
import type { AnyObject, ServedResource } from './resource.ts'

/** By which schema an object was pruned, had its nulls dropped and its defaults filled in. */
const schemas = new WeakMap<AnyObject, ServedResource['schema']>()

/** Notes that an object is as {@link decode} leaves it. Such an object must not get anything that is not. */
export const settle = ({ schema }: ServedResource, object: AnyObject): void => void schemas.set(object, schema)

export const isSettled = ({ schema }: ServedResource, object: AnyObject): boolean => schemas.get(object) === schema

/**
 * The stored object as what the next one may share its parts with: they need not be decoded again. Undefined where that was never done to it by this
 * schema, and for definitions, whose status the server fills in from their spec.
 */
export const settledBase = (resource: ServedResource, live: AnyObject | undefined): AnyObject | undefined =>
  live !== undefined && resource.group !== 'apiextensions.k8s.io' && isSettled(resource, live) ? live : undefined

/** Whether `prepare` would fill nothing in that it did not fill into the settled object: it looks at what the user asks for, and at labels. */
export const isPrepared = (object: AnyObject, base: AnyObject): boolean =>
  object.metadata['labels'] === base.metadata['labels'] &&
  Object.keys({ ...object, ...base }).every((field) => field === 'metadata' || field === 'status' || object[field] === base[field])

/**
 * What is written may share parts with the stored object, of which none may change, in other places even. The copy shares with it what is the same at
 * the same place, where that is known to need no change. Managed fields, often the most of an object, are never changed in place.
 */
export const ownCopy = (written: AnyObject, base: AnyObject | undefined): AnyObject => {
  if (!isMembers(written.metadata)) return jsonCopy(written)
  const { managedFields, ...metadata } = written.metadata
  const bare = { ...written, metadata }
  const copy = base === undefined ? jsonCopy(bare) : { ...(sharedCopy(bare, base) as AnyObject) }
  if (copy.metadata === base?.metadata) copy.metadata = { ...copy.metadata }
  if (managedFields !== undefined) copy.metadata['managedFields'] = managedFields
  return copy
}

const isMembers = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value)
