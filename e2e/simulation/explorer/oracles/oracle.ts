import type { Run } from '../history.ts'

/**
 * Says what is wrong with a run, a line each, beside a run of the same scenario and seed in which nothing went wrong. Empty where all is well.
 */
export type Oracle = (run: Run, reference: Run) => string[]
