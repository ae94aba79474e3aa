import type { LauncherPod, MachineCondition, VirtualMachine, VirtualMachineInstance } from './resources.ts'

/**
 * What a machine is doing, in EC2's terms. `gone`: there is no VirtualMachine; `ended`: the run is over and KubeVirt has not tidied up yet.
 */
export type Power = 'gone' | 'starting' | 'running' | 'ended' | 'stopping' | 'stopped' | 'deleting'

/**
 * Reads the power from the objects, not from `printableStatus` where they say more. Source of the table: kubevirt v1.9.0,
 * pkg/virt-controller/watch/vm.
 */
export const powerOf = (machine: VirtualMachine | undefined, run: VirtualMachineInstance | undefined): Power => {
  if (machine === undefined) return run === undefined ? 'gone' : 'deleting'
  if (machine.metadata.deletionTimestamp !== undefined) return 'deleting'
  if (run === undefined) return machine.spec.runStrategy === 'Halted' || hasStoppedByItself(machine) ? 'stopped' : 'starting'
  if (run.status.phase === 'Succeeded') return machine.spec.runStrategy === 'Halted' ? 'stopping' : 'ended'
  // KubeVirt deletes the run that failed, and makes the next one.
  if (run.status.phase === 'Failed' && machine.spec.runStrategy !== 'Halted') return 'starting'
  if (run.metadata.deletionTimestamp !== undefined || machine.spec.runStrategy === 'Halted') return 'stopping'
  return run.status.phase === 'Running' || run.status.phase === 'Unknown' ? 'running' : 'starting'
}

/**
 * KubeVirt has recorded that it is to run and shows it stopped all the same: its run ended in success and was tidied up. "Stopped" alone also shows
 * briefly before the first start, and between the end of a run that failed and the next, which KubeVirt has noted a request for by then.
 */
const hasStoppedByItself = ({ status }: VirtualMachine): boolean =>
  status.printableStatus === 'Stopped' && status.runStrategy === 'RerunOnFailure' && status.startRequested !== true

/**
 * Whether telling it to run starts it. KubeVirt starts a machine only on seeing the strategy change to RerunOnFailure, so that it must have seen the
 * stop before: a stop and a start in one breath would leave it down for good. Source: kubevirt v1.9.0, `status.runStrategy`.
 */
export const canStart = ({ status }: VirtualMachine): boolean => status.runStrategy !== 'RerunOnFailure'

/**
 * Whether the guest itself ended the run. A drained or deleted launcher, which hands the signal that it gets on to the guest, ends the same way but
 * for its marks; where a mark is there it was not the guest. Source: kubevirt#9823 and the pod condition DisruptionTarget of Kubernetes.
 */
export const isGuestShutdown = (run: VirtualMachineInstance | undefined, launchers: readonly LauncherPod[]): boolean =>
  run?.status.phase === 'Succeeded' &&
  endedBeforeDeletion(run) !== 'no' &&
  run.status.evacuationNodeName === undefined &&
  launchers.every(pod => !isDisrupted(pod) && !deletedBefore(pod, run))

export const isDisrupted = ({ status }: LauncherPod): boolean => conditionOf(status.conditions, 'DisruptionTarget')?.status === 'True'

/**
 * KubeVirt deletes a run as soon as it has ended, so that mostly both are seen at once: a run that was deleted first was ended by whoever deleted it.
 * What happened in one second may have come either way.
 */
export const endedBeforeDeletion = ({ metadata: { deletionTimestamp }, status: { endedAt } }: VirtualMachineInstance): 'yes' | 'no' | 'maybe' => {
  if (deletionTimestamp === undefined) return 'yes'
  if (endedAt === undefined || Date.parse(deletionTimestamp) < Date.parse(endedAt)) return 'no'
  return Date.parse(deletionTimestamp) > Date.parse(endedAt) ? 'yes' : 'maybe'
}

/** KubeVirt deletes the launcher after the run: one that was deleted first was deleted by somebody else, say by `kubectl delete pod`. */
const deletedBefore = (pod: LauncherPod, run: VirtualMachineInstance): boolean =>
  deletedAt(pod) < (run.metadata.deletionTimestamp === undefined ? Infinity : Date.parse(run.metadata.deletionTimestamp))

/** When a pod was told to go, milliseconds since the epoch; never: Infinity. Its own deletionTimestamp says when its grace period ends. */
export const deletedAt = ({ metadata: { deletionTimestamp, deletionGracePeriodSeconds = 0 } }: LauncherPod): number =>
  deletionTimestamp === undefined ? Infinity : Date.parse(deletionTimestamp) - deletionGracePeriodSeconds * 1000

/** Why no host takes the machine, in the scheduler's words; undefined while it has one or none was looked for. */
export const unschedulable = (run: VirtualMachineInstance | undefined, launchers: readonly LauncherPod[]): string | undefined => {
  if (run === undefined || run.status.nodeName !== undefined) return undefined
  const conditions = [...run.status.conditions, ...launchers.flatMap(pod => pod.status.conditions)]
  const refusal = conditions.find(({ type, status, reason }) => type === 'PodScheduled' && status === 'False' && reason === 'Unschedulable')
  return refusal === undefined ? undefined : refusal.message ?? 'no host has room'
}

/** Since when the guest agent is connected or not, milliseconds since the epoch; undefined where the guest has none, or none at the moment. */
export const agentOf = (run: VirtualMachineInstance): { connected: boolean; since: number } | undefined => {
  const condition = conditionOf(run.status.conditions, 'AgentConnected')
  return condition?.since === undefined ? undefined : { connected: condition.status === 'True', since: Date.parse(condition.since) }
}

export const conditionOf = (conditions: readonly MachineCondition[], type: string): MachineCondition | undefined =>
  conditions.find(condition => condition.type === type)
