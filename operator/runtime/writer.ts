import { apiVersionOf, keyOf } from '../../crds/kubernetes.ts'
import type { KubeObject, ResourceType } from '../../crds/kubernetes.ts'
import { applyObject, withOwner } from './apply.ts'
import type { Client } from './client.ts'
import type { Informer } from './informer.ts'
import { splitKey } from './key.ts'
import type { StepContext } from './kind.ts'
import type { Notes } from './log.ts'
import { liveObject, record } from './live.ts'
import type { Origin } from './object-store.ts'
import { removeObject } from './remove.ts'

export type WriterOptions = {
  client: Client
  /** Every informer that may hold an object of this apiVersion and kind. */
  informersOf: (object: { apiVersion: string; kind: string }) => readonly Informer<KubeObject>[]
  /** Resources that may be applied although no informer watches them. */
  unwatched: readonly ResourceType[]
  owner: KubeObject
  fieldManager: string
  origin: NonNullable<Origin>
  /** Called before every write: guards and the owner's finalizer. */
  beforeWrite: () => Promise<void>
  log: Notes
}

export type Writer = Pick<StepContext<KubeObject, never>, 'apply' | 'remove' | 'act' | 'read' | 'patch'> & {
  /** Anything was written through this writer. */
  readonly wrote: boolean
}

/** The only ways in which a pass changes the world. Every answer goes into the stores before the promise resolves. */
export const createWriter = (given: WriterOptions): Writer => {
  const options = { ...given, informersOf: watchedOnly(given) }
  const { client } = options
  const state = { wrote: false }
  const writing = async () => {
    await options.beforeWrite()
    state.wrote = true
  }
  return {
    apply: (desired, { owned = false, isNew = false, version } = {}) =>
      applyObject({ ...options, version }, withOwner(desired, options.owner, owned), writing, isNew ? 'create' : 'first'),
    remove: (resource, target) => removeObject(options, resource, target, writing),
    act: async (resource, target, subresource, body) => {
      await writing()
      await client.putSubresource(resource, target, subresource, body)
    },
    read: (resource, target, subresource) => liveObject(client, resource, keyOf(target), subresource),
    patch: async (resource, target, patch) => {
      await writing()
      const { uid, resourceVersion } = target.metadata
      const guarded = { ...patch, metadata: { ...(patch['metadata'] as object | undefined), uid, resourceVersion } }
      const answer = await client.mergePatch(resource, splitKey(keyOf(target.metadata)), guarded, { fieldManager: options.fieldManager })
      record(options.informersOf(answer), answer, options.origin)
      return answer
    },
    get wrote() {
      return state.wrote
    },
  }
}

/** Somebody else's informer of the same kind, such as that of one Secret in one namespace, knows nothing of what is written unwatched. */
const watchedOnly = ({ informersOf, unwatched }: WriterOptions): WriterOptions['informersOf'] => (object) =>
  unwatched.some((each) => each.kind === object.kind && apiVersionOf(each) === object.apiVersion) ? [] : informersOf(object)
