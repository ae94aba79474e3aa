import { clone, type Core } from '../core.ts'
import { crdStatus, isTrue, servedResources, takenNames, type Crd } from '../crd.ts'
import { jsonEqual } from '../json-equal.ts'
import type { UserInfo } from '../request.ts'
import type { AnyObject, ServedResource } from '../resource.ts'
import { deleteObject } from '../verbs/delete.ts'
import { createWorker, type Worker } from './worker.ts'

const bucket = 'apiextensions.k8s.io/customresourcedefinitions'
const finalizer = 'customresourcecleanup.apiextensions.k8s.io'
const user: UserInfo = { username: 'system:apiserver', groups: ['system:masters'] }

/** Serves what CustomResourceDefinitions define, and deletes the objects of one that is being deleted before it goes. */
export const startCustomResourceController = (core: Core): Worker => {
  const { storage, registry } = core
  const worker = createWorker('definition controller', (name) => syncDefinition(core, name), {
    log: core.log,
    schedule: (callback) => core.clock.after(1000, callback),
  })
  const owners = new Map<string, string>()
  const register = (definition: AnyObject) => {
    const name = definition.metadata.name ?? ''
    const resources = servedResources(definition)
    owners.set(`${(definition as Crd).spec.group}/${(definition as Crd).spec.names.plural}`, name)
    registry.set(name, resources)
  }
  const unsubscribe = storage.subscribe((event) => {
    if (event.bucket === bucket) {
      const name = event.object.metadata.name ?? ''
      if (event.type === 'DELETED') registry.set(name, [])
      else {
        register(event.object)
        worker.add(name)
      }
    } else if (event.type === 'DELETED') {
      const owner = owners.get(event.bucket)
      if (owner !== undefined && storage.get(bucket, `/${owner}`)?.metadata['deletionTimestamp'] !== undefined) worker.add(owner)
    }
  })
  for (const [, definition] of storage.list(bucket, '').entries) {
    register(definition)
    if (!isSettled(definition)) worker.add(definition.metadata.name ?? '')
  }
  return {
    ...worker,
    close: () => {
      unsubscribe()
      worker.close()
    },
  }
}

/** Nothing was left to do when the server stopped: its names are held, and what it serves goes on. */
const isSettled = (definition: AnyObject): boolean => {
  const { metadata } = definition
  const finalizers = (metadata['finalizers'] ?? []) as string[]
  const isServed = isTrue(definition as Crd, 'Established') && isTrue(definition as Crd, 'NamesAccepted')
  return metadata['deletionTimestamp'] === undefined && finalizers.includes(finalizer) && isServed
}

/** True while the definition behind a resource is being deleted: nothing new may be created then. */
export const isTerminating = ({ storage }: Core, { plural, group }: ServedResource): boolean =>
  storage.get(bucket, `/${plural}.${group}`)?.metadata['deletionTimestamp'] !== undefined

const syncDefinition = async (core: Core, name: string): Promise<void> => {
  const stored = core.storage.get(bucket, `/${name}`)
  if (stored === undefined) return
  if (stored.metadata['deletionTimestamp'] !== undefined) return cleanUp(core, name)
  const definitions = [...core.storage.list(bucket, '').entries].map(([, definition]) => definition)
  const status = crdStatus(stored, takenNames(definitions, (stored as Crd).spec.group, name), core.timestamp())
  const finalizers = (stored.metadata['finalizers'] ?? []) as string[]
  if (jsonEqual(status, stored['status']) && finalizers.includes(finalizer)) return
  const next = clone(stored)
  next['status'] = status
  if (!finalizers.includes(finalizer)) next.metadata['finalizers'] = [...finalizers, finalizer]
  if (core.storage.put(bucket, `/${name}`, next, stored) === undefined) throw new Error('the definition changed meanwhile')
}

const cleanUp = async (core: Core, name: string): Promise<void> => {
  const { storage } = core
  const definition = storage.get(bucket, `/${name}`) as Crd | undefined
  if (definition === undefined || !((definition.metadata['finalizers'] ?? []) as string[]).includes(finalizer)) return
  const objects = `${definition.spec.group}/${definition.spec.names.plural}`
  const resource = core.registry.byBucket(objects)
  for (const [, { metadata }] of resource === undefined ? [] : storage.list(objects, '').entries) {
    if (resource === undefined || metadata['deletionTimestamp'] !== undefined) continue
    const target = { resource, namespace: metadata.namespace ?? '', name: metadata.name ?? '', user }
    await deleteObject(core, target, { propagation: 'Background' }).catch((error: { code?: number }) => {
      if (error.code !== 404) throw error
    })
  }
  const current = storage.get(bucket, `/${name}`)
  if (current === undefined || storage.count(objects) > 0) return
  const finalizers = ((current.metadata['finalizers'] ?? []) as string[]).filter((each) => each !== finalizer)
  if (finalizers.length === 0) storage.remove(bucket, `/${name}`, current)
  else storage.put(bucket, `/${name}`, { ...current, metadata: { ...current.metadata, finalizers } }, current)
}
