import type { InstanceStatus } from '../../../crds/v1alpha1/instance.ts'
import type { StatusInput } from '../../runtime/kind.ts'
import type { InstanceFacts } from './observe.ts'
import { stopper } from './power.ts'
import type { InstanceState } from './state.ts'
import type { StoredInstance } from './store.ts'

type Reason = NonNullable<InstanceStatus['stateReason']>

const user: Reason = { code: 'Client.UserInitiatedShutdown', message: 'User initiated shutdown' }
const guest: Reason = { code: 'Client.InstanceInitiatedShutdown', message: 'Instance initiated shutdown' }
const host: Reason = { code: 'Server.ScheduledStop', message: 'Stopped by its host' }

/** EC2's code of why the state is what it is; from what its machine and its spec say, so that losing the status loses nothing. */
export const stateReasonOf = (input: StatusInput<StoredInstance, InstanceFacts>, state: InstanceState): Pick<InstanceStatus, 'stateReason'> => {
  const { object, facts, outcome } = input
  switch (state) {
    case 'running': return {}
    case 'pending': return outcome.kind !== 'waiting' || outcome.reason !== 'InsufficientInstanceCapacity' ? {}
      : { stateReason: { code: 'Server.InsufficientInstanceCapacity', message: outcome.message.slice(0, 1024) } }
    case 'stopping':
    case 'stopped':
      if (stopper(object, facts.machine) === 'guest') return { stateReason: guest }
      return { stateReason: object.spec.state === 'Stopped' || facts.capture !== undefined || stopper(object, facts.machine) === 'user' ? user : host }
    case 'shutting-down':
    case 'terminated': return { stateReason: object.status?.stateReason?.code === guest.code ? guest : user }
  }
}
