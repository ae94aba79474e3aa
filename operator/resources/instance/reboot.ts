import { rebootRequestedAt } from '../../../crds/v1alpha1/instance.ts'
import { machineSubresources } from '../../providers/kubevirt/resources.ts'
import { isConflict } from '../../runtime/api-error.ts'
import type { Act, StepContext } from '../../runtime/kind.ts'
import { type Outcome, ready } from '../../runtime/outcome.ts'
import type { InstanceFacts } from './observe.ts'
import type { StoredInstance } from './store.ts'

type Context = StepContext<StoredInstance, InstanceFacts>

/** The value of the annotation that asks for a reboot, cut to what status can hold; undefined where none does. */
export const rebootRequest = ({ metadata }: StoredInstance): string | undefined => metadata.annotations?.[rebootRequestedAt]?.slice(0, 1024)

/**
 * One reboot a value of the annotation. An instance that isn't running boots anew when it starts, so that its request is done with. `asked` closes
 * the gap between the act and the status that records it within this process; a crash in just that gap asks the guest a second time, and the
 * other order would lose the reboot.
 */
export const ensureRebooted = (asked: Set<string>) => async ({ object, facts, act, event }: Context): Promise<Outcome> => {
  const request = rebootRequest(object)
  const token = `${object.metadata.uid}/${request}`
  if (request === undefined || request === object.status?.lastHandledRebootRequest) {
    asked.delete(token)
    return ready
  }
  if (asked.has(token) || object.status?.state !== 'running' || facts.power !== 'running') return ready
  await rebootGuest(act, { name: object.metadata.name, namespace: object.metadata.namespace ?? '' })
  asked.add(token)
  event('Normal', 'Rebooting', `rebooting ${facts.id}`)
  return ready
}

/** Asks the guest; one that can't be asked, having neither agent nor ACPI, is reset. */
export const rebootGuest = async (act: Act, target: { name: string; namespace: string }): Promise<void> => {
  try {
    await act(machineSubresources, target, 'softreboot')
  } catch (error) {
    if (!isConflict(error)) throw error
    await act(machineSubresources, target, 'reset')
  }
}
