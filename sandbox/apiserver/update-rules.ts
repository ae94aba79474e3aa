import { clone } from './core.ts'
import { conflict, invalid } from './errors.ts'
import type { AnyObject, ServedResource } from './resource.ts'
import { invalidCause } from './schema/causes.ts'
import { jsonEqual } from './json-equal.ts'
import { settledBase } from './settled.ts'

/** Refuses an update that was meant for another object, or for another state of it. */
export const checkIdentity = ({ resource, name }: { resource: ServedResource; name: string }, live: AnyObject, wanted: AnyObject): void => {
  const { uid, resourceVersion } = wanted.metadata
  if (uid !== undefined && uid !== '' && uid !== live.metadata['uid']) {
    const message = `Precondition failed: UID in precondition: ${String(uid)}, UID in object meta: ${String(live.metadata['uid'])}`
    throw conflict(resource, name, message)
  }
  const unset = resourceVersion === undefined || resourceVersion === '' || resourceVersion === '0'
  if (unset && !resource.custom) return
  if (unset) throw invalid(resource, name, [invalidCause('metadata.resourceVersion', 0, 'must be specified for an update')])
  if (resourceVersion !== live.metadata['resourceVersion']) throw conflict(resource, name)
}

/** Metadata that only the server writes. */
const systemFields = ['uid', 'resourceVersion', 'creationTimestamp', 'deletionTimestamp', 'deletionGracePeriodSeconds', 'generation', 'selfLink']

/**
 * What of an update counts: a write to the object leaves the status as it is, a write to the status leaves all else
 * (built-in kinds let it change labels and annotations too), and nobody but the server writes the system's metadata.
 */
export const keepOwnPart = (resource: ServedResource, subresource: string, live: AnyObject, wanted: AnyObject): AnyObject => {
  const next = subresource === 'status' ? withStatus(resource, live, wanted) : wanted
  if (subresource === '' && resource.hasStatus) copyField(live, next, 'status')
  for (const field of systemFields) copyField(live.metadata, next.metadata, field)
  if (live.metadata['generateName'] !== undefined) copyField(live.metadata, next.metadata, 'generateName')
  next.metadata.name ??= live.metadata.name as string
  if (live.metadata.namespace !== undefined) next.metadata.namespace ??= live.metadata.namespace
  return next
}

/** Raises `metadata.generation` when the wish of the user changed. */
export const raiseGeneration = (resource: ServedResource, live: AnyObject, next: AnyObject): void => {
  const fields = resource.generationFields ?? wishFields(live, next)
  if (fields.some((field) => !jsonEqual(live[field], next[field]))) {
    next.metadata['generation'] = Number(live.metadata['generation'] ?? 0) + 1
  }
}

const wishFields = (live: AnyObject, next: AnyObject): string[] =>
  [...new Set([...Object.keys(live), ...Object.keys(next)])].filter((field) => !['apiVersion', 'kind', 'metadata', 'status'].includes(field))

const withStatus = (resource: ServedResource, live: AnyObject, wanted: AnyObject): AnyObject => {
  const { managedFields: _, ...metadata } = live.metadata
  const next = settledBase(resource, live) === undefined ? clone({ ...live, metadata }) : { ...live, metadata }
  copyField(wanted, next, 'status')
  const fromWanted = resource.custom ? ['managedFields'] : ['managedFields', 'labels', 'annotations']
  for (const field of fromWanted) copyField(wanted.metadata, next.metadata, field)
  return next
}

const copyField = (from: Record<string, unknown>, to: Record<string, unknown>, field: string): void => {
  if (from[field] !== undefined) to[field] = from[field]
  else if (field in to) delete to[field]
}
