import { isFinal } from '../instances.ts'
import type { RunStrategy, VirtualMachine, VirtualMachineInstance } from '../types.ts'

export type RunDecision =
  | { action: 'none' }
  | { action: 'start'; paused: boolean }
  /** `startAgain`: the guest failed, so a start request must outlive the deletion. */
  | { action: 'stop'; startAgain: boolean }
  /** Milliseconds until the next try after failures to start. */
  | { action: 'backOff'; after: number }
  /** A paused start of a halted machine: the strategy itself becomes Always. */
  | { action: 'becomeAlways' }

const none: RunDecision = { action: 'none' }
const stop: RunDecision = { action: 'stop', startAgain: false }

/** The strategy in force; `running: true` means Always, `false` Halted. Undefined when neither or both are set, which admission refuses. */
export const runStrategyOf = ({ spec }: Pick<VirtualMachine, 'spec'>): RunStrategy | undefined => {
  if (spec.runStrategy !== undefined) return spec.running === undefined ? spec.runStrategy : undefined
  return spec.running === undefined ? undefined : spec.running ? 'Always' : 'Halted'
}

/** Whether the first state change request asks to stop this very instance. */
export const hasStopRequest = (vm: VirtualMachine, vmi: VirtualMachineInstance): boolean => {
  const request = vm.status?.stateChangeRequests?.[0]
  return request?.action === 'Stop' && request.uid === vmi.metadata.uid
}

const startRequest = (vm: VirtualMachine) => {
  const request = vm.status?.stateChangeRequests?.[0]
  return request?.action === 'Start' ? request : undefined
}

/** What virt-controller does next about the instance of a VirtualMachine that is not being deleted. */
export const decideRun = (vm: VirtualMachine, vmi: VirtualMachineInstance | undefined, now: number): RunDecision => {
  switch (runStrategyOf(vm)) {
    case 'Always':
      if (vmi === undefined) return startAfterBackOff(vm, now)
      return hasStopRequest(vm, vmi) || isFinal(vmi) ? stop : none
    case 'RerunOnFailure':
      if (vmi !== undefined) return rerun(vm, vmi)
      // Switching to the strategy starts the machine; a guest's own shutdown under it does not start it again.
      return startRequest(vm) !== undefined || vm.status?.runStrategy !== 'RerunOnFailure' ? startAfterBackOff(vm, now) : none
    case 'Manual':
      if (vmi !== undefined) return hasStopRequest(vm, vmi) ? stop : none
      return startRequest(vm) === undefined ? none : start(vm)
    case 'Halted':
      if (vmi !== undefined) return stop
      return startRequest(vm) === undefined ? none : { action: 'becomeAlways' }
    case 'Once':
      return vmi === undefined ? start(vm) : none
    case undefined:
      return none
  }
}

/** Whether a machine is meant to run; what `WaitingForVolumeBinding` depends on. */
export const isSetToStart = (vm: VirtualMachine, vmi: VirtualMachineInstance | undefined): boolean => {
  switch (runStrategyOf(vm)) {
    case 'Always':
      return true
    case 'Manual':
      return vmi === undefined ? startRequest(vm) !== undefined : !hasStopRequest(vm, vmi)
    case 'RerunOnFailure':
      if (vmi !== undefined) return vmi.status?.phase !== 'Succeeded'
      return startRequest(vm) !== undefined || vm.status?.runStrategy !== 'RerunOnFailure'
    case 'Once':
      return vmi === undefined
    case 'Halted':
    case undefined:
      return false
  }
}

const rerun = (vm: VirtualMachine, vmi: VirtualMachineInstance): RunDecision => {
  const failed = vmi.status?.phase === 'Failed'
  if (vmi.metadata.deletionTimestamp !== undefined) return none
  return isFinal(vmi) || hasStopRequest(vm, vmi) ? { action: 'stop', startAgain: failed } : none
}

const start = (vm: VirtualMachine): RunDecision => ({ action: 'start', paused: startRequest(vm)?.data?.['paused'] === 'true' })

const startAfterBackOff = (vm: VirtualMachine, now: number): RunDecision => {
  const retryAt = vm.status?.startFailure?.retryAfterTimestamp
  const left = retryAt === undefined ? 0 : Date.parse(retryAt) - now
  return left > 0 ? { action: 'backOff', after: left } : start(vm)
}
