import test from 'ava'
import { canStart, isGuestShutdown, type Power, powerOf, unschedulable } from './power.ts'
import type { LauncherPod, VirtualMachine, VirtualMachineInstance } from './resources.ts'

const metadata = (deleted = false) => ({ name: 'web', uid: 'u', resourceVersion: '1', ...deleted ? { deletionTimestamp: '2026-01-01T00:00:10Z' } : {} })
const machine = (runStrategy: string, status: VirtualMachine['status'] = {}, deleted = false): VirtualMachine => ({
  apiVersion: 'kubevirt.io/v1', kind: 'VirtualMachine', metadata: metadata(deleted), spec: { runStrategy, claims: [], templateLabels: {}, templateAnnotations: {} }, status,
})
const run = (phase: NonNullable<VirtualMachineInstance['status']['phase']>, more: Partial<VirtualMachineInstance['status']> = {}, deleted = false): VirtualMachineInstance => ({
  apiVersion: 'kubevirt.io/v1', kind: 'VirtualMachineInstance', metadata: metadata(deleted), status: { phase, conditions: [], volumes: {}, ...more },
})
const on = machine('RerunOnFailure')
const off = machine('Halted')
const tidied = { printableStatus: 'Stopped', runStrategy: 'RerunOnFailure' } as const

const table: [what: string, VirtualMachine | undefined, VirtualMachineInstance | undefined, Power][] = [
  ['nothing at all', undefined, undefined, 'gone'],
  ['a run whose machine is gone', undefined, run('Running'), 'deleting'],
  ['a machine that is being deleted', machine('Halted', {}, true), undefined, 'deleting'],
  ['a machine before its first run', on, undefined, 'starting'],
  ['a machine that shows Stopped before its first run', machine('RerunOnFailure', { printableStatus: 'Stopped' }), undefined, 'starting'],
  ['a machine whose run was tidied up', machine('RerunOnFailure', tidied), undefined, 'stopped'],
  ['a machine whose failed run was tidied up', machine('RerunOnFailure', { ...tidied, startRequested: true }), undefined, 'starting'],
  ['a run without a host', on, run('Pending'), 'starting'],
  ['a run that is being scheduled', on, run('Scheduling'), 'starting'],
  ['a run that has a host', on, run('Scheduled'), 'starting'],
  ['a run that runs', on, run('Running'), 'running'],
  ['a run whose host is silent', on, run('Unknown'), 'running'],
  ['a run that failed', on, run('Failed'), 'starting'],
  ['a run that failed and is tidied up', on, run('Failed', {}, true), 'starting'],
  ['a run that failed when it was told to stop', off, run('Failed', {}, true), 'stopping'],
  ['a run that ended by itself', on, run('Succeeded'), 'ended'],
  ['a run that is being deleted', on, run('Running', {}, true), 'stopping'],
  ['a run that was told to stop', off, run('Running'), 'stopping'],
  ['a run that has ended as told', off, run('Succeeded'), 'stopping'],
  ['a machine that is off', off, undefined, 'stopped'],
]

for (const [what, vm, vmi, power] of table) test(`${what} is ${power}`, t => t.is(powerOf(vm, vmi), power))

const pod = (conditions: LauncherPod['status']['conditions'], more: Partial<LauncherPod['metadata']> = {}): LauncherPod =>
  ({ apiVersion: 'v1', kind: 'Pod', metadata: { ...metadata(), ...more }, status: { conditions } })

test('only an end that nobody else brought about is the guest\'s', t => {
  t.true(isGuestShutdown(run('Succeeded'), []))
  t.true(isGuestShutdown(run('Succeeded', { endedAt: '2026-01-01T00:00:10Z' }, true), []), 'deleted after its end')
  t.false(isGuestShutdown(run('Succeeded', { endedAt: '2026-01-01T00:00:30Z' }, true), []), 'deleted before its end')
  t.false(isGuestShutdown(run('Succeeded', { evacuationNodeName: 'node-1' }), []))
  t.false(isGuestShutdown(run('Succeeded'), [pod([{ type: 'DisruptionTarget', status: 'True' }])]))
  const deleted = (deletionTimestamp: string) => [pod([], { deletionTimestamp, deletionGracePeriodSeconds: 60 })]
  t.false(isGuestShutdown(run('Succeeded'), deleted('2026-01-01T00:01:05Z')), 'its launcher was deleted, and nobody has deleted the run yet')
  const ended = run('Succeeded', { endedAt: '2026-01-01T00:00:09Z' }, true)
  t.false(isGuestShutdown(ended, deleted('2026-01-01T00:01:05Z')), 'its launcher was deleted at 00:05, the run at 00:10')
  t.true(isGuestShutdown(ended, deleted('2026-01-01T00:01:10Z')), 'KubeVirt deleted its launcher after the run')
  t.false(isGuestShutdown(run('Failed'), []))
  t.false(isGuestShutdown(undefined, []))
})

test('a lack of room is told in the scheduler\'s words, until there is a host', t => {
  const refusal = [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/2 nodes are available' }]
  t.is(unschedulable(run('Scheduling'), [pod(refusal)]), '0/2 nodes are available')
  t.is(unschedulable(run('Scheduling', { conditions: refusal }), []), '0/2 nodes are available')
  t.is(unschedulable(run('Running', { nodeName: 'node-1' }), [pod(refusal)]), undefined)
})

test('a machine starts only once KubeVirt has seen its stop', t => {
  t.false(canStart(machine('Halted', { runStrategy: 'RerunOnFailure' })))
  t.true(canStart(machine('Halted', { runStrategy: 'Halted' })))
  t.true(canStart(machine('Halted')))
})
