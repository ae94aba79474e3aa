import test from 'ava'
import { validateVirtualMachine } from './admission.ts'
import { printableStatus } from './printable-status.ts'
import { decideRun } from './run-strategy.ts'
import type { RunDecision } from './run-strategy.ts'
import { memoryOverhead } from './launcher-pod.ts'
import { startBackOff } from './virtual-machine-status.ts'
import { startMachine, stopMachine } from './power-requests.ts'
import type { VirtualMachine, VirtualMachineInstance } from '../types.ts'

const vm = (spec: object = {}, status: object = {}): VirtualMachine => ({
  apiVersion: 'kubevirt.io/v1',
  kind: 'VirtualMachine',
  metadata: { name: 'web', namespace: 'a', uid: 'vm', resourceVersion: '1' },
  spec: { runStrategy: 'RerunOnFailure', template: { spec: { domain: { devices: {} } } }, ...spec },
  status,
})
const vmi = (phase: string, deleted = false): VirtualMachineInstance => ({
  apiVersion: 'kubevirt.io/v1',
  kind: 'VirtualMachineInstance',
  metadata: { name: 'web', namespace: 'a', uid: 'vmi', resourceVersion: '1', ...(deleted ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : {}) },
  spec: { domain: { devices: {} } },
  status: { phase: phase as 'Running' },
})

test('what happens next follows from the run strategy', (t) => {
  const stop = { uid: 'vmi', action: 'Stop' }
  const table: [string, VirtualMachine, VirtualMachineInstance | undefined, RunDecision['action']][] = [
    ['Always starts', vm({ runStrategy: 'Always' }), undefined, 'start'],
    ['Always replaces a guest that shut down', vm({ runStrategy: 'Always' }), vmi('Succeeded'), 'stop'],
    ['RerunOnFailure starts when it is switched to', vm({}, { runStrategy: 'Halted' }), undefined, 'start'],
    ['RerunOnFailure leaves a guest that shut down alone', vm({}, { runStrategy: 'RerunOnFailure' }), undefined, 'none'],
    ['RerunOnFailure removes a failed instance', vm(), vmi('Failed'), 'stop'],
    ['RerunOnFailure starts again on request', vm({}, { runStrategy: 'RerunOnFailure', stateChangeRequests: [{ action: 'Start' }] }), undefined, 'start'],
    ['Manual waits', vm({ runStrategy: 'Manual' }), undefined, 'none'],
    ['Manual stops on request', vm({ runStrategy: 'Manual' }, { stateChangeRequests: [stop] }), vmi('Running'), 'stop'],
    ['Halted stops', vm({ runStrategy: 'Halted' }), vmi('Running'), 'stop'],
    ['Once does not start again', vm({ runStrategy: 'Once' }), vmi('Succeeded'), 'none'],
    ['running: true means Always', vm({ runStrategy: undefined, running: true }), undefined, 'start'],
  ]
  for (const [what, machine, instance, action] of table) t.is(decideRun(machine, instance, 0).action, action, what)
})

test('a machine that failed to start waits until its time has come', (t) => {
  const startFailure = { consecutiveFailCount: 1, lastFailedVMIUID: 'x', retryAfterTimestamp: '1970-01-01T00:00:10Z' }
  t.deepEqual(decideRun(vm({ runStrategy: 'Always' }, { startFailure }), undefined, 4000), { action: 'backOff', after: 6000 })
  t.deepEqual([1, 2, 3, 9].map((count) => startBackOff(count, 0, 10_000)), [10_000, 40_000, 90_000, 300_000])
})

test('the printed status is the first that holds', (t) => {
  const facts = { dataVolumes: [], claims: [], startExpected: false, stopExpected: false }
  const table: [string, VirtualMachine, VirtualMachineInstance | undefined][] = [
    ['Stopped', vm({}, { runStrategy: 'RerunOnFailure' }), undefined],
    ['Starting', vm(), vmi('Scheduling')],
    ['Running', vm(), vmi('Running')],
    ['Stopping', vm(), vmi('Running', true)],
    ['Stopped', vm(), vmi('Succeeded', true)],
    ['CrashLoopBackOff', vm({}, { runStrategy: 'RerunOnFailure', startFailure: { consecutiveFailCount: 2 } }), undefined],
  ]
  for (const [status, machine, instance] of table) t.is(printableStatus({ ...facts, vm: machine, vmi: instance }), status)
})

test('admission refuses what virt-api refuses, and names the field', (t) => {
  const template = (spec: object) => ({ template: { spec: { domain: { devices: {} }, ...spec } } })
  const table: [object, string][] = [
    [{ running: true }, 'spec.running'],
    [{ runStrategy: 'Sometimes' }, 'spec.runStrategy'],
    [{ instancetype: { name: 't3' }, ...template({ domain: { devices: {}, memory: { guest: '1Gi' } } }) }, 'spec.template.spec.domain.memory.guest'],
    [template({ volumes: [{ name: 'seed', cloudInitNoCloud: { userData: 'x'.repeat(2049) } }] }), 'spec.template.spec.volumes[0].cloudInitNoCloud.userData'],
    [template({ domain: { devices: { disks: [{ name: 'root' }] } } }), 'spec.template.spec.domain.devices.disks[0].name'],
    [template({ domain: { devices: {}, firmware: { uuid: 'nonsense' } } }), 'spec.template.spec.domain.firmware.uuid'],
    [template({ dnsPolicy: 'None' }), 'nameservers'],
    [template({ dnsPolicy: 'None', dnsConfig: { nameservers: ['10.0.0.2'], searches: Array.from('abcdefg') } }), 'searchDomains'],
  ]
  for (const [spec, field] of table) t.deepEqual(validateVirtualMachine(vm(spec)).map((cause) => cause.field), [field])
  t.deepEqual(validateVirtualMachine(vm()), [])
})

test('power requests are refused in virt-api’s words', (t) => {
  t.like(startMachine({ vm: vm({ runStrategy: 'Always' }), vmi: undefined, body: {} }), { code: 409, message: 'Operation cannot be fulfilled on virtualmachine.kubevirt.io "web": Always does not support manual start requests' })
  t.like(startMachine({ vm: vm(), vmi: vmi('Succeeded'), body: {} }), { requests: [{ action: 'Stop', uid: 'vmi' }, { action: 'Start' }] })
  t.deepEqual(startMachine({ vm: vm(), vmi: vmi('Unknown'), body: {} }), { requests: [{ action: 'Start' }] }, 'only what has ended is replaced')
  t.like(stopMachine({ vm: vm(), vmi: undefined, body: {} }), { code: 409, message: 'Operation cannot be fulfilled on virtualmachine.kubevirt.io "web": VM is not running' })
  t.like(stopMachine({ vm: vm({ runStrategy: 'Always' }), vmi: vmi('Running'), body: {} }), { spec: { runStrategy: 'Halted' } })
})

test('a launcher asks for its guest’s memory and what runs beside it', (t) => {
  const overhead = memoryOverhead({ domain: { devices: {}, cpu: { sockets: 2, cores: 1, threads: 1 }, memory: { guest: '1Gi' } } })
  t.is(overhead / 2 ** 20, 220 + 16 + 8 + 32)
})
