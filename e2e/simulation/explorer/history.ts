import type { LogEvent } from '../../../sandbox/apiserver/event-log.ts'
import type { Manifest, Named, Stored } from './scenario.ts'
import type { Moments } from './moments.ts'
import type { Plan } from './plan.ts'

/** A write of the operator as the API server got it. */
export type Write = {
  time: number
  /** Name of the process. */
  process: string
  method: string
  path: string
  query: Record<string, string>
  contentType: string
  body: unknown
  /** What was stored last when it was sent. */
  revision: number
  /** What the server said, whatever the operator was told. */
  status: number
}

/** A write of whomever, as it was stored. Events and Leases are left out: they are about what happens, not what is. */
export type StoredEvent = Omit<LogEvent, 'object' | 'previous'> & { time: number; object: Stored; previous: Stored | undefined }

/** All that is known of one run. */
export type Run = {
  plan: Plan
  writes: readonly Write[]
  events: readonly StoredEvent[]
  /** Events that the operator's watches brought, by resource (`group/plural`). */
  delivered: ReadonlyMap<string, number>
  /** What the user applied and deleted by name. */
  applied: readonly Manifest[]
  removed: readonly Named[]
  /** What is stored at the end, by bucket and key. */
  final: ReadonlyMap<string, ReadonlyMap<string, Stored>>
  /** How often each guest was started, by the UID of its VirtualMachineInstance. */
  starts: ReadonlyMap<string, number>
  /** Guests that ran at once and are one machine to themselves, in words. */
  twins: readonly string[]
  /** Why the user could not finish. */
  stuck: string | undefined
  /** How many writes and events there were when everything should have come to rest; an hour of the clock passed after that. */
  rest: { writes: number; events: number; time: number }
  /** When the last fault ended, by the clock. */
  lastFault: number
  /** Of a run in which nothing goes wrong: where others go on from. */
  moments?: Pick<Moments, 'of'>
}

/** ControllerRevisions are KubeVirt's own notes of every generation that it met. */
const untold = new Set(['/events', 'events.k8s.io/events', 'coordination.k8s.io/leases', 'apps/controllerrevisions'])

export const isTold = (bucket: string): boolean => !untold.has(bucket)
