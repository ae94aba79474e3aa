import { clone, storageKey, type Core, type ResourceRequest } from '../core.ts'
import { readDocument } from '../body.ts'
import { notFound } from '../errors.ts'
import { bucketOf } from '../registry.ts'
import type { UserInfo } from '../request.ts'
import type { AnyObject, ServedResource } from '../resource.ts'
import { deleteObject } from '../verbs/delete.ts'
import { createWorker, type Worker } from './worker.ts'

const user: UserInfo = { username: 'system:serviceaccount:kube-system:namespace-controller', groups: ['system:masters'] }

/** Empties namespaces that are being deleted, and lets them go when nothing is left in them. */
export const startNamespaceController = (core: Core): Worker => {
  const { storage } = core
  const worker = createWorker('namespace controller', (name) => emptyNamespace(core, name), {
    log: core.log,
    schedule: (callback) => core.clock.after(1000, callback),
  })
  const going = (name: string) => storage.get('/namespaces', `/${name}`)?.metadata['deletionTimestamp'] !== undefined
  const unsubscribe = storage.subscribe(({ bucket, object, type }) => {
    if (bucket === '/namespaces') {
      if (type !== 'DELETED' && object.metadata['deletionTimestamp'] !== undefined) worker.add(object.metadata.name ?? '')
    } else if (object.metadata.namespace !== undefined && type !== 'MODIFIED' && going(object.metadata.namespace)) worker.add(object.metadata.namespace)
  })
  for (const [, { metadata }] of storage.list('/namespaces', '').entries) if (going(metadata.name ?? '')) worker.add(metadata.name ?? '')
  return {
    ...worker,
    close: () => {
      unsubscribe()
      worker.close()
    },
  }
}

/** PUT of `finalize`: sets the finalizers in the spec, and ends a deleted namespace that has none left. */
export const finalizeNamespace = async (core: Core, { name, body, headers }: ResourceRequest): Promise<AnyObject> => {
  const { value } = readDocument(body, headers['content-type'])
  const finalizers = (value as { spec?: { finalizers?: string[] } } | null)?.spec?.finalizers ?? []
  return setSpecFinalizers(core, name, finalizers)
}

const setSpecFinalizers = (core: Core, name: string, finalizers: string[]): AnyObject => {
  const stored = core.storage.get('/namespaces', `/${name}`)
  if (stored === undefined) throw notFound({ group: '', plural: 'namespaces' }, name)
  const next = clone(stored)
  next['spec'] = { ...(next['spec'] as object), finalizers }
  const held = finalizers.length > 0 || ((next.metadata['finalizers'] ?? []) as string[]).length > 0
  if (next.metadata['deletionTimestamp'] !== undefined && !held) return core.storage.remove('/namespaces', `/${name}`, stored) ?? next
  return core.storage.put('/namespaces', `/${name}`, next, stored) ?? next
}

const emptyNamespace = async (core: Core, name: string): Promise<void> => {
  const resources = namespacedBuckets(core)
  const isPods = ({ group, plural }: ServedResource) => group === '' && plural === 'pods'
  // Pods first, while what protects others from them is still there. Source: namespaced_resources_deleter.go, OrderedNamespaceDeletion.
  const pods = await deleteEach(core, name, resources.filter(isPods))
  const left = pods.length > 0 ? pods : await deleteEach(core, name, resources.filter((resource) => !isPods(resource)))
  const namespace = core.storage.get('/namespaces', `/${name}`)
  if (namespace === undefined) return
  if (left.length > 0) reportContent(core, namespace, left)
  else setSpecFinalizers(core, name, ((namespace['spec'] as { finalizers?: string[] } | undefined)?.finalizers ?? []).filter((each) => each !== 'kubernetes'))
}

/** Answers what is still there. */
const deleteEach = async (core: Core, namespace: string, resources: readonly ServedResource[]): Promise<[ServedResource, AnyObject][]> => {
  const { storage } = core
  const left: [ServedResource, AnyObject][] = []
  for (const resource of resources) {
    for (const [, { metadata }] of storage.list(bucketOf(resource), `${namespace}/`).entries) {
      const target = { resource, namespace, name: metadata.name ?? '', user }
      if (metadata['deletionTimestamp'] === undefined) await deleteObject(core, target, { propagation: 'Background' }).catch(ignoreMissing)
      const rest = storage.get(bucketOf(resource), storageKey(namespace, metadata.name ?? ''))
      if (rest !== undefined) left.push([resource, rest])
    }
  }
  return left
}

const namespacedBuckets = (core: Core): ServedResource[] =>
  [...core.storage.buckets()]
    .map((bucket) => core.registry.byBucket(bucket))
    .filter((resource): resource is ServedResource => resource?.namespaced === true)

/** Says in the namespace's status what still holds it, as a user who waits wants to know. */
const reportContent = (core: Core, namespace: AnyObject, left: [ServedResource, AnyObject][]): void => {
  const next = clone(namespace)
  const kinds = new Map<string, number>()
  const finalizers = new Map<string, number>()
  for (const [{ plural, group }, { metadata }] of left) {
    const name = `${plural}.${group}`
    kinds.set(name, (kinds.get(name) ?? 0) + 1)
    for (const finalizer of (metadata['finalizers'] ?? []) as string[]) finalizers.set(finalizer, (finalizers.get(finalizer) ?? 0) + 1)
  }
  const list = (counts: Map<string, number>, text: string) => [...counts].map(([name, count]) => `${name} ${text} ${count} resource instances`).join(', ')
  const condition = (type: string, reason: string, message: string) => ({ type, status: 'True', reason, message, lastTransitionTime: core.timestamp() })
  const conditions = [condition('NamespaceContentRemaining', 'SomeResourcesRemain', `Some resources are remaining: ${list(kinds, 'has')}`)]
  if (finalizers.size > 0) {
    const message = `Some content in the namespace has finalizers remaining: ${list(finalizers, 'in')}`
    conditions.push(condition('NamespaceFinalizersRemaining', 'SomeFinalizersRemain', message))
  }
  const before = (namespace['status'] as { conditions?: { message: string }[] } | undefined)?.conditions ?? []
  if (before.map(({ message }) => message).join() === conditions.map(({ message }) => message).join()) return
  next['status'] = { phase: 'Terminating', conditions }
  core.storage.put('/namespaces', `/${namespace.metadata.name}`, next, namespace)
}

const ignoreMissing = (error: unknown): void => {
  if ((error as { code?: number }).code !== 404) throw error
}
