import type { InstanceAction } from '../../../crds/v1alpha1/instance-action.ts'
import { agentOf } from '../../providers/kubevirt/power.ts'
import { machineSubresources, virtualMachineResource, virtualMachineSubresources } from '../../providers/kubevirt/resources.ts'
import { isConflict } from '../../runtime/api-error.ts'
import type { StepContext } from '../../runtime/kind.ts'
import { heldStopped, stoppedBy } from '../instance/annotations.ts'
import { rebootGuest } from '../instance/reboot.ts'
import type { InstanceActionFacts } from './observe.ts'
import type { Progress } from './progress.ts'

type Context = StepContext<InstanceAction, InstanceActionFacts>

/** How long a guest may take to heed a soft reboot before it is reset, in milliseconds: EC2 waits for a few minutes too. */
export const rebootPatienceMs = 4 * 60_000

/** What this process has done for an act: asked a guest that had an agent then, or none. */
export type Asked = 'withAgent' | 'withoutAgent'

/**
 * Reboots. The proof that it was heeded is the guest agent's: it goes away, and KubeVirt's condition with it, and comes back. A guest without one
 * gives no sign, so that there the request is all that can be done.
 * @param started - when the act was recorded as begun, milliseconds since the epoch.
 * @param asked - by this process, before.
 */
export const reboot = async (context: Context, started: number, asked: Asked | undefined): Promise<Progress> => {
  const { facts: { run }, act, now } = context
  if (run?.status.phase !== 'Running') return { phase: 'Superseded', message: 'the instance is not running: it boots anew when it starts' }
  const agent = agentOf(run)
  if (agent !== undefined && agent.since > started) {
    return agent.connected ? { phase: 'Completed', message: 'the guest has rebooted' } : { phase: 'InProgress', message: 'the guest is rebooting' }
  }
  const isLate = now - started >= rebootPatienceMs
  const after = started + rebootPatienceMs - now
  // Never reset: what keeps it from being back may be the repair of a file system.
  if (agent === undefined && asked === 'withAgent') {
    return isLate ? { phase: 'Completed', message: 'the guest went down to reboot; its agent is not back yet' } : { phase: 'InProgress', message: 'the guest is rebooting', after }
  }
  if (agent !== undefined && isLate) {
    await act(machineSubresources, targetOf(context), 'reset')
    return { phase: 'Completed', message: 'the guest did not heed the request and was reset' }
  }
  if (asked === undefined) await rebootGuest(act, targetOf(context))
  return agent === undefined ? { phase: 'Completed', message: 'the guest was asked to reboot' }
    : { phase: 'InProgress', message: 'the guest was asked to reboot', after }
}

/** Cuts the power. The instance stays stopped, and its spec is left alone. Harmless to do twice: then there is nothing left to cut. */
export const forceStop = async (context: Context): Promise<Progress> => {
  const { facts: { machine, run, instance }, act, patch } = context
  if (machine === undefined || instance === undefined) return { phase: 'Superseded', message: 'the instance has no machine that could be stopped' }
  if (machine.spec.runStrategy !== 'Halted') {
    await patch(virtualMachineResource, machine, { metadata: { annotations: { [heldStopped]: stoppedBy('user', instance) } }, spec: { runStrategy: 'Halted' } })
  }
  if (run === undefined) return { phase: 'Completed', message: 'the instance is stopped' }
  await cutPower(act, targetOf(context))
  return { phase: 'InProgress', message: 'the power is being cut', after: lookAgainMs }
}

/** KubeVirt refuses to shorten a grace period that is that short already: then the power is being cut. */
const cutPower = async (act: Context['act'], target: { name: string; namespace: string }): Promise<void> => {
  try {
    await act(virtualMachineSubresources, target, 'stop', { gracePeriod: 0 })
  } catch (error) {
    if (!isConflict(error)) throw error
  }
}

const lookAgainMs = 5000

const targetOf = ({ object }: Context) => ({ name: object.spec.instanceRef.name, namespace: object.metadata.namespace ?? '' })
