import type { AnyObject, ServedResource } from './resource.ts'

/** By which schema an object was pruned, had its nulls dropped and its defaults filled in. */
const schemas = new WeakMap<AnyObject, ServedResource['schema']>()

/** Notes that an object is as {@link decode} leaves it. Such an object must not get anything that is not. */
export const settle = ({ schema }: ServedResource, object: AnyObject): void => void schemas.set(object, schema)

export const isSettled = ({ schema }: ServedResource, object: AnyObject): boolean => schemas.get(object) === schema

/**
 * The stored object as what the next one may share its parts with: they need not be decoded again. Undefined where that was never done to it by
 * this schema, and for kinds whose server fills fields in by changing objects in place.
 */
export const settledBase = (resource: ServedResource, live: AnyObject | undefined): AnyObject | undefined =>
  live !== undefined && resource.prepare === undefined && isSettled(resource, live) ? live : undefined
