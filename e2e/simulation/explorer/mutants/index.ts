import { decisionMutants } from './decisions.ts'
import { finalizerMutants } from './finalizers.ts'
import type { Mutant } from './mutant.ts'
import { writeMutants } from './writes.ts'

/** Operators with one bug each, that the explorer has to see. */
export const mutants: readonly Mutant[] = [...writeMutants, ...finalizerMutants, ...decisionMutants]
