import type { KubeObject, NewObject, ResourceType } from '../../crds/kubernetes.ts'
import { instanceType } from '../../crds/v1alpha1/instance-type.ts'
import { volumeType } from '../../crds/v1alpha1/volume-type.ts'
import { storageClassInformer } from '../providers/csi/informers.ts'
import { instanceTypeInformer } from '../resources/instance-type/store.ts'
import { volumeTypeInformer } from '../resources/volume-type/store.ts'
import { isConflict } from '../runtime/client.ts'
import { source, type Again, type Pass } from '../runtime/controller.ts'
import { desiredDigest } from '../runtime/owned-digest.ts'
import type { Runtime } from '../runtime/runtime.ts'
import type { InformerSpec } from '../runtime/store.ts'
import type { CatalogEntry } from './manifests.ts'

const FIELD_MANAGER = 'kumulus-catalog'

/**
 * Makes the types that a platform offers and keeps them as the catalogue says, which may be another after an upgrade. A type of which somebody
 * else has changed a field is theirs: it is left alone. None is ever deleted. Before the runtime's start only.
 *
 * No Helm release can hold them itself: Helm looks up every kind of a release before it installs the first of its definitions.
 */
export const offerCatalog = (runtime: Runtime, entries: readonly CatalogEntry[]): void => {
  if (entries.length === 0) return
  const byKey = new Map(entries.map((entry) => [`${entry.kind}/${entry.metadata.name}`, entry]))
  const waiting = () => [...byKey.keys()].filter((key) => key.startsWith(volumeType.kind))
  for (const { informer } of Object.values(kinds)) runtime.informer(informer)
  const controller = runtime.controller({
    name: 'catalog',
    workers: 4,
    sources: [source(storageClassInformer, ({ isDefault }, previous) => (isDefault && previous?.isDefault !== true ? waiting() : []))],
    reconcile: (pass) => offer(runtime, byKey.get(pass.key), pass),
  })
  for (const key of byKey.keys()) controller.queue.add(key)
}

type OfCatalog = { resource: ResourceType; informer: InformerSpec<KubeObject> }

const kinds: Readonly<Record<'instanceType' | 'volumeType', OfCatalog>> = {
  instanceType: { resource: instanceType, informer: instanceTypeInformer as unknown as InformerSpec<KubeObject> },
  volumeType: { resource: volumeType, informer: volumeTypeInformer as unknown as InformerSpec<KubeObject> },
}

const offer = async (runtime: Runtime, entry: CatalogEntry | undefined, { log }: Pass): Promise<Again> => {
  const desired = entry === undefined ? undefined : desiredOf(runtime, entry)
  // The default StorageClass comes with an event.
  if (desired === undefined) return undefined
  const { resource, informer } = desired.kind === volumeType.kind ? kinds.volumeType : kinds.instanceType
  const { store } = runtime.informer(informer)
  const { name } = desired.metadata
  const digest = desiredDigest(desired)
  if (store.holds(name, FIELD_MANAGER, digest) || store.get(name)?.metadata.deletionTimestamp !== undefined) return undefined
  try {
    const answer = await runtime.client.apply(resource, desired, { fieldManager: FIELD_MANAGER, force: false })
    store.put(answer)
    store.applied(name, FIELD_MANAGER, digest, answer)
  } catch (error) {
    if (!isConflict(error)) throw error
    log.info({ type: `${desired.kind} ${name}`, why: (error as Error).message }, 'a type of the catalogue was changed by somebody else and is left as it is')
  }
  return undefined
}

/** A VolumeType without a StorageClass gets the default one; once it has one it keeps it, whatever becomes the default. */
const desiredOf = (runtime: Runtime, entry: CatalogEntry): NewObject & { metadata: { name: string }; spec: object } | undefined => {
  const { metadata: { name }, kind, spec } = entry
  const labels = { 'app.kubernetes.io/managed-by': 'kumulus' }
  const desired = { ...entry, metadata: { name, labels } }
  if (kind !== volumeType.kind || spec['storageClassName'] !== undefined) return desired
  const present = runtime.cache.of(volumeTypeInformer).get(name)?.spec.storageClassName
  const storageClassName = present ?? [...runtime.cache.of(storageClassInformer).list()].find(({ isDefault }) => isDefault)?.metadata.name
  return storageClassName === undefined ? undefined : { ...desired, spec: { ...spec, storageClassName } }
}
