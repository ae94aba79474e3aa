import { atRest, notStuck } from './at-rest.ts'
import { noMoreCreations } from './creations.ts'
import { sameFinalState } from './final-state.ts'
import type { Oracle } from './oracle.ts'

/** Everything that must hold of every run, by name. */
export const oracles: Readonly<Record<string, Oracle>> = { notStuck, sameFinalState, noMoreCreations, atRest }
