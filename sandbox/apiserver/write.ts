import { randomSuffix, uuid } from './identity.ts'
import { clone, inVersion, storageKey, toStored, type AdmissionAttributes, type Core } from './core.ts'
import { alreadyExists, conflict, invalid, modifiedMessage, notFound } from './errors.ts'
import { fillIn } from './builtin/fill-in.ts'
import { validateMetadata } from './metadata.ts'
import { requireOpenNamespace } from './namespaces.ts'
import { recordUpdate } from './patch/managed-fields.ts'
import { requireRoom } from './quota/require-room.ts'
import { bucketOf } from './registry.ts'
import type { UserInfo } from './request.ts'
import type { AnyObject, ServedResource } from './resource.ts'
import { complete } from './schema/decode.ts'
import { validateObject } from './schema/validate.ts'
import { isPrepared, isSettled, ownCopy, settle, settledBase } from './settled.ts'
import { checkIdentity, keepOwnPart, raiseGeneration } from './update-rules.ts'
import { jsonEqual } from './json-equal.ts'

/** One write, without what it writes. */
export type Write = {
  resource: ServedResource
  namespace: string
  name: string
  /** '' for the object itself, else for example `status`. */
  subresource: string
  user: UserInfo
  manager: string
  dryRun: boolean
  /** True when the object carries its managed fields already (server-side apply). */
  managed: boolean
}

export type Written = { object: AnyObject; created: boolean; warnings: string[] }

/**
 * Stores a new object.
 *
 * @param object - decoded; taken over and changed.
 * @throws StatusError as the API server answers.
 */
export const createObject = async (core: Core, write: Write, object: AnyObject): Promise<Written> => {
  const base = object.metadata['generateName']
  const generated = object.metadata.name === undefined && typeof base === 'string' && base !== ''
  for (let attempt = 1; ; attempt++) {
    const candidate = generated ? clone(object) : object
    if (generated) candidate.metadata.name = base.slice(0, 58) + randomSuffix(core.random)
    const { object: next, warnings, settled } = await prepareCreate(core, write, candidate)
    const key = storageKey(write.namespace, next.metadata.name ?? '')
    const bucket = bucketOf(write.resource)
    requireRoom(core.storage, { ...write, object: next, live: undefined })
    const taken = core.storage.get(bucket, key) !== undefined
    if (!taken && write.dryRun) return { object: next, created: true, warnings }
    const stored = taken ? undefined : core.storage.put(bucket, key, toStored(write.resource, next), undefined)
    if (stored !== undefined && settled) settle(write.resource, stored)
    if (stored !== undefined) return { object: inVersion(write.resource, stored), created: true, warnings }
    if (!generated || attempt === 8) throw alreadyExists(write.resource, next.metadata.name ?? '')
  }
}

/**
 * Replaces an object by what `change` makes of it; again from the newest state when something else wrote in between.
 *
 * @param change - returns the next state; it must leave what it is given as it is, and share nothing with it but managed fields and, where it has
 * a {@link settledBase}, what is the same at the same place.
 * @param allowCreate - creates what isn't there: gets `undefined` then.
 */
export const updateObject = async (
  core: Core,
  write: Write,
  change: (live: AnyObject | undefined) => AnyObject | Promise<AnyObject>,
  allowCreate = false,
): Promise<Written> => {
  const bucket = bucketOf(write.resource)
  const key = storageKey(write.namespace, write.name)
  for (let attempt = 1; attempt <= 10; attempt++) {
    const stored = core.storage.get(bucket, key)
    if (stored === undefined) {
      if (!allowCreate) throw notFound(write.resource, write.name)
      const fresh = await change(undefined)
      delete fresh.metadata['resourceVersion']
      return createObject(core, write, fresh)
    }
    const live = inVersion(write.resource, stored)
    const { object, warnings, settled } = await prepareUpdate(core, write, live, await change(live))
    if (write.dryRun) return { object, created: false, warnings }
    if (isUnchanged(live, object)) return { object: live, created: false, warnings }
    requireRoom(core.storage, { ...write, object, live })
    const written = finished(object)
      ? core.storage.remove(bucket, key, stored)
      : core.storage.put(bucket, key, toStored(write.resource, object), stored)
    if (written !== undefined && settled) settle(write.resource, written)
    if (written !== undefined) return { object: finished(object) ? object : inVersion(write.resource, written), created: false, warnings }
  }
  throw conflict(write.resource, write.name, modifiedMessage)
}

/** `settled` says whether it is as decoding leaves an object: what webhooks bring in may not be. */
type Prepared = { object: AnyObject; warnings: string[]; settled: boolean }

const prepareCreate = async (core: Core, write: Write, object: AnyObject): Promise<Prepared> => {
  const { resource } = write
  const decoded = isSettled(resource, object)
  const { metadata } = object
  if (resource.namespaced) metadata.namespace = write.namespace
  else delete metadata.namespace
  for (const field of ['resourceVersion', 'selfLink', 'deletionTimestamp', 'deletionGracePeriodSeconds', 'generation']) delete metadata[field]
  metadata['uid'] = uuid(core.random)
  metadata['creationTimestamp'] = core.timestamp()
  if (generationOf(resource)) metadata['generation'] = 1
  if (resource.hasStatus) delete object['status']
  resource.prepare?.(object)
  if (resource.namespaced) requireOpenNamespace(core, resource, write.namespace, metadata.name ?? '')
  fillIn(core, resource, object)
  // Before webhooks: what they change belongs to nobody.
  if (!write.managed) recordUpdate({ ...recordOptions(core, write), live: undefined, next: object })
  const attributes = attributesOf(write, 'CREATE', object, undefined)
  const mutated = await core.admission.mutate(attributes)
  // The status is dropped before the defaults are filled in, so that a default of the schema is what a new object shows.
  const next = completed(resource, mutated.object, object, undefined)
  resource.prepare?.(next)
  check(write, next, undefined)
  const warnings = await core.admission.validate({ ...attributes, object: next })
  return { object: next, warnings: [...mutated.warnings, ...warnings], settled: decoded && mutated.object === object }
}

const prepareUpdate = async (core: Core, write: Write, live: AnyObject, wanted: AnyObject): Promise<Prepared> => {
  const { resource } = write
  checkIdentity(write, live, wanted)
  const part = keepOwnPart(resource, write.subresource, live, wanted)
  const shared = settledBase(resource, live)
  const prepared = shared !== undefined && (resource.prepare === undefined || isPrepared(part, shared))
  // To prepare changes an object in place: what is shared must not be in it.
  const [next, base] = prepared ? [part, shared] : [shared === undefined ? part : ownCopy(part, undefined), undefined]
  if (!prepared) resource.prepare?.(next, live)
  if (!write.managed) recordUpdate({ ...recordOptions(core, write), live, next })
  const attributes = attributesOf(write, 'UPDATE', next, live)
  const mutated = await core.admission.mutate(attributes)
  const object = completed(resource, mutated.object, next, base)
  if (!prepared || mutated.object !== next) resource.prepare?.(object, live)
  if (write.subresource === '') raiseGeneration(resource, live, object)
  check(write, object, live)
  const warnings = await core.admission.validate({ ...attributes, object })
  const decoded = isSettled(resource, wanted) && (isSettled(resource, live) || live['status'] === undefined)
  return { object, warnings: [...mutated.warnings, ...warnings], settled: decoded && mutated.object === next }
}

const attributesOf = (write: Write, operation: 'CREATE' | 'UPDATE', object: AnyObject, oldObject: AnyObject | undefined): AdmissionAttributes => ({
  resource: write.resource,
  operation,
  subresource: write.subresource,
  namespace: write.namespace,
  name: object.metadata.name ?? write.name,
  object,
  oldObject,
  options: {
    kind: operation === 'CREATE' ? 'CreateOptions' : 'UpdateOptions',
    apiVersion: 'meta.k8s.io/v1',
    ...(write.dryRun ? { dryRun: ['All'] } : {}),
    fieldManager: write.manager,
  },
  user: write.user,
  dryRun: write.dryRun,
})

/** Defaulted once more, after webhooks. They can't touch managed fields: whatever they sent, those are what they were. */
const completed = (resource: ServedResource, mutated: AnyObject, original: AnyObject, base: AnyObject | undefined): AnyObject => {
  const managedFields = original.metadata['managedFields']
  delete mutated.metadata['managedFields']
  complete(resource, mutated, base)
  if (managedFields !== undefined) mutated.metadata['managedFields'] = managedFields
  return mutated
}

const recordOptions = (core: Core, write: Write) => ({
  resource: write.resource,
  manager: write.manager,
  subresource: write.subresource,
  now: core.timestamp(),
})

const check = ({ resource, subresource }: Write, object: AnyObject, live: AnyObject | undefined): void => {
  const causes = [
    ...validateMetadata(resource, object, live),
    ...validateObject(resource, object, live, subresource),
    ...(resource.validate?.(object, live) ?? []),
  ]
  if (causes.length > 0) throw invalid({ ...resource, kind: object.kind }, object.metadata.name ?? '', causes)
}

/** Built-in kinds that never change a generation don't begin with one either. */
const generationOf = (resource: ServedResource): boolean => resource.generationFields === undefined || resource.generationFields.length > 0

/** Nothing holds a deleted object any more. */
const finished = ({ metadata }: AnyObject): boolean =>
  metadata['deletionTimestamp'] !== undefined
  && ((metadata['finalizers'] ?? []) as string[]).length === 0
  && metadata['deletionGracePeriodSeconds'] === 0

const isUnchanged = (live: AnyObject, next: AnyObject): boolean => jsonEqual(comparable(live), comparable(next))

/** Managed fields without their times: the same write twice is one write. */
const comparable = (object: AnyObject) => {
  const { managedFields, resourceVersion: _, ...metadata } = object.metadata
  const managers = ((managedFields ?? []) as { time?: string }[]).map(({ time: _time, ...entry }) => entry)
  return { ...object, metadata: { ...metadata, managers } }
}
