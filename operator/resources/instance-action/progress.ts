import { type Outcome, waiting } from '../../runtime/outcome.ts'

/** How far an act is, and in what words. @param after - milliseconds until it is looked at again without an event. */
export type Progress = { phase: Phase; message: string; after?: number }

export type Phase = 'Pending' | 'InProgress' | 'Completed' | 'Failed' | 'Superseded'

/** A step's answer: what is over is waited for by nobody, but says more than `ready` could. */
export const outcomeOf = ({ phase, message, after }: Progress): Outcome =>
  phase === 'Failed' ? { kind: 'blocked', reason: 'ActionFailed', message } : waiting(phase, message, after)

/** The phase that an answer stands for. */
export const phaseOf = (outcome: Outcome): Phase => {
  if (outcome.kind === 'ready') return 'Completed'
  if (outcome.kind === 'blocked') return 'Failed'
  return outcome.reason === 'InProgress' || outcome.reason === 'Completed' || outcome.reason === 'Superseded' ? outcome.reason : 'Pending'
}
