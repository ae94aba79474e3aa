import type { StepContext } from '../../runtime/kind.ts'
import { type Outcome, ready, waiting } from '../../runtime/outcome.ts'
import { actualState } from './actual-state.ts'
import type { InstanceFacts } from './observe.ts'
import { nextState } from './state.ts'
import type { StoredInstance } from './store.ts'

/** More than one transition behind: the status says the next, and the pass comes back for the rest. */
export const catchUp = ({ object, facts }: StepContext<StoredInstance, InstanceFacts>): Outcome => {
  const actual = actualState(object, facts)
  return nextState(object.status?.state, actual) === actual ? ready
    : waiting(actual === 'stopped' || actual === 'stopping' ? 'Stopping' : 'Pending', `${facts.id} is becoming ${actual}`, 10)
}
