import { isFinal } from '../instances.ts'
import { runStrategyOf } from './run-strategy.ts'
import type { StateChangeRequest, VirtualMachine, VirtualMachineInstance, VmiSpec } from '../types.ts'

export type Refusal = { code: number; reason: string; message: string }

/** What a power request writes: the VirtualMachine's spec, its state change requests, and the instance's grace period. */
export type PowerChange = { spec?: VirtualMachine['spec']; requests?: StateChangeRequest[]; instanceSpec?: Partial<VmiSpec> }

type Input = { vm: VirtualMachine; vmi: VirtualMachineInstance | undefined; body: Record<string, unknown> }

const conflict = ({ metadata: { name } }: VirtualMachine, why: string): Refusal => ({
  code: 409,
  reason: 'Conflict',
  message: `Operation cannot be fulfilled on virtualmachine.kubevirt.io "${name}": ${why}`,
})

/** `start`: from Halted it writes Always, unless it is to start paused; under Always and Once it is refused. Source: virt-api/rest/lifecycle.go. */
export const startMachine = ({ vm, vmi, body }: Input): PowerChange | Refusal => {
  const strategy = runStrategyOf(vm)
  if (vmi !== undefined && !isFinal(vmi) && vmi.status?.phase !== undefined && vmi.status.phase !== 'Unknown') return conflict(vm, 'VM is already running')
  const paused = body['paused'] === true
  const start: StateChangeRequest = { action: 'Start', ...(paused ? { data: { paused: 'true' } } : {}) }
  switch (strategy) {
    case 'Halted':
      return paused ? requests(vm, [start]) : { spec: withRunning(vm.spec, true) }
    case 'RerunOnFailure':
      if (vmi?.status?.phase === 'Failed') return conflict(vm, 'RerunOnFailure does not support starting VM from failed state')
      return requests(vm, [...replaced(vmi?.status?.phase === 'Succeeded' ? vmi : undefined), start])
    case 'Manual':
      return requests(vm, [...replaced(vmi !== undefined && isFinal(vmi) ? vmi : undefined), start])
    default:
      return conflict(vm, `${strategy} does not support manual start requests`)
  }
}

/** Only an instance that has ended is stopped first, so that the next may take its name. */
const replaced = (ended: VirtualMachineInstance | undefined): StateChangeRequest[] => (ended === undefined ? [] : [{ action: 'Stop', uid: ended.metadata.uid }])

/** `stop`: Always and Once become Halted; under Halted only a shorter grace period is taken, which is how a stop is forced. */
export const stopMachine = ({ vm, vmi, body }: Input): PowerChange | Refusal => {
  const strategy = runStrategyOf(vm)
  const grace = typeof body['gracePeriod'] === 'number' ? body['gracePeriod'] : undefined
  const runs = vmi !== undefined && !isFinal(vmi)
  const instance = runs && grace !== undefined ? { instanceSpec: { terminationGracePeriodSeconds: grace } } : {}
  if (strategy === 'Always' || strategy === 'Once') return { ...instance, spec: withRunning(vm.spec, false) }
  if (!runs) return conflict(vm, 'VM is not running')
  const old = vmi.spec.terminationGracePeriodSeconds ?? 0
  if (strategy === 'Halted' && (grace === undefined || grace >= old)) return conflict(vm, 'Halted only supports manual stop requests with a shorter graceperiod')
  const asked = requests(vm, [{ action: 'Stop', uid: vmi.metadata.uid }])
  return 'code' in asked ? asked : { ...instance, ...asked }
}

/** `restart`: the instance is replaced by a new one. Only a grace period of 0 may be asked for. */
export const restartMachine = ({ vm, vmi, body }: Input): PowerChange | Refusal => {
  const grace = typeof body['gracePeriodSeconds'] === 'number' ? body['gracePeriodSeconds'] : undefined
  if (grace !== undefined && grace > 0) return { code: 400, reason: 'BadRequest', message: 'For force restart, only gracePeriod=0 is supported for now' }
  if (grace !== undefined && grace < 0) return { code: 400, reason: 'BadRequest', message: 'gracePeriod has to be greater or equal to 0' }
  const strategy = runStrategyOf(vm)
  if (strategy === 'Halted' || strategy === 'Once') return conflict(vm, `RunStategy ${strategy} does not support manual restart requests`)
  if (vmi === undefined) return conflict(vm, 'VM is not running: Halted')
  const asked = requests(vm, [{ action: 'Stop', uid: vmi.metadata.uid }, { action: 'Start' }])
  if ('code' in asked) return asked
  return grace === 0 ? { ...asked, instanceSpec: { terminationGracePeriodSeconds: 1 } } : asked
}

/** One pending change at a time; only a lone stop replaces what is pending. */
const requests = (vm: VirtualMachine, changes: StateChangeRequest[]): PowerChange | Refusal => {
  const pending = vm.status?.stateChangeRequests ?? []
  const replaces = changes.length === 1 && changes[0]?.action === 'Stop'
  if (pending.length === 0 || replaces) return { requests: changes }
  return { code: 500, reason: 'InternalError', message: 'Internal error occurred: unable to complete request: stop/start already underway' }
}

const withRunning = (spec: VirtualMachine['spec'], running: boolean): VirtualMachine['spec'] =>
  spec.runStrategy === undefined ? { ...spec, running } : { ...spec, runStrategy: running ? 'Always' : 'Halted' }
