import type { KubeObject, NewObject, ResourceType } from '../../crds/kubernetes.ts'
import { FakeClock } from '../runtime/fake-clock.ts'
import type { StepContext } from '../runtime/kind.ts'
import { silentLog } from '../runtime/log.ts'
import { ObjectStore } from '../runtime/object-store.ts'
import { ownerLabels } from '../runtime/ownership.ts'
import type { Cache, InformerSpec } from '../runtime/store.ts'

/** What a step did, in order: `apply NetworkPolicy a/vpc-1`, `event Normal Available`. */
export type Recording = { acts: string[]; applied: (NewObject & Record<string, unknown>)[]; patches: Record<string, unknown>[] }

/** A context for tests of steps: nothing is written anywhere, and everything is on record. */
export const recordingContext = <T extends KubeObject, Facts>(
  object: T,
  facts: Facts,
  live: readonly KubeObject[] = [],
): StepContext<T, Facts> & { recording: Recording } => {
  const recording: Recording = { acts: [], applied: [], patches: [] }
  const did = (act: string) => void recording.acts.push(act)
  return {
    object,
    facts,
    recording,
    apply: async desired => {
      did(`apply ${titleOf(desired.kind, desired.metadata)}`)
      recording.applied.push(desired)
      return made(object, desired)
    },
    remove: async (resource, target) => did(`remove ${titleOf(resource.kind, target.metadata)}`),
    act: async (resource, target, subresource) => did(`${subresource} ${titleOf(resource.kind, target)}`),
    read: async (resource, target) => {
      did(`read ${titleOf(resource.kind, target)}`)
      return live.find(each => isAt(each, resource, target))
    },
    patch: async (resource, target, patch) => {
      did(`patch ${titleOf(resource.kind, target.metadata)}`)
      recording.patches.push(patch)
      return target
    },
    event: (type, reason) => did(`event ${type} ${reason}`),
    log: silentLog,
    now: Date.UTC(2026, 0, 1),
  }
}

/** Stores that hold these objects, each trimmed and indexed by its spec as in the operator. */
export const cacheOf = (...held: readonly [InformerSpec<never>, readonly object[]][]): Cache => {
  const stores = held.map(([spec, objects]) => {
    const store = new ObjectStore<KubeObject>(spec as unknown as InformerSpec<KubeObject>, new FakeClock())
    for (const object of objects) store.put(object as KubeObject)
    return [spec, store] as const
  })
  return {
    of: spec => {
      const found = stores.find(([each]) => each === spec as unknown)
      if (found !== undefined) return found[1] as never
      return new ObjectStore(spec, new FakeClock())
    },
  }
}

/** Pairs a spec with what its store holds, for `cacheOf`. */
export const holding = <T extends KubeObject>(spec: InformerSpec<T>, ...objects: readonly object[]): [InformerSpec<never>, readonly object[]] =>
  [spec as unknown as InformerSpec<never>, objects]

let sequence = 0

/** `desired` as a server would have stored it for its owner. */
export const made = <T extends NewObject>(owner: KubeObject, desired: T): T & KubeObject => ({
  ...desired,
  metadata: {
    name: '',
    ...desired.metadata,
    uid: `uid-of-${desired.kind}-${desired.metadata.name}`,
    resourceVersion: `${++sequence}`,
    labels: { ...desired.metadata.labels, ...ownerLabels(owner) },
  },
})

const titleOf = (kind: string, { namespace, name }: { namespace?: string; name?: string }): string =>
  `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`

const isAt = (object: KubeObject, resource: ResourceType, target: { name: string; namespace?: string }): boolean =>
  object.kind === resource.kind && object.metadata.name === target.name && object.metadata.namespace === target.namespace
