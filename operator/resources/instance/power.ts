import { instance, type Instance } from '../../../crds/v1alpha1/instance.ts'
import { isGuestShutdown } from '../../providers/kubevirt/power.ts'
import { virtualMachineResource, type RunStrategy } from '../../providers/kubevirt/resources.ts'
import type { StepContext } from '../../runtime/kind.ts'
import { blocked, type Outcome, ready, waiting } from '../../runtime/outcome.ts'
import { heldStopped, stoppedBy, type Stopper, stopperOf } from './annotations.ts'
import type { InstanceFacts } from './observe.ts'
import type { StoredInstance } from './store.ts'

type Context = StepContext<StoredInstance, InstanceFacts>

/** There is nothing that runs or could start by itself: all of the machine may be written anew. */
export const isOff = ({ machine, power }: Pick<InstanceFacts, 'machine' | 'power'>): boolean =>
  machine === undefined || (machine.spec.runStrategy === 'Halted' && power === 'stopped')

/** Who holds it stopped although its spec says Running; undefined where nobody does. */
export const stopper = (object: StoredInstance, machine: InstanceFacts['machine']): Stopper | undefined =>
  stopperOf(machine?.metadata.annotations?.[heldStopped], object)

export const wantsToRun = (object: StoredInstance, machine: InstanceFacts['machine']): boolean =>
  object.spec.state === 'Running' && stopper(object, machine) === undefined

/**
 * A run that has ended by itself: the guest shut itself down, or its host was drained or its pod deleted. Only what was seen to be the guest's own
 * doing counts as its wish: where nobody knows, what the spec says holds, and bytes do not go on a guess.
 */
export const handleShutdown = async (context: Context): Promise<Outcome> => {
  const { object, facts: { machine, power, endedBy, id }, event } = context
  if (machine === undefined || machine.spec.runStrategy === 'Halted' || (power !== 'ended' && power !== 'stopped')) return ready
  if (endedBy === 'unclear') return stopping(id)
  const byGuest = isByGuest(context)
  if (!byGuest && object.spec.maintenance.autoRecovery === 'Enabled' && object.spec.state === 'Running') {
    await halt(context)
    event('Warning', 'Recovering', `${id} has ended, and not by its guest as far as is known: it is started again`)
    return stopping(id)
  }
  if (endedBy === 'guest' && object.spec.instanceInitiatedShutdownBehavior === 'Terminate') {
    if (!object.spec.disableAPITermination) return terminateSelf(context)
    event('Warning', 'TerminationProtected', `${id} shut itself down and is only stopped: disableAPITermination is true`)
  }
  await halt(context, stoppedBy('guest', object))
  event('Normal', 'InstanceInitiatedShutdown', `the guest of ${id} has shut itself down`)
  return stopping(id)
}

/** What was watched says it, or of a run that a new process has found at its end, that its marks don't deny it. */
const isByGuest = ({ facts: { run, launchers, endedBy } }: Context): boolean =>
  endedBy === 'guest' || (endedBy === 'unknown' && isGuestShutdown(run, launchers))

/** Comes before all that can wait: an instance can be stopped whatever else is wrong with it. */
export const ensureStopped = async (context: Context): Promise<Outcome> => {
  const { object, facts: { machine, id }, event } = context
  if (object.spec.state !== 'Stopped' || machine === undefined) return ready
  if (machine.spec.runStrategy === 'Halted') return forgetStop(context)
  if (object.spec.disableAPIStop) return ready
  if (!await isStillToStop(context)) return waiting('Progressing', `${id} was to be stopped, and is not any more`, 1000)
  await halt(context, null)
  event('Normal', 'Stopping', `stopping ${id}`)
  return stopping(id)
}

/** A process that has just started may know an older spec than the one that a guest was started by since: what runs is not stopped on that alone. */
const isStillToStop = async ({ object: { metadata: { uid, name, namespace = '' } }, read }: Context): Promise<boolean> => {
  const live = await read(instance, { name, namespace }) as Instance | undefined
  return live?.metadata.uid === uid && live.spec.state === 'Stopped'
}

/** Said after all that a protected instance can still be asked to do: its security groups, a reboot. */
export const checkStopProtection = ({ object: { spec }, facts: { machine } }: Context): Outcome =>
  spec.state === 'Stopped' && spec.disableAPIStop && machine !== undefined && machine.spec.runStrategy !== 'Halted'
    ? blocked('StopProtected', 'disableAPIStop is true: set it to false to stop the instance, or state back to Running') : ready

/** The mark is used up by a stop or a start that was asked for, so that it can't be taken for that of a later one. */
export const forgetStop = async ({ object, facts: { machine }, patch }: Context): Promise<Outcome> => {
  const isMarked = machine?.metadata.annotations?.[heldStopped] !== undefined
  if (isMarked && (object.spec.state === 'Stopped' || stopper(object, machine) === undefined)) {
    await patch(virtualMachineResource, machine, { metadata: { annotations: { [heldStopped]: null } } })
  }
  return ready
}

/** @param mark - of who holds it stopped; null takes an old one away. */
export const halt = ({ facts: { machine }, patch }: Context, mark?: string | null): Promise<unknown> => {
  const runStrategy: RunStrategy = 'Halted'
  return machine === undefined ? Promise.resolve() : patch(virtualMachineResource, machine, {
    ...mark === undefined ? {} : { metadata: { annotations: { [heldStopped]: mark } } },
    spec: { runStrategy },
  })
}

const terminateSelf = async ({ object, facts: { id }, remove, event }: Context): Promise<Outcome> => {
  event('Normal', 'InstanceInitiatedShutdown', `the guest of ${id} has shut itself down: terminating`)
  await remove(instance, object)
  return waiting('ShuttingDown', `${id} is being terminated`)
}

const stopping = (id: string): Outcome => waiting('Stopping', `${id} is being stopped`, 1000)
