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

/** By the UID of an action when this process has asked the guest to reboot, milliseconds since the epoch. */
export type Asked = Map<string, number>

/**
 * Reboots. The proof that it was heeded is the guest agent's, where it was connected as the act began: it goes away, and KubeVirt's condition with
 * it, and comes back. One that comes for the first time proves nothing. A guest without one gives no sign: there the request is all that can be done.
 */
export const reboot = async (context: Context, asked: Asked): Promise<Progress> => {
  const { object: { status }, facts: { run } } = context
  if (run?.status.phase !== 'Running') return { phase: 'Superseded', message: 'the instance is not running: it boots anew when it starts' }
  if (status?.guestAgentSince === undefined) {
    await askOnce(context, asked)
    return { phase: 'Completed', message: 'the guest was asked to reboot' }
  }
  const agent = agentOf(run)
  if (agent?.connected !== true) return awaitAgent(context)
  if (agent.since > Date.parse(status.guestAgentSince)) return { phase: 'Completed', message: 'the guest has rebooted' }
  return heed(context, await askOnce(context, asked))
}

/** The agent was there, and is gone. Nobody asks or resets now: what keeps it from being back may be the repair of a file system. */
const awaitAgent = ({ object: { status }, now }: Context): Progress => {
  const after = Date.parse(status?.startTime ?? '') + rebootPatienceMs - now
  return after > 0 ? { phase: 'InProgress', message: 'the guest is rebooting', after }
    : { phase: 'Completed', message: 'the guest went down to reboot; its agent is not back yet' }
}

/** The agent is there as it was: the guest has not begun to reboot. @param at - when this process asked it to. */
const heed = async (context: Context, at: number): Promise<Progress> => {
  const after = at + rebootPatienceMs - context.now
  if (after > 0) return { phase: 'InProgress', message: 'the guest was asked to reboot', after }
  await context.act(machineSubresources, targetOf(context), 'reset')
  return { phase: 'Completed', message: 'the guest did not heed the request and was reset' }
}

/** Answers when it was. Another process may have asked as well: a guest that was asked twice before it went down reboots once. */
const askOnce = async (context: Context, asked: Asked): Promise<number> => {
  const { object: { metadata: { uid } }, act, now } = context
  const before = asked.get(uid)
  if (before !== undefined) return before
  await rebootGuest(act, targetOf(context))
  asked.set(uid, now)
  return now
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
