import type { KubeObject, NewObject } from '../../crds/kubernetes.ts'
import { type Access, askAccess } from './access.ts'
import { ApiError, isConflict, isNotFound } from './client.ts'
import type { Client } from './client.ts'
import type { Clock } from './clock.ts'
import type { Again, Pass } from './controller.ts'
import type { CrdGuard } from './crd-guard.ts'
import { withoutEmptyLists } from './empty-lists.ts'
import type { EventRecorder } from './events.ts'
import type { Informer } from './informer.ts'
import type { Informers } from './informers.ts'
import type { Kind, Step, StepContext } from './kind.ts'
import { NameConflictError, StillDeletingError } from './name-conflict.ts'
import { NotInstalledError } from './not-installed.ts'
import { blocked, ready, waiting } from './outcome.ts'
import type { Outcome } from './outcome.ts'
import { desiredDigest } from './owned-digest.ts'
import type { Cache } from './store.ts'
import { createWriter } from './writer.ts'
import type { Writer } from './writer.ts'

export type KindSettings<T extends KubeObject> = {
  client: Client
  clock: Clock
  cache: Cache
  informer: Informer<T>
  informers: Pick<Informers, 'of'>
  events: EventRecorder
  guard: CrdGuard
}

/** Milliseconds until a name that a stranger has is tried again. */
const NAME_CONFLICT_POLL = 30_000

/** The same for a name whose present bearer is going: where that was a former namesake's, its end concerns no object that we could map it to. */
const DELETION_POLL = 1000
/** What is installed brings no event of its own for what waits for it. */
const NOT_INSTALLED_POLL = 10_000

/** Failures in a row after which the object's status says so: one lost race is nobody's business. */
const FAILURES_BEFORE_STATUS = 2

/** Turns a declared kind into the function that brings one of its objects one pass further. */
export const reconcileKind = <T extends KubeObject, Facts, Status extends object>(
  kind: Kind<T, Facts, Status>,
  settings: KindSettings<T>,
): ((pass: Pass) => Promise<Again>) => {
  const { informer, guard } = settings
  return async (pass) => {
    const object = informer.store.get(pass.key)
    if (object === undefined) return undefined
    const { uid } = object.metadata
    if (guard.deleting()) return release(kind, settings, pass, object)
    if (object.metadata.deletionTimestamp === undefined) return runPass(kind, settings, pass, object, kind.steps)
    if (!holds(kind, object)) return undefined
    if (await guard.confirmDeleting(uid)) return release(kind, settings, pass, object)
    const again = await runPass(kind, settings, pass, object, kind.finalize ?? {})
    if (!holds(kind, informer.store.get(pass.key))) guard.forget(uid)
    return again
  }
}

type Steps<T extends KubeObject, Facts> = Readonly<Record<string, Step<T, Facts>>>

const runPass = async <T extends KubeObject, Facts, Status extends object>(
  kind: Kind<T, Facts, Status>,
  settings: KindSettings<T>,
  pass: Pass,
  object: T,
  steps: Steps<T, Facts>,
): Promise<Again> => {
  const access = await askFor(kind, settings, object)
  const now = settings.clock.now()
  const writer = writerOf(kind, settings, pass, object)
  const facts = kind.observe(object, settings.cache, now, access)
  const event: StepContext<T, Facts>['event'] = (type, reason, message) => settings.events.record(object, type, reason, message)
  const context: StepContext<T, Facts> = {
    ...writer, object, facts, event, now,
    get log() {
      return pass.log
    },
  }
  const { outcomes, outcome, error } = await runSteps(steps, context)
  if (error !== undefined && (isConflict(error) || pass.failures < FAILURES_BEFORE_STATUS)) throw error
  const done = error === undefined && outcome.kind === 'ready'
  // A pass that has nothing to write would not notice that somebody took it off, and the object would go without being torn down.
  if (done && object.metadata.deletionTimestamp === undefined && !settings.guard.deleting()) await ensureFinalizer(kind, settings, pass)
  const latest = settings.informer.store.get(pass.key)
  // Replaced or gone meanwhile: its own event brings the key back.
  if (latest === undefined || latest.metadata.uid !== object.metadata.uid) return undefined
  // Only a tear-down that ran to its end lets go: the deletion may have come in the middle of this pass.
  if (done && object.metadata.deletionTimestamp !== undefined) return release(kind, settings, pass, latest)
  const seen = writer.wrote ? kind.observe(latest, settings.cache, now, access) : facts
  const written = await writeStatus(kind, settings, pass, latest, kind.status({ object: latest, facts: seen, outcome, outcomes, now }))
  // Once a news, not once a pass: a status that stays the same has been told.
  if (written && outcome.kind === 'blocked') event('Warning', outcome.reason, outcome.message)
  if (error !== undefined) throw error
  // A stranger is in no store of ours, or concerns none of our keys: no event tells when it has gone.
  if (outcome.kind === 'blocked' && outcome.reason === 'NameConflict') return { after: NAME_CONFLICT_POLL }
  // What was written may already be all that the next step waits for, and then no event will come.
  if (writer.wrote && outcome.kind !== 'ready') return { requeue: true }
  const after = soonest(outcomes)
  return after === undefined ? undefined : { after }
}

const askFor = async <T extends KubeObject, Facts, Status extends object>(
  kind: Kind<T, Facts, Status>, { client, cache }: KindSettings<T>, object: T,
): Promise<Access | undefined> => {
  const question = object.metadata.deletionTimestamp === undefined ? kind.question?.(object, cache) : undefined
  return question === undefined ? undefined : askAccess(client, question)
}

type StepsResult = { outcomes: Record<string, Outcome>; outcome: Outcome; error?: unknown }

const runSteps = async <T extends KubeObject, Facts>(steps: Steps<T, Facts>, context: StepContext<T, Facts>): Promise<StepsResult> => {
  const outcomes: Record<string, Outcome> = {}
  for (const [name, step] of Object.entries(steps)) {
    try {
      outcomes[name] = await step(context)
    } catch (error) {
      outcomes[name] = outcomeOf(error)
      const expected = [NameConflictError, StillDeletingError, NotInstalledError].some((known) => error instanceof known)
      return { outcomes, outcome: outcomes[name], ...(expected ? {} : { error: error ?? new Error('a step threw nothing') }) }
    }
    if (outcomes[name].kind !== 'ready') return { outcomes, outcome: outcomes[name] }
  }
  return { outcomes, outcome: ready }
}

/** What a step is ready for ends also where a later one is not ready. */
const soonest = (outcomes: Readonly<Record<string, Outcome>>): number | undefined => {
  const times = Object.values(outcomes).flatMap((outcome) => (outcome.kind === 'blocked' ? [] : (outcome.after ?? [])))
  return times.length === 0 ? undefined : Math.min(...times)
}

/** What the user is told of an error. An answer of the API server may concern them (a quota); anything else is ours to read in the log. */
const outcomeOf = (error: unknown): Outcome => {
  if (error instanceof NameConflictError) return blocked('NameConflict', error.message)
  if (error instanceof NotInstalledError) return waiting('NotInstalled', error.message, NOT_INSTALLED_POLL)
  if (error instanceof StillDeletingError) return waiting('WaitingForDeletion', error.message, DELETION_POLL)
  if (error instanceof ApiError && error.reason === 'Forbidden' && / cannot [a-z]+ resource /.test(error.message)) {
    return waiting('Forbidden', `the operator may not do this here: ${error.message}; if the namespace is to be an account, have the platform team open it`)
  }
  if (error instanceof ApiError && error.status < 500) return waiting('Retrying', `the API server refused: ${error.message}`)
  return waiting('Retrying', 'something went wrong; it is tried again with growing pauses')
}

const writerOf = <T extends KubeObject, Facts, Status extends object>(
  kind: Kind<T, Facts, Status>,
  settings: KindSettings<T>,
  pass: Pass,
  object: T,
): Writer => {
  const beforeWrite = async () => {
    if (settings.guard.deleting()) throw new Error('the CustomResourceDefinition is being deleted: nothing is written')
    await ensureFinalizer(kind, settings, pass)
    // Gone since the pass began, or another by now: what would be made for it is nobody's, and nothing would ever take it away.
    if (settings.informer.store.get(pass.key)?.metadata.uid !== object.metadata.uid) throw new Error('the object has gone: nothing is written for it')
  }
  const { client, informers } = settings
  const unwatched = kind.unwatched ?? []
  const fieldManager = `kumulus-${kind.name}`
  return createWriter({
    client, informersOf: informers.of, unwatched, owner: object, fieldManager, origin: pass.origin, beforeWrite, log: pass.notes,
  })
}

const holds = <T extends KubeObject, Facts, Status extends object>(kind: Kind<T, Facts, Status>, object: T | undefined): boolean =>
  kind.finalizer !== undefined && (object?.metadata.finalizers ?? []).includes(kind.finalizer)

/** Takes our finalizer off, and does nothing else. */
const ensureFinalizer = async <T extends KubeObject, Facts, Status extends object>(
  kind: Kind<T, Facts, Status>,
  settings: KindSettings<T>,
  pass: Pass,
): Promise<void> => {
  const current = settings.informer.store.get(pass.key)
  const { finalizer } = kind
  if (finalizer === undefined || current === undefined || current.metadata.deletionTimestamp !== undefined || holds(kind, current)) return
  await patchFinalizers(settings, pass, current, [...(current.metadata.finalizers ?? []), finalizer])
}

const release = async <T extends KubeObject, Facts, Status extends object>(
  kind: Kind<T, Facts, Status>,
  settings: KindSettings<T>,
  pass: Pass,
  object: T,
): Promise<undefined> => {
  if (!holds(kind, object)) return
  await patchFinalizers(settings, pass, object, (object.metadata.finalizers ?? []).filter((each) => each !== kind.finalizer))
}

const patchFinalizers = async <T extends KubeObject>(settings: KindSettings<T>, pass: Pass, object: T, finalizers: string[]): Promise<void> => {
  const { name, namespace, uid, resourceVersion } = object.metadata
  const { informer, client } = settings
  try {
    const answer = await client.mergePatch(informer.spec.resource, { name, namespace }, { metadata: { uid, resourceVersion, finalizers } })
    informer.store.put(answer, pass.origin)
  } catch (error) {
    if (!isNotFound(error)) throw error
    informer.store.forget(pass.key, uid, pass.origin)
  }
}

/**
 * Server-side apply of the whole status, unless the live object already says the same. The resourceVersion keeps it off a namesake: on
 * `/status` of a custom resource the API server ignores a uid that is not the object's. Returns whether anything was written.
 */
const writeStatus = async <T extends KubeObject, Facts, Status extends object>(
  kind: Kind<T, Facts, Status>,
  settings: KindSettings<T>,
  pass: Pass,
  object: T,
  status: Status,
): Promise<boolean> => {
  const { informer, client } = settings
  const { store, spec } = informer
  const fieldManager = `kumulus-${kind.name}-status`
  const { name, namespace, uid, resourceVersion } = object.metadata
  const body = { status: withoutEmptyLists(status as Record<string, unknown>) }
  const digest = desiredDigest(body)
  if (store.holds(pass.key, fieldManager, digest)) return false
  const metadata: NewObject['metadata'] = { name, uid, resourceVersion, ...(namespace === undefined ? {} : { namespace }) }
  try {
    const answer = await client.apply(spec.resource, { ...body, apiVersion: object.apiVersion, kind: object.kind, metadata }, { fieldManager, subresource: 'status' })
    store.put(answer, pass.origin)
    store.applied(pass.key, fieldManager, digest, answer)
    return true
  } catch (error) {
    if (!isNotFound(error)) throw error
    store.forget(pass.key, uid, pass.origin)
    return false
  }
}
