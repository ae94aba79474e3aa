/**
 * What one step of a reconcile came to.
 *
 * - `ready`: what the step stands for is as it should be; `after` milliseconds it may be no more, without any event;
 * - `waiting`: something else must happen first; an event will bring the key back, or `after` milliseconds will;
 * - `blocked`: the user must act; nothing is retried until something changes. Shown as `Stalled`.
 *
 * Whatever a step throws is neither: it is retried with back-off.
 */
export type Outcome =
  | { kind: 'ready'; after?: number }
  | { kind: 'waiting'; reason: string; message: string; after?: number }
  | { kind: 'blocked'; reason: string; message: string }

export const ready: Outcome = { kind: 'ready' }

/** @param after - milliseconds until the key is looked at again. */
export const readyFor = (after: number | undefined): Outcome => after === undefined ? ready : { kind: 'ready', after }

/** @param after - milliseconds until the key is looked at again without an event; leave it out where an event will come. */
export const waiting = (reason: string, message: string, after?: number): Outcome =>
  after === undefined ? { kind: 'waiting', reason, message } : { kind: 'waiting', reason, message, after }

export const blocked = (reason: string, message: string): Outcome => ({ kind: 'blocked', reason, message })
