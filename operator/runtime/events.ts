import { createHash } from 'node:crypto'
import type { KubeObject, ResourceType } from '../../crds/kubernetes.ts'
import { ApiError, isConflict, isNotFound } from './client.ts'
import type { Client } from './client.ts'
import type { Clock } from './clock.ts'
import { timestamp } from './conditions.ts'
import type { Log } from './log.ts'

/** Core v1, because that is what `kubectl describe` looks for by `involvedObject.uid`. */
const EVENTS: ResourceType = { group: '', version: 'v1', kind: 'Event', plural: 'events', namespaced: true }

/** client-go's limits: so many events about one object at once, and one more every five minutes. */
const BURST = 25
const REFILL = 300_000
/** Different messages under one reason within ten minutes, after which they are told as one event. */
const SIMILAR = 10
const SIMILAR_WINDOW = 600_000
/** Objects whose recent events are remembered. */
const REMEMBERED = 4096
/** Events waiting to be sent; more are dropped. */
const PENDING = 1000

export type EventRecorder = {
  /** Queues an event and returns at once. Never throws. */
  record: (object: KubeObject, type: 'Normal' | 'Warning', reason: string, message: string) => void
  /** Events not yet sent. */
  readonly pending: number
  /** Resolves when everything queued so far was sent or dropped. */
  flush: () => Promise<void>
}

export type RecorderOptions = { client: Client; clock: Clock; log: Log; component: string; instance: string }

/** Records events in the background. The same event again raises its count, across restarts too, because its name is made of what it says. */
export const createEventRecorder = (options: RecorderOptions): EventRecorder => {
  const memory = new Map<string, Memory>()
  let pending = 0
  let tail = Promise.resolve()
  return {
    record: (object, type, reason, message) => {
      const text = admit(memory, options.clock.now(), object.metadata.uid, `${type}/${reason}`, message)
      if (text === undefined || pending >= PENDING) return
      pending++
      const event = eventOf(options, object, type, reason, text)
      tail = tail
        .then(() => send(options.client, event))
        .catch((error: unknown) => options.log.debug({ err: error, reason }, 'an event was not recorded'))
        .finally(() => {
          pending--
        })
    },
    get pending() {
      return pending
    },
    flush: () => tail,
  }
}

type Memory = { tokens: number; at: number; reasons: Map<string, { since: number; messages: Set<string> }> }

/** The message to record, possibly of many similar ones together, or undefined when the object has had its share. */
const admit = (memory: Map<string, Memory>, now: number, uid: string, reason: string, message: string): string | undefined => {
  const known = memory.get(uid) ?? { tokens: BURST, at: now, reasons: new Map() }
  memory.delete(uid)
  memory.set(uid, known)
  if (memory.size > REMEMBERED) memory.delete(memory.keys().next().value ?? '')
  known.tokens = Math.min(BURST, known.tokens + Math.max(0, now - known.at) / REFILL)
  known.at = now
  if (known.tokens < 1) return undefined
  known.tokens -= 1
  const similar = known.reasons.get(reason)
  if (similar === undefined || now - similar.since > SIMILAR_WINDOW) {
    known.reasons.set(reason, { since: now, messages: new Set([message]) })
    return message
  }
  if (similar.messages.size < SIMILAR) similar.messages.add(message)
  return similar.messages.size >= SIMILAR && !similar.messages.has(message) ? '(combined from similar events)' : message
}

type Event = KubeObject & { count: number; lastTimestamp: string; [field: string]: unknown }

const eventOf = (options: RecorderOptions, object: KubeObject, type: string, reason: string, message: string): Event => {
  const { apiVersion, kind, metadata } = object
  const text = message.length > 1024 ? `${message.slice(0, 1021)}...` : message
  const hash = createHash('sha256').update([metadata.uid, type, reason, text].join('\0')).digest('hex').slice(0, 16)
  const now = timestamp(options.clock.now())
  const { name, namespace, uid, resourceVersion } = metadata
  return {
    apiVersion: 'v1',
    kind: 'Event',
    // Events about cluster-scoped objects live in `default`, where kubectl looks for them.
    metadata: { name: `${name.slice(0, 230)}.${hash}`, namespace: namespace ?? 'default' } as KubeObject['metadata'],
    involvedObject: { apiVersion, kind, name, namespace, uid, resourceVersion },
    type,
    reason,
    message: text,
    source: { component: options.component },
    reportingComponent: options.component,
    reportingInstance: options.instance,
    firstTimestamp: now,
    lastTimestamp: now,
    count: 1,
  }
}

const send = async (client: Client, event: Event): Promise<void> => {
  const { name, namespace } = event.metadata
  try {
    await client.create(EVENTS, event)
  } catch (error) {
    if (!(error instanceof ApiError) || error.reason !== 'AlreadyExists') throw error
    await raise(client, event, { name, namespace })
  }
}

const raise = async (client: Client, event: Event, target: { name: string; namespace: string | undefined }): Promise<void> => {
  try {
    const live = await client.get<Event>(EVENTS, target)
    await client.mergePatch(EVENTS, target, { count: (live.count ?? 1) + 1, lastTimestamp: event.lastTimestamp, message: event.message })
  } catch (error) {
    // Expired between the two requests.
    if (!isNotFound(error) && !isConflict(error)) throw error
    await client.create(EVENTS, event)
  }
}
