import { readDocument } from '../body.ts'
import { clone, inVersion, storageKey, type Core, type ResourceRequest } from '../core.ts'
import { badRequest, conflict, forbidden, invalid, notFound } from '../errors.ts'
import { systemNamespaces } from '../namespaces.ts'
import { integerOption, writeOptions } from '../options.ts'
import { bucketOf } from '../registry.ts'
import type { UserInfo } from '../request.ts'
import type { AnyObject, ServedResource } from '../resource.ts'
import { listObjects } from './list.ts'

export type Propagation = 'Background' | 'Foreground' | 'Orphan'

export type DeleteOptions = {
  uid?: string | undefined
  resourceVersion?: string | undefined
  propagation?: Propagation | undefined
  /** Seconds; only pods wait. */
  grace?: number | undefined
  dryRun?: boolean
}

/** `gone` says whether nothing is left, else the object waits for its finalizers or its grace period. */
export type Deleted = { object: AnyObject; gone: boolean; warnings: string[] }

export type DeleteTarget = { resource: ServedResource; namespace: string; name: string; user: UserInfo }

/** DELETE of one object. */
export const deleteObject = async (core: Core, target: DeleteTarget, options: DeleteOptions): Promise<Deleted> => {
  const { resource, namespace, name, user } = target
  const bucket = bucketOf(resource)
  const key = storageKey(namespace, name)
  if (bucket === '/namespaces' && systemNamespaces.slice(0, 3).includes(name)) {
    throw forbidden(resource, name, 'this namespace may not be deleted')
  }
  for (;;) {
    const stored = core.storage.get(bucket, key)
    if (stored === undefined) throw notFound(resource, name)
    checkPreconditions(target, stored, options)
    const warnings = await core.admission.validate({
      resource,
      operation: 'DELETE',
      subresource: '',
      namespace,
      name,
      object: undefined,
      oldObject: inVersion(resource, stored),
      options: { kind: 'DeleteOptions', apiVersion: 'meta.k8s.io/v1' },
      user,
      dryRun: options.dryRun === true,
    })
    const next = markDeleted(core, resource, stored, options)
    if (options.dryRun) return { object: inVersion(resource, next ?? stored), gone: next === undefined, warnings }
    if (next === stored) return { object: inVersion(resource, stored), gone: false, warnings }
    const written = next === undefined ? core.storage.remove(bucket, key, stored) : core.storage.put(bucket, key, next, stored)
    if (written !== undefined) return { object: inVersion(resource, written), gone: next === undefined, warnings }
  }
}

/** The options of a DELETE: the body, else the query. */
export const deleteOptionsOf = (request: ResourceRequest): DeleteOptions => {
  const body = request.body.length === 0 ? {} : (readDocument(request.body, request.headers['content-type']).value as Record<string, unknown> | null)
  const { preconditions, propagationPolicy, gracePeriodSeconds, orphanDependents, dryRun } = (body ?? {}) as {
    preconditions?: { uid?: string; resourceVersion?: string }
    propagationPolicy?: string
    gracePeriodSeconds?: number
    orphanDependents?: boolean
    dryRun?: string[]
  }
  const policy = propagationPolicy ?? request.query.get('propagationPolicy') ?? (orphanDependents === true ? 'Orphan' : undefined)
  if (policy !== undefined && !['Background', 'Foreground', 'Orphan'].includes(policy)) {
    const message = `Unsupported value: ${JSON.stringify(policy)}: supported values: "Foreground", "Background", "Orphan", "nil"`
    const subject = { group: 'meta.k8s.io', plural: '', kind: 'DeleteOptions' }
    throw invalid(subject, '', [{ field: 'propagationPolicy', reason: 'FieldValueNotSupported', message }])
  }
  const grace = gracePeriodSeconds ?? integerOption(request.query, 'gracePeriodSeconds')
  if (typeof grace === 'number' && grace < 0) throw badRequest('gracePeriodSeconds must not be negative')
  return {
    uid: preconditions?.uid,
    resourceVersion: preconditions?.resourceVersion,
    propagation: policy as Propagation | undefined,
    grace,
    dryRun: writeOptions(request, 'DeleteOptions').dryRun || (dryRun ?? []).includes('All'),
  }
}

/** DELETE of a collection. Returns what was there. */
export const deleteCollection = async (core: Core, request: ResourceRequest): Promise<AnyObject[]> => {
  const { items } = listObjects(core, request)
  const options = deleteOptionsOf(request)
  for (const { metadata } of items) {
    const target = { resource: request.resource, namespace: metadata.namespace ?? '', name: metadata.name ?? '', user: request.user }
    try {
      await deleteObject(core, target, { ...options, uid: metadata['uid'] as string })
    } catch (error) {
      // Someone else was faster: gone, or another one by that name by now.
      if (core.storage.get(bucketOf(request.resource), storageKey(target.namespace, target.name))?.metadata['uid'] === metadata['uid']) throw error
    }
  }
  return items
}

const checkPreconditions = ({ resource: { group, kind }, name }: DeleteTarget, { metadata }: AnyObject, options: DeleteOptions): void => {
  const { uid, resourceVersion } = options
  // Here, and only here, a real server names the kind where it names the resource elsewhere.
  const subject = { group, plural: kind }
  if (uid !== undefined && uid !== metadata['uid']) {
    const found = String(metadata['uid'])
    const message = `the UID in the precondition (${uid}) does not match the UID in record (${found}). `
      + 'The object might have been deleted and then recreated'
    throw conflict(subject, name, message)
  }
  if (resourceVersion !== undefined && resourceVersion !== metadata['resourceVersion']) {
    const [asked, found] = [resourceVersion, String(metadata['resourceVersion'])]
    const message = `the ResourceVersion in the precondition (${asked}) does not match the ResourceVersion in record (${found}). `
      + 'The object might have been modified'
    throw conflict(subject, name, message)
  }
}

/** The object marked for deletion, itself when nothing is left to mark, undefined when nothing holds it. */
const markDeleted = (core: Core, resource: ServedResource, live: AnyObject, options: DeleteOptions): AnyObject | undefined => {
  const before = (live.metadata['finalizers'] ?? []) as string[]
  const finalizers = withPropagation(before, options.propagation)
  const going = live.metadata['deletionTimestamp'] !== undefined
  const grace = graceOf(resource, live, options.grace)
  if (finalizers.length === 0 && grace === 0 && !(bucketOf(resource) === '/namespaces' && hasSpecFinalizers(live))) return undefined
  const left = live.metadata['deletionGracePeriodSeconds'] as number | undefined
  if (going && (left ?? 0) <= grace && finalizers.length === before.length) return live
  const next = clone(live)
  const { metadata } = next
  metadata['deletionTimestamp'] = going && (left ?? 0) <= grace ? live.metadata['deletionTimestamp'] : timeAfter(core, grace)
  metadata['deletionGracePeriodSeconds'] = going ? Math.min(left ?? 0, grace) : grace
  if (finalizers.length > 0) metadata['finalizers'] = finalizers
  if (!going && typeof metadata['generation'] === 'number') metadata['generation'] += 1
  if (bucketOf(resource) === '/namespaces') next['status'] = { ...(next['status'] as object), phase: 'Terminating' }
  return next
}

const withPropagation = (finalizers: string[], propagation: Propagation | undefined): string[] => {
  if (propagation === undefined) return finalizers
  const others = finalizers.filter((finalizer) => finalizer !== 'orphan' && finalizer !== 'foregroundDeletion')
  if (propagation === 'Orphan') return [...others, 'orphan']
  return propagation === 'Foreground' ? [...others, 'foregroundDeletion'] : others
}

/** Only a pod that runs on a node is given time: its kubelet ends it and deletes it again with no grace. */
const graceOf = (resource: ServedResource, live: AnyObject, asked: number | undefined): number => {
  if (bucketOf(resource) !== '/pods') return 0
  const { nodeName, terminationGracePeriodSeconds } = (live['spec'] ?? {}) as { nodeName?: string; terminationGracePeriodSeconds?: number }
  const { phase } = (live['status'] ?? {}) as { phase?: string }
  if (nodeName === undefined || nodeName === '' || phase === 'Succeeded' || phase === 'Failed') return 0
  return asked ?? terminationGracePeriodSeconds ?? 30
}

const hasSpecFinalizers = (live: AnyObject): boolean => ((live['spec'] as { finalizers?: string[] } | undefined)?.finalizers ?? []).length > 0

const timeAfter = (core: Core, seconds: number): string => new Date(core.clock.now() + seconds * 1000).toISOString().replace(/\.\d+Z$/, 'Z')
