import { atRest, notStuck } from './at-rest.ts'
import { noMoreCreations } from './creations.ts'
import { sameFinalState } from './final-state.ts'
import { stillInTime } from './frozen.ts'
import { oneMachine } from './one-machine.ts'
import type { Oracle } from './oracle.ts'
import { noOrphans } from './orphans.ts'
import { guarded } from './preconditions.ts'
import { everythingReady } from './ready.ts'
import { allowedTransitions } from './transitions.ts'
import { bytesKept } from './volumes.ts'

/** Everything that must hold of every run, by name. */
export const oracles: Readonly<Record<string, Oracle>> = {
  notStuck, everythingReady, sameFinalState, noMoreCreations, noOrphans, guarded, bytesKept, oneMachine, stillInTime, allowedTransitions, atRest,
}
