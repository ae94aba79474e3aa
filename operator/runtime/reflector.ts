import type { KubeObject, ResourceType } from '../../crds/kubernetes.ts'
import { createBackoff } from './backoff.ts'
import type { Client } from './client.ts'
import { ApiError, isExpired, isNotFound } from './client.ts'
import { apiErrorOfStatus } from './api-error.ts'
import type { Clock } from './clock.ts'
import type { Gate } from './gate.ts'
import type { Log } from './log.ts'
import { TextSet } from './packed/text-set.ts'
import type { Random } from './random.ts'
import { compareResourceVersions } from './resource-version.ts'

/** Where a reflector puts what it reads. */
export type Sink = {
  put: (object: KubeObject) => void
  delete: (object: KubeObject) => void
  /** A list is complete: whatever it did not hold is gone. `seen` knows the UIDs that it held. */
  listed: (seen: { has: (uid: string) => boolean }, resourceVersion: string) => void
  /** The server does not know the resource. Returns whether that is so because its definition is not there: then nothing of it is, until it comes. */
  unknown?: () => boolean
  /** The server's history went back; the objects that follow are the truth whatever their versions say. */
  rewound: () => void
}

export type ReflectorOptions = {
  client: Client
  clock: Clock
  random: Random
  log: Log
  resource: ResourceType
  namespace?: string | undefined
  labelSelector?: string | undefined
  fieldSelector?: string | undefined
  metadataOnly?: boolean | undefined
  sink: Sink
  /** Shared by all reflectors of a process: pages are fetched and taken in a few at a time. */
  gate?: Gate | undefined
  /** Objects a page. */
  pageSize?: number
  /** Milliseconds of silence after which a watch is taken for dead and opened again where it was. */
  silence?: number | undefined
}

const PAGE_SIZE = 500
/** A real server sends a bookmark about once a minute where there is news; a quiet watch is merely opened again, which is cheap. */
const SILENCE = 150_000
/** A watch that ends sooner without a single event counts as a failure, or a broken proxy would make us spin. */
const SHORT_WATCH = 1_000
/** Longest pause while the resource is not there: its CustomResourceDefinition is about to be installed, and everything waits for it. */
const UNKNOWN_RESOURCE = 3_000
/** Failures in a row after which the list is taken anew, in case it is our resourceVersion that the server cannot stand. */
const RELIST_AFTER = 5

/** Lists, watches, and never stops before `signal` aborts, whatever the server does. Never rejects. */
export const runReflector = async (options: ReflectorOptions, signal: AbortSignal): Promise<void> => {
  const { clock, random, log, resource } = options
  const backoff = createBackoff(random)
  const state: State = { resourceVersion: undefined, highest: '0', progressed: false }
  let failures = 0
  let expiredBefore = false
  let absentBefore = false
  while (!signal.aborted) {
    state.progressed = false
    try {
      if (state.resourceVersion === undefined) await list(options, state, signal)
      await watchOnce(options, state, signal)
      failures = 0
      backoff.reset()
    } catch (error) {
      if (signal.aborted) return
      if (state.progressed) {
        failures = 0
        backoff.reset()
      }
      failures++
      const expired = mustRelist(error) || failures % RELIST_AFTER === 0
      if (expired) state.resourceVersion = undefined
      // The first 410 in a row is everyday life (compaction, a server that was restarted): list again at once.
      const atOnce = isExpired(error) && !expiredBefore
      expiredBefore = isExpired(error)
      const pause = isNotFound(error) ? Math.min(backoff.next(), UNKNOWN_RESOURCE * (1 + random())) : backoff.next()
      const delay = Math.max(atOnce ? 0 : pause, (error as { retryAfter?: number }).retryAfter ?? 0)
      const absent = isNotFound(error) && options.sink.unknown?.() === true
      if (!absent) log.warn({ resource: resource.plural, error: messageOf(error), delay, relist: expired }, 'list or watch failed; trying again')
      else if (!absentBefore) log.info({ resource: resource.plural, group: resource.group }, 'there is no such resource in this cluster: it is looked for until it comes')
      absentBefore = absent
      await clock.sleep(delay, signal).catch(() => {})
    }
  }
}

type State = {
  /** Where the watch goes on; undefined = list first. */
  resourceVersion: string | undefined
  /** Newest list or event seen, to notice a server whose history went back. */
  highest: string
  /** An event arrived since the last failure. */
  progressed: boolean
}

const list = async (options: ReflectorOptions, state: State, signal: AbortSignal): Promise<void> => {
  const { client, resource, namespace, labelSelector, fieldSelector, metadataOnly, sink, gate = ungated, pageSize = PAGE_SIZE } = options
  const seen = new TextSet()
  let next: string | undefined
  let resourceVersion: string | undefined
  do {
    await gate(async () => {
      const page = await client.list(resource, { namespace, labelSelector, fieldSelector, metadataOnly, limit: pageSize, continue: next, signal })
      if (resourceVersion === undefined && compareResourceVersions(page.resourceVersion, state.highest) < 0) sink.rewound()
      resourceVersion ??= page.resourceVersion
      for (const object of page.items) {
        seen.add(object.metadata.uid)
        sink.put(object)
      }
      next = page.continue
    })
  } while (next !== undefined && !signal.aborted)
  if (signal.aborted || resourceVersion === undefined) return
  state.resourceVersion = resourceVersion
  state.highest = resourceVersion
  sink.listed(seen, resourceVersion)
}

const ungated: Gate = (work) => work()

const watchOnce = async (options: ReflectorOptions, state: State, signal: AbortSignal): Promise<void> => {
  const { client, clock, random, resource, namespace, labelSelector, fieldSelector, metadataOnly, silence = SILENCE } = options
  if (signal.aborted) return
  const abort = new AbortController()
  // By hand: `AbortSignal.any` costs more than the rest of opening a watch.
  const onEnd = () => abort.abort(signal.reason)
  signal.addEventListener('abort', onEnd)
  let quiet = false
  const startTimer = () =>
    clock.after(silence, () => {
      quiet = true
      abort.abort(new Error('the watch went silent'))
    })
  let cancel = startTimer()
  const opened = clock.now()
  let events = 0
  try {
    const timeoutSeconds = Math.round(300 + random() * 300)
    const resourceVersion = state.resourceVersion ?? ''
    const watch = { namespace, labelSelector, fieldSelector, metadataOnly, resourceVersion, timeoutSeconds, signal: abort.signal }
    for await (const event of await client.watch(resource, watch)) {
      cancel()
      if (signal.aborted) return
      if (event.type === 'ERROR') throw apiErrorOfStatus(event.object)
      events++
      take(event, options.sink, state)
      cancel = startTimer()
    }
  } catch (error) {
    if (!quiet) throw error
    return
  } finally {
    cancel()
    signal.removeEventListener('abort', onEnd)
    abort.abort()
  }
  if (events === 0 && clock.now() - opened < SHORT_WATCH && !signal.aborted) throw new Error('the watch ended at once, without an event')
}

const take = (event: { type: string; object: KubeObject }, sink: Sink, state: State): void => {
  const { resourceVersion } = event.object.metadata
  if (event.type === 'DELETED') sink.delete(event.object)
  else if (event.type !== 'BOOKMARK') sink.put(event.object)
  state.progressed = true
  // Events may come twice or out of order: going on from an older one would only repeat, but it might be compacted.
  if (compareResourceVersions(resourceVersion, state.resourceVersion ?? '0') > 0) state.resourceVersion = resourceVersion
  if (compareResourceVersions(resourceVersion, state.highest) > 0) state.highest = resourceVersion
}

/** 400 and 504 are what a server says to a resourceVersion from its future, after it was restored from a backup. */
const mustRelist = (error: unknown): boolean =>
  isExpired(error) || (error instanceof ApiError && (error.status === 400 || error.status === 504))

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

