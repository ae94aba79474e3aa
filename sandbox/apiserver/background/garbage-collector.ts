import type { OwnerReference } from '../../../crds/kubernetes.ts'
import { storageKey, type Core } from '../core.ts'
import type { LogEvent } from '../event-log.ts'
import { bucketOf } from '../registry.ts'
import type { UserInfo } from '../request.ts'
import type { AnyObject } from '../resource.ts'
import { deleteObject, type Propagation } from '../verbs/delete.ts'
import { createOwnerGraph, ownersOf, type OwnerGraph, type Place } from './owner-graph.ts'
import { createWorker, type Worker } from './worker.ts'

const user: UserInfo = { username: 'system:serviceaccount:kube-system:generic-garbage-collector', groups: ['system:masters'] }

/** `missed`: those whose owner is of a kind that nobody served when they were looked at. */
type Collector = { core: Core; graph: OwnerGraph; missed: Set<string> }

const definitions = 'apiextensions.k8s.io/customresourcedefinitions'

/**
 * Deletes objects whose owners are all gone, and carries out foreground deletion and orphaning. As in a real cluster a reference
 * counts only in the dependent's own namespace (or to a cluster-scoped owner): an owner elsewhere counts as gone.
 */
export const startGarbageCollector = (core: Core): Worker => {
  const graph = createOwnerGraph()
  const collector: Collector = { core, graph, missed: new Set() }
  const worker = createWorker('garbage collector', (key) => collect(collector, placeOf(key)), {
    log: core.log,
    schedule: (callback) => core.clock.after(1000, callback),
  })
  const add = ({ bucket, key }: Place) => worker.add(`${bucket} ${key}`)
  for (const bucket of core.storage.buckets()) {
    for (const [key, object] of core.storage.list(bucket, '').entries) {
      graph.put({ bucket, key }, object)
      if (needsLook(object)) add({ bucket, key })
    }
  }
  const unsubscribe = core.storage.subscribe((event) => {
    const place = { bucket: event.bucket, key: event.key }
    const affected = graph.dependents(String(event.object.metadata['uid']))
    if (event.type === 'DELETED') graph.remove(event.object)
    else graph.put(place, event.object)
    if (event.type === 'DELETED') affected.forEach(add)
    else if (needsLook(event.object)) add(place)
    if (event.bucket === definitions && event.type !== 'DELETED') lookAgain(collector, worker)
    // An owner that waits for its dependents waits for this one no more.
    if (event.type !== 'ADDED') ownersBefore(event).forEach((owner) => waitingOwner(core, event.object, owner).forEach(add))
  })
  return {
    ...worker,
    close: () => {
      unsubscribe()
      worker.close()
    },
  }
}

/** A real one tries again and again; here a kind comes back with its definition. */
const lookAgain = ({ missed }: Collector, worker: Worker): void => {
  const places = [...missed]
  missed.clear()
  for (const place of places) worker.add(place)
}

const placeOf = (text: string): Place => {
  const space = text.indexOf(' ')
  return { bucket: text.slice(0, space), key: text.slice(space + 1) }
}

const finalizersOf = ({ metadata }: AnyObject): string[] => (metadata['finalizers'] ?? []) as string[]
const isGoing = ({ metadata }: AnyObject): boolean => metadata['deletionTimestamp'] !== undefined

const needsLook = (object: AnyObject): boolean =>
  ownersOf(object).length > 0 || (isGoing(object) && finalizersOf(object).some((each) => each === 'orphan' || each === 'foregroundDeletion'))

const ownersBefore = ({ previous }: LogEvent): OwnerReference[] => (previous === undefined ? [] : ownersOf(previous))

const waitingOwner = (core: Core, dependent: AnyObject, reference: OwnerReference): Place[] => {
  const owner = findOwner(core, dependent, reference)
  return owner !== 'unknown' && owner !== 'gone' && isGoing(owner.object) && finalizersOf(owner.object).includes('foregroundDeletion') ? [owner.place] : []
}

const collect = async (collector: Collector, place: Place): Promise<void> => {
  const object = collector.core.storage.get(place.bucket, place.key)
  if (object === undefined) return
  if (isGoing(object)) {
    if (finalizersOf(object).includes('orphan')) return orphanDependents(collector, place, object)
    if (finalizersOf(object).includes('foregroundDeletion')) await deleteDependents(collector, place, object)
    return
  }
  await collectDependent(collector, place, object)
}

const collectDependent = async ({ core, graph, missed }: Collector, place: Place, object: AnyObject): Promise<void> => {
  const owners = ownersOf(object).map((reference) => ({ reference, owner: findOwner(core, object, reference) }))
  if (owners.some(({ owner }) => owner === 'unknown')) missed.add(`${place.bucket} ${place.key}`)
  if (owners.length === 0 || owners.some(({ owner }) => owner === 'unknown')) return
  const gone = owners.filter(({ owner }) => owner === 'gone')
  const leaving = owners.filter(({ owner, reference }) => isLeaving(owner, reference))
  const staying = owners.length - gone.length - leaving.length
  if (staying > 0) {
    if (gone.length + leaving.length > 0) dropOwners(core, place, object, [...gone, ...leaving].map(({ reference }) => reference.uid))
    return
  }
  const hasDependents = graph.dependents(String(object.metadata['uid'])).length > 0
  await remove(core, place, object, leaving.length > 0 && hasDependents ? 'Foreground' : undefined)
}

type Found = { place: Place; object: AnyObject } | 'gone' | 'unknown'

const isLeaving = (owner: Found, { blockOwnerDeletion }: OwnerReference): boolean =>
  typeof owner === 'object' && isGoing(owner.object) && finalizersOf(owner.object).includes('foregroundDeletion') && blockOwnerDeletion === true

/** An owner of a kind that nobody serves is unknown: nothing is deleted because of it. */
const findOwner = ({ storage, registry }: Core, dependent: AnyObject, { apiVersion, kind, name, uid }: OwnerReference): Found => {
  const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion]
  const resource = registry.findKind(group ?? '', version, kind)
  if (resource === undefined) return 'unknown'
  const namespace = dependent.metadata.namespace ?? ''
  // A cluster-scoped object can't have a namespaced owner: there is no telling which namespace is meant.
  if (resource.namespaced && namespace === '') return 'unknown'
  const place = { bucket: bucketOf(resource), key: storageKey(resource.namespaced ? namespace : '', name) }
  const object = storage.get(place.bucket, place.key)
  return object?.metadata['uid'] === uid ? { place, object } : 'gone'
}

const dropOwners = ({ storage }: Core, { bucket, key }: Place, object: AnyObject, uids: string[]): void => {
  const ownerReferences = ownersOf(object).filter(({ uid }) => !uids.includes(uid))
  const { ownerReferences: _, ...metadata } = object.metadata
  storage.put(bucket, key, { ...object, metadata: { ...metadata, ...(ownerReferences.length === 0 ? {} : { ownerReferences }) } }, object)
}

const orphanDependents = ({ core, graph }: Collector, place: Place, owner: AnyObject): void => {
  const uid = String(owner.metadata['uid'])
  for (const dependent of graph.dependents(uid)) {
    const object = core.storage.get(dependent.bucket, dependent.key)
    if (object !== undefined) dropOwners(core, dependent, object, [uid])
  }
  dropFinalizer(core, place, 'orphan')
}

const deleteDependents = async (collector: Collector, place: Place, owner: AnyObject): Promise<void> => {
  const { core, graph } = collector
  const uid = String(owner.metadata['uid'])
  let blocked = false
  for (const dependent of graph.dependents(uid)) {
    const object = core.storage.get(dependent.bucket, dependent.key)
    if (object === undefined) continue
    if (!isGoing(object)) await collectDependent(collector, dependent, object)
    const rest = core.storage.get(dependent.bucket, dependent.key)
    blocked ||= rest !== undefined && ownersOf(rest).some((reference) => reference.uid === uid && reference.blockOwnerDeletion === true)
  }
  if (!blocked) dropFinalizer(core, place, 'foregroundDeletion')
}

const dropFinalizer = ({ storage }: Core, { bucket, key }: Place, finalizer: string): void => {
  const object = storage.get(bucket, key)
  if (object === undefined) return
  const finalizers = finalizersOf(object).filter((each) => each !== finalizer)
  if (finalizers.length === 0 && Number(object.metadata['deletionGracePeriodSeconds'] ?? 0) === 0) storage.remove(bucket, key, object)
  else storage.put(bucket, key, { ...object, metadata: { ...object.metadata, finalizers } }, object)
}

const remove = async (core: Core, { bucket }: Place, object: AnyObject, propagation: Propagation | undefined): Promise<void> => {
  const resource = core.registry.byBucket(bucket)
  if (resource === undefined) return
  const { namespace = '', name = '', uid } = object.metadata
  // Finalizers that ask for orphaning or foreground say what the user wanted: background is only the default.
  const policy = propagation ?? (finalizersOf(object).includes('orphan') ? 'Orphan' : finalizersOf(object).includes('foregroundDeletion') ? 'Foreground' : 'Background')
  await deleteObject(core, { resource, namespace, name, user }, { uid: String(uid), propagation: policy }).catch((error: { code?: number }) => {
    if (error.code !== 404 && error.code !== 409) throw error
  })
}
