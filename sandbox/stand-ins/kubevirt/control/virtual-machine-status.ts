import { conditionOf, withCondition, withoutCondition } from '../conditions.ts'
import { printableStatus } from './printable-status.ts'
import type { PrintableFacts } from './printable-status.ts'
import { isFinal } from '../instances.ts'
import { runStrategyOf } from './run-strategy.ts'
import type { KubeVirtCondition, StartFailure, StateChangeRequest, VirtualMachineStatus, VirtualMachineInstance, VirtualMachine } from '../types.ts'
import { generationAnnotation } from './virtual-machine-instance.ts'

export type VmStatusInput = PrintableFacts & {
  /** Why the last attempt to start or stop failed. */
  failure: { reason: string; message: string } | undefined
  restartRequired: boolean
  /** Requests to append, such as the start after a failed guest. */
  addRequests: StateChangeRequest[]
  /** Milliseconds since the epoch. */
  now: number
  /** In [0, 1): spreads the back-off of machines that fail together. */
  jitter: number
  /** Milliseconds of the first back-off. */
  crashBackOff: number
}

/** The whole status of a VirtualMachine. Source: virt-controller/watch/vm, `updateStatus`. */
export const virtualMachineStatus = (input: VmStatusInput): VirtualMachineStatus => {
  const { vm, vmi } = input
  const old = vm.status ?? {}
  const strategy = runStrategyOf(vm)
  const ready = conditionOf(vmi?.status?.conditions, 'Ready')?.status === 'True'
  const { startFailure: _, stateChangeRequests: __, ...kept } = old
  const requests = trimRequests([...(old.stateChangeRequests ?? []), ...input.addRequests], vmi)
  const startFailure = startFailureOf(input)
  const status: VirtualMachineStatus = {
    ...kept,
    created: vmi !== undefined,
    ready,
    // Recorded from the first instance on: a machine under RerunOnFailure that never ran is told from one that was shut down.
    ...(strategy !== undefined && (old.runStrategy !== undefined || vmi !== undefined) ? { runStrategy: strategy } : {}),
    ...(requests.length === 0 ? {} : { stateChangeRequests: requests }),
    ...(startFailure === undefined ? {} : { startFailure }),
    ...(vmi === undefined ? {} : generations(vm, vmi)),
    conditions: conditionsOf(input),
  }
  return { ...status, printableStatus: printableStatus({ ...input, vm: { ...vm, status } }) }
}

const generations = (vm: VirtualMachine, vmi: VirtualMachineInstance) => ({
  desiredGeneration: vm.metadata.generation ?? 1,
  observedGeneration: Number(vmi.metadata.annotations?.[generationAnnotation] ?? vm.metadata.generation ?? 1),
})

/** One request is dropped at a time, once it has been seen to be done. */
const trimRequests = (requests: StateChangeRequest[], vmi: VirtualMachineInstance | undefined): StateChangeRequest[] => {
  const [first, ...rest] = requests
  if (first === undefined) return requests
  const stopped = first.action === 'Stop' && (vmi === undefined || first.uid !== vmi.metadata.uid)
  const started = first.action === 'Start' && vmi !== undefined && vmi.metadata.deletionTimestamp === undefined && !isFinal(vmi)
  return stopped || started ? rest : requests
}

const everRan = (vmi: VirtualMachineInstance): boolean =>
  (vmi.status?.phaseTransitionTimestamps ?? []).some(({ phase }) => phase === 'Running')

/** Counts instances that failed before they ever ran, and when to try again. */
const startFailureOf = ({ vm, vmi, now, jitter, crashBackOff }: VmStatusInput): StartFailure | undefined => {
  const old = vm.status?.startFailure
  const strategy = runStrategyOf(vm)
  const restarts = strategy === 'Always' || strategy === 'RerunOnFailure' || strategy === 'Once'
  if (!restarts || (vmi !== undefined && everRan(vmi))) return undefined
  if (vmi === undefined || !isFinal(vmi) || old?.lastFailedVMIUID === vmi.metadata.uid) return old
  const consecutiveFailCount = (old?.consecutiveFailCount ?? 0) + 1
  const delay = startBackOff(consecutiveFailCount, jitter, crashBackOff)
  return {
    consecutiveFailCount,
    lastFailedVMIUID: vmi.metadata.uid,
    retryAfterTimestamp: new Date(Math.floor((now + delay) / 1000) * 1000).toISOString().replace('.000Z', 'Z'),
  }
}

/** Milliseconds to wait after the n-th failure in a row: base × n², up to half more by chance, five minutes at most. */
export const startBackOff = (failCount: number, jitter: number, base: number): number => {
  const delay = base * Math.max(1, failCount) ** 2
  return Math.min(delay + (delay / 2) * jitter, 300_000)
}

const own = ['Ready', 'Failure', 'RestartRequired']

const conditionsOf = ({ vm, vmi, failure, restartRequired, now }: VmStatusInput): KubeVirtCondition[] => {
  const time = new Date(Math.floor(now / 1000) * 1000).toISOString().replace('.000Z', 'Z')
  let conditions = withCondition(vm.status?.conditions, readyCondition(vmi), time)
  conditions =
    failure === undefined
      ? withoutCondition(conditions, 'Failure')
      : withCondition(conditions, { type: 'Failure', status: 'True', ...failure }, time)
  conditions = restartRequired
    ? withCondition(conditions, { type: 'RestartRequired', status: 'True', message: 'a non-live-updatable field was changed in the template spec' }, time)
    : withoutCondition(conditions, 'RestartRequired')
  if (vmi === undefined) return conditions
  const mirrored = (vmi.status?.conditions ?? []).filter(({ type }) => !own.includes(type))
  return [...conditions.filter(({ type }) => own.includes(type)), ...mirrored]
}

const readyCondition = (vmi: VirtualMachineInstance | undefined): Omit<KubeVirtCondition, 'lastProbeTime' | 'lastTransitionTime'> => {
  if (vmi === undefined) return { type: 'Ready', status: 'False', reason: 'VMINotExists', message: 'VMI does not exist' }
  const ready = conditionOf(vmi.status?.conditions, 'Ready')
  if (ready === undefined) {
    return { type: 'Ready', status: 'False', reason: 'VMIConditionMissing', message: 'VMI is missing the Ready condition' }
  }
  const { lastProbeTime: _, lastTransitionTime: __, ...rest } = ready
  return rest
}
