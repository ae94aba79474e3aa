import type { Condition } from '../../crds/kubernetes.ts'
import type { Outcome } from './outcome.ts'

export type ConditionsInput = {
  /** The conditions in the object's present status. */
  previous: readonly Condition[] | undefined
  /** `metadata.generation` of the object that was reconciled. */
  generation: number | undefined
  outcome: Outcome
  /** Milliseconds since the epoch. */
  now: number
  /** Reason and message of `Ready=True`; default `Ready`. A deliberately stopped instance says `Stopped`. */
  readyReason?: string
  readyMessage?: string
}

/**
 * The conditions of kstatus (sigs.k8s.io/cli-utils): `Ready` always, `Reconciling` while work goes on, `Stalled` while the user must act.
 * A kind adds conditions of its own after these, by `condition`.
 */
export const conditionsOf = (input: ConditionsInput): Condition[] => {
  const { outcome } = input
  const make = (type: string, status: Condition['status'], reason: string, message: string) => condition(input, type, status, reason, message)
  if (outcome.kind === 'ready') return [make('Ready', 'True', input.readyReason ?? 'Ready', input.readyMessage ?? '')]
  const also = outcome.kind === 'waiting' ? 'Reconciling' : 'Stalled'
  return [make('Ready', 'False', outcome.reason, outcome.message), make(also, 'True', outcome.reason, outcome.message)]
}

/** One condition; `lastTransitionTime` moves only when `status` changes. */
export const condition = (
  input: Pick<ConditionsInput, 'previous' | 'generation' | 'now'>,
  type: string,
  status: Condition['status'],
  reason: string,
  message: string,
): Condition => {
  const before = input.previous?.find((each) => each.type === type)
  const lastTransitionTime = before?.status === status ? before.lastTransitionTime : timestamp(input.now)
  return { type, status, reason, message, observedGeneration: input.generation ?? 0, lastTransitionTime }
}

/** RFC 3339 in whole seconds, as `metav1.Time` has it. */
export const timestamp = (now: number): string => `${new Date(now).toISOString().slice(0, 19)}Z`

/** RFC 3339 with microseconds, as `metav1.MicroTime` has it. */
export const microTimestamp = (now: number): string => `${new Date(now).toISOString().slice(0, 23)}000Z`
