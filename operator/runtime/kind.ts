import type { KubeObject, NewObject, ResourceType } from '../../crds/kubernetes.ts'
import type { Logger } from 'pino'
import type { Access, AccessQuestion } from './access.ts'
import type { Outcome } from './outcome.ts'
import type { Cache, InformerSpec } from './store.ts'

/**
 * Server-side apply of one object, with the kind's own field manager. Skips the request when nothing that we own
 * differs from the store. A new object is created only if the name is free: a same-named object that does not carry
 * our owner label makes it throw `NameConflictError`, which ends the pass as `blocked NameConflict`. The runtime adds the
 * owner's labels (`ownerLabels`); pass `owned: true` to add a controller ownerReference too (same namespace only), and `isNew: true` where there
 * is most likely no such object yet and no informer could tell: it is then looked for only if its creation meets one.
 */
export type Apply = (desired: NewObject & Record<string, unknown>, options?: ApplyChoice) => Promise<KubeObject>

/**
 * `version`: only if the object is still as it was at this resourceVersion, and never a second time by itself: for what carries over a part of it
 * that others write.
 */
export type ApplyChoice = { owned?: boolean; isNew?: boolean; version?: string }

/**
 * Deletes one object that was made for the owner, or the owner itself, with uid and resourceVersion preconditions. An object already gone,
 * or going, is a success.
 */
export type Remove = (resource: ResourceType, target: KubeObject) => Promise<void>

/** PUT on a subresource of a foreign object, for example KubeVirt's `softreboot`. Throws `ApiError`. */
export type Act = (
  resource: ResourceType,
  target: { name: string; namespace: string },
  subresource: string,
  body?: Record<string, unknown>,
) => Promise<void>

/**
 * A live GET. For what no informer may keep (Secrets: nothing of ours may watch them) and for what is too grave to
 * decide on a cache (a namespace being deleted), or, by the name of a subresource, for what is asked of a guest. Undefined where there is no such
 * object. Throws `ApiError` on all else.
 */
export type Read = (resource: ResourceType, target: { name: string; namespace?: string }, subresource?: string) => Promise<KubeObject | undefined>

/**
 * JSON merge patch of a live object whose fields others write too (a running VirtualMachineInstance's labels, a
 * PersistentVolume's reclaim policy), with the target's uid and resourceVersion as preconditions. The answer goes into the
 * store like every own write. Throws `ApiError`: 409 where the object has changed since.
 */
export type Patch = (resource: ResourceType, target: KubeObject, patch: Record<string, unknown>) => Promise<KubeObject>

/** Records a Kubernetes Event on the object; the same event again only raises its count. `reason` is PascalCase. */
export type RecordEvent = (type: 'Normal' | 'Warning', reason: string, message: string) => void

export type StepContext<T extends KubeObject, Facts> = {
  object: T
  facts: Facts
  apply: Apply
  remove: Remove
  act: Act
  read: Read
  patch: Patch
  event: RecordEvent
  /** Never put user data, keys or tokens in it. */
  log: Logger
  /** Milliseconds since the epoch. */
  now: number
}

export type Step<T extends KubeObject, Facts> = (context: StepContext<T, Facts>) => Outcome | Promise<Outcome>

/** Another resource whose events concern this kind. */
export type Watch<T extends KubeObject = never> = {
  informer: InformerSpec<T>
  /** Keys of ours to look at again. `previous` is undefined for a new object; both are given for a change. */
  keys: (object: T, cache: Cache, previous: T | undefined) => Iterable<string>
  /**
   * Milliseconds after which the keys are looked at; at once by default. For what is only counted: however many of its events come meanwhile, the
   * count is written once.
   */
  after?: number
}

export type StatusInput<T extends KubeObject, Facts> = {
  object: T
  /** Observed again after the steps when any of them wrote. */
  facts: Facts
  /** The first outcome that is not ready, else `ready`. */
  outcome: Outcome
  /** Outcomes by step name; steps after the first that is not ready did not run. */
  outcomes: Readonly<Record<string, Outcome>>
  now: number
}

/**
 * One kind, declared. The runtime turns it into a controller: watch event → keyed queue → `observe` → `steps` in order
 * until one is not ready → `status`, written once, last, only if it differs.
 */
export type Kind<T extends KubeObject, Facts, Status extends object> = {
  /** Lower-case name for metrics, logs and the field manager (`kumulus-<name>`). */
  name: string
  informer: InformerSpec<T>
  /** Added before the first step that writes; removed when every `finalize` step is ready. */
  finalizer?: string
  watches: readonly Watch[]
  /**
   * Resources that it applies although no informer may watch them: Secrets. Such an apply can't skip what is already so: it is a create where the
   * name is free, else a live GET and, if something differs, an update. Call it only when there is a reason to.
   */
  unwatched?: readonly ResourceType[]
  /**
   * What roles have to say before the facts of an object that isn't being deleted are known: asked anew at the beginning of each pass, and answered
   * to `observe`. Pure; undefined where nothing needs to be asked, for it costs a request.
   */
  question?: (object: T, cache: Cache) => AccessQuestion | undefined
  /** Gathers every fact in one place. Reads only. `access`: the answer to `question`. */
  observe: (object: T, cache: Cache, now: number, access?: Access) => Facts
  steps: Readonly<Record<string, Step<T, Facts>>>
  /** Ordered tear-down. While a step is not ready the object stays, and `status` says why. */
  finalize?: Readonly<Record<string, Step<T, Facts>>>
  /** Pure. Returns the whole status. */
  status: (input: StatusInput<T, Facts>) => Status
}

/** Helper for type inference: `watch(spec, keys)` checks `keys` against the spec's own type. */
export const watch = <T extends KubeObject>(informer: InformerSpec<T>, keys: Watch<T>['keys'], options: { after?: number } = {}): Watch =>
  ({ informer, keys, ...options }) as unknown as Watch
