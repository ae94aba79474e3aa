import type { Claim } from '../../csi/types.ts'
import type { DataVolume } from '../../cdi/types.ts'
import { conditionOf, isTrue } from '../conditions.ts'
import { isFinal } from '../instances.ts'
import { isSetToStart, runStrategyOf } from './run-strategy.ts'
import type { VirtualMachine, VirtualMachineInstance } from '../types.ts'

export type PrintableFacts = {
  vm: VirtualMachine
  vmi: VirtualMachineInstance | undefined
  /** DataVolumes that the template names with `dataVolume`, those that exist. */
  dataVolumes: readonly DataVolume[]
  /** Claims that the template names, those that exist. */
  claims: readonly Claim[]
  /** A create or delete of the instance was sent and not yet seen. */
  startExpected: boolean
  stopExpected: boolean
}

type Rule = [status: string, holds: (facts: PrintableFacts) => boolean]

/** In upstream's order: the first that holds wins. Source: virt-controller/watch/vm, `setPrintableStatus`. */
const rules: Rule[] = [
  ['Terminating', ({ vm }) => vm.metadata.deletionTimestamp !== undefined],
  ['Stopping', ({ vmi, stopExpected }) => vmi !== undefined && !isFinal(vmi) && (vmi.metadata.deletionTimestamp !== undefined || stopExpected)],
  ['Paused', ({ vmi }) => vmi?.status?.phase === 'Running' && isTrue(vmi.status.conditions, 'Paused')],
  ['Running', ({ vmi }) => vmi?.status?.phase === 'Running'],
  ['ErrorPvcNotFound', ({ vmi }) => isFalse(vmi, 'Synchronized', 'FailedPvcNotFound')],
  ['DataVolumeError', ({ dataVolumes }) => dataVolumes.some(hasError)],
  ['ErrorUnschedulable', ({ vmi }) => isFalse(vmi, 'PodScheduled', 'Unschedulable')],
  ['Provisioning', ({ dataVolumes }) => dataVolumes.some(isProvisioning)],
  ['WaitingForVolumeBinding', ({ vm, vmi, claims }) => isSetToStart(vm, vmi) && claims.some((claim) => claim.status?.phase !== 'Bound')],
  ['ErrImagePull', ({ vmi }) => isFalse(vmi, 'Synchronized', 'ErrImagePull')],
  ['ImagePullBackOff', ({ vmi }) => isFalse(vmi, 'Synchronized', 'ImagePullBackOff')],
  ['Starting', ({ vmi, startExpected }) => (vmi === undefined ? startExpected : isStarting(vmi))],
  ['CrashLoopBackOff', isCrashLooping],
  ['Stopped', ({ vmi, startExpected }) => (vmi === undefined ? !startExpected : isFinal(vmi))],
]

/** `status.printableStatus` of a VirtualMachine. */
export const printableStatus = (facts: PrintableFacts): string => rules.find(([, holds]) => holds(facts))?.[0] ?? 'Unknown'

const isStarting = (vmi: VirtualMachineInstance) => [undefined, 'Pending', 'Scheduling', 'Scheduled'].includes(vmi.status?.phase)

const isFalse = (vmi: VirtualMachineInstance | undefined, type: string, reason: string): boolean => {
  const condition = conditionOf(vmi?.status?.conditions, type)
  return condition?.status === 'False' && condition.reason === reason
}

function isCrashLooping({ vm, vmi, startExpected }: PrintableFacts): boolean {
  if (startExpected || (vmi !== undefined && !isFinal(vmi))) return false
  const strategy = runStrategyOf(vm)
  return (vm.status?.startFailure?.consecutiveFailCount ?? 0) > 0 && (strategy === 'Always' || strategy === 'RerunOnFailure' || strategy === 'Once')
}

const hasError = ({ status }: DataVolume): boolean => {
  const running = status?.conditions?.find((condition) => condition.type === 'Running')
  return status?.phase === 'Failed' || (running?.status === 'False' && (running.reason === 'Error' || running.reason === 'ImagePullFailed'))
}

const isProvisioning = ({ status }: DataVolume): boolean => {
  if (status?.phase === 'Succeeded' || status?.phase === 'PendingPopulation') return false
  const bound = status?.conditions?.some((condition) => condition.type === 'Bound' && condition.status === 'True')
  return bound === true || status?.phase !== 'WaitForFirstConsumer'
}
