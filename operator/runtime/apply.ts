import { apiVersionOf, keyOf } from '../../crds/kubernetes.ts'
import type { KubeObject, NewObject, ResourceType } from '../../crds/kubernetes.ts'
import { isConflict } from './client.ts'
import type { Informer } from './informer.ts'
import { liveObject, record } from './live.ts'
import { assertOurs } from './name-conflict.ts'
import { NotInstalledError } from './not-installed.ts'
import { desiredDigest, ownershipOf } from './owned-digest.ts'
import { controllerReference, ownerLabels } from './ownership.ts'
import type { WriterOptions } from './writer.ts'

type Desired = NewObject & Record<string, unknown>

/** `create` does not look for what no informer may watch before it has met it. */
type Attempt = 'create' | 'first' | 'second'

/** No object's version ever: the first revision of etcd is taken before the server serves. */
const NO_OBJECT = '1'

/** Adds the owner's labels, and a controller ownerReference where the object is to be garbage-collected with its owner. */
export const withOwner = (desired: Desired, owner: KubeObject, owned: boolean): Desired => {
  if (owned && owner.metadata.namespace !== desired.metadata.namespace) {
    throw new Error(`${desired.kind} ${keyOf(desired.metadata)} cannot be garbage-collected with ${owner.kind} ${keyOf(owner.metadata)}: not in its namespace`)
  }
  const metadata = { ...desired.metadata, labels: { ...desired.metadata.labels, ...ownerLabels(owner) } }
  return { ...desired, metadata: owned ? { ...metadata, ownerReferences: [controllerReference(owner)] } : metadata }
}

/**
 * Server-side apply that writes nothing when nothing differs and never adopts a stranger: a known object is named by its uid, an unknown
 * one is created only where the name is free. After a conflict it reads who is there and tries once more.
 */
export const applyObject = async (
  options: WriterOptions & { version?: string | undefined }, desired: Desired, writing: () => Promise<void>, attempt: Attempt = 'first',
): Promise<KubeObject> => {
  const { owner, fieldManager } = options
  const { resource, informers } = targetOf(options, desired)
  const key = keyOf(desired.metadata)
  if (informers.some(({ absent }) => absent)) throw new NotInstalledError(resource)
  const digest = desiredDigest(desired)
  const known = attempt === 'create' && informers.length === 0 ? undefined : await knownObject(options, resource, informers, key)
  if (known !== undefined) {
    assertOurs(known.object, known.ownerUID, owner)
    if (known.holds(fieldManager, digest)) return known.object
  }
  await writing()
  const guard = known === undefined ? { resourceVersion: NO_OBJECT }
    : { uid: known.object.metadata.uid, ...options.version === undefined ? {} : { resourceVersion: options.version } }
  try {
    const answer = await options.client.apply(resource, { ...desired, metadata: { ...desired.metadata, ...guard } }, { fieldManager })
    options.log.info({ kind: desired.kind, object: key, created: known === undefined }, 'applied')
    record(informers, answer, options.origin)
    for (const { store } of informers) if (store.get(key) !== undefined) store.applied(key, fieldManager, digest, answer)
    return answer
  } catch (error) {
    if (!isConflict(error) || attempt === 'second' || !(await learn(options, resource, informers, known?.object, key))) throw error
    // What is wanted was made of a version that is no more.
    if (options.version !== undefined) throw error
    return applyObject(options, desired, writing, 'second')
  }
}

type Informers = readonly Informer<KubeObject>[]

const targetOf = (options: WriterOptions, desired: Desired): { resource: ResourceType; informers: Informers } => {
  const informers = options.informersOf(desired)
  const resource = informers[0]?.spec.resource ??
    options.unwatched.find((each) => each.kind === desired.kind && apiVersionOf(each) === desired.apiVersion)
  if (resource === undefined) {
    throw new Error(`no informer watches ${desired.kind} of ${desired.apiVersion}: declare it among the kind's watches, or as unwatched`)
  }
  return { resource, informers }
}

type Known = { object: KubeObject; ownerUID: string | undefined; holds: (manager: string, digest: string) => boolean }

/** What the store says, or the server itself where no informer may watch. */
const knownObject = async (options: WriterOptions, resource: ResourceType, informers: Informers, key: string): Promise<Known | undefined> => {
  if (informers.length === 0) {
    const live = await liveObject(options.client, resource, key)
    if (live === undefined) return undefined
    const ownership = ownershipOf(live)
    return { object: live, ownerUID: ownership?.ownerUID, holds: (manager, digest) => ownership?.digests[manager] === digest }
  }
  for (const { store } of informers) {
    const object = store.get(key)
    if (object !== undefined) {
      return { object, ownerUID: store.ownership(key)?.ownerUID, holds: (manager, digest) => store.holds(key, manager, digest) }
    }
  }
  return undefined
}

/** Reads who is there after a conflict. Returns whether trying again makes sense; throws if a stranger has the name. */
const learn = async (
  options: WriterOptions,
  resource: ResourceType,
  informers: Informers,
  stored: KubeObject | undefined,
  key: string,
): Promise<boolean> => {
  const live = await liveObject(options.client, resource, key)
  if (stored !== undefined && live?.metadata.uid !== stored.metadata.uid) {
    for (const { store } of informers) store.forget(key, stored.metadata.uid, options.origin)
  }
  if (live === undefined) return stored !== undefined
  assertOurs(live, ownershipOf(live)?.ownerUID, options.owner)
  // What others have written brings the key back, whatever comes of this pass.
  return informers.length === 0 || record(informers, live, undefined)
}
