import test from 'ava'
import { recordingContext } from '../recording-context.ts'
import { actualState } from './actual-state.ts'
import { heldStopped, startRequestedAt } from './annotations.ts'
import type { Ends } from './ends.ts'
import { buildMachine, ensureMachine } from './machine.ts'
import { checkStopProtection, ensureStopped, handleShutdown } from './power.ts'
import { ensureRebooted } from './reboot.ts'
import { type Around, factsFor, launcherFor, machineFor, runFor, stored } from './sample.ts'

const ended = { status: { phaseTransitionTimestamps: [{ phase: 'Succeeded', phaseTransitionTimestamp: '2026-01-02T00:00:00Z' }] } }
const over = { version: '20', at: undefined, node: 'node-1', untold: true }
const endsOf = (...told: string[]): Ends =>
  new Map([['team-a/web', { run: 'uid-vmi', over, launchers: new Map(told.map(version => ['node-1', { told: version, at: 0 }])) }]])
const byGuest = () => endsOf('21')
const byHost = () => endsOf('19')
const unclear = () => endsOf()
const shutdown = async (instance: ReturnType<typeof stored>, around: Around) => {
  const context = recordingContext(instance, factsFor(instance, around))
  await handleShutdown(context)
  return context.recording.acts
}

test('an instance whose guest shuts itself down is stopped, and stays so', async t => {
  const instance = stored({}, { status: { state: 'running' } })
  const around = { machine: machineFor(instance), run: runFor(instance, 'Succeeded', ended), launchers: [launcherFor(instance)] }
  t.deepEqual(await shutdown(instance, around), ['patch VirtualMachine team-a/web', 'event Normal InstanceInitiatedShutdown'])
  const held = machineFor(instance, { runStrategy: 'Halted', printableStatus: 'Stopped', annotations: { [heldStopped]: 'guest/' } })
  t.is(buildMachine(instance, factsFor(instance, { machine: held })).spec.runStrategy, 'Halted')
})

test('a guest shutdown is told also where KubeVirt has begun to tidy its run up', async t => {
  const instance = stored({ instanceInitiatedShutdownBehavior: 'Terminate' }, { status: { state: 'running' } })
  const run = runFor(instance, 'Succeeded', { ...ended, deleted: true })
  const acts = await shutdown(instance, { machine: machineFor(instance), run, ends: byGuest() })
  t.deepEqual(acts, ['event Normal InstanceInitiatedShutdown', 'remove Instance team-a/web'])
})

test('a guest shutdown is told also where KubeVirt has tidied all of its run up before anybody looked', async t => {
  const instance = stored({ instanceInitiatedShutdownBehavior: 'Terminate' }, { status: { state: 'running' } })
  const acts = await shutdown(instance, { machine: machineFor(instance, { printableStatus: 'Stopped' }), ends: byGuest() })
  t.deepEqual(acts, ['event Normal InstanceInitiatedShutdown', 'remove Instance team-a/web'])
})

test('an end that nobody saw is not the guest’s: what the spec says holds', async t => {
  const around = (instance: ReturnType<typeof stored>) => ({ machine: machineFor(instance, { printableStatus: 'Stopped' }) })
  const recovered = stored({}, { status: { state: 'running' } })
  t.deepEqual(await shutdown(recovered, around(recovered)), ['patch VirtualMachine team-a/web', 'event Warning Recovering'])
  const left = stored({ maintenance: { autoRecovery: 'Disabled' } }, { status: { state: 'running' } })
  t.deepEqual(await shutdown(left, around(left)), ['patch VirtualMachine team-a/web', 'event Normal InstanceInitiatedShutdown'])
})

test('a guest whose pod was deleted in the same second, but before it ended, is started again', async t => {
  const instance = stored({ instanceInitiatedShutdownBehavior: 'Terminate' }, { status: { state: 'running' } })
  const run = runFor(instance, 'Succeeded', { ...ended, deleted: true })
  const acts = await shutdown(instance, { machine: machineFor(instance), run, ends: byHost() })
  t.deepEqual(acts, ['patch VirtualMachine team-a/web', 'event Warning Recovering'])
})

test('nothing is decided while it is not known whether the pod was deleted before its guest ended', async t => {
  const instance = stored({ instanceInitiatedShutdownBehavior: 'Terminate' }, { status: { state: 'running' } })
  const run = runFor(instance, 'Succeeded', ended)
  t.deepEqual(await shutdown(instance, { machine: machineFor(instance), run, launchers: [launcherFor(instance)], ends: unclear() }), [])
})

test('instanceInitiatedShutdownBehavior Terminate does not get past termination protection', async t => {
  const instance = stored({ instanceInitiatedShutdownBehavior: 'Terminate', disableAPITermination: true }, { status: { state: 'running' } })
  const acts = await shutdown(instance, { machine: machineFor(instance), run: runFor(instance, 'Succeeded', ended), ends: byGuest() })
  t.false(acts.includes('remove Instance team-a/web'))
  t.true(acts.includes('patch VirtualMachine team-a/web'))
})

for (const [what, around] of [
  ['the drain of its host', (instance: ReturnType<typeof stored>): Around =>
    ({ machine: machineFor(instance), run: runFor(instance, 'Succeeded', { status: { ...ended.status, evacuationNodeName: 'node-1' } }) })],
  ['an eviction of its pod', (instance: ReturnType<typeof stored>): Around => ({
    machine: machineFor(instance), run: runFor(instance, 'Succeeded', ended),
    launchers: [launcherFor(instance, { conditions: [{ type: 'DisruptionTarget', status: 'True' }] })],
  })],
  ['the deletion of its pod', (instance: ReturnType<typeof stored>): Around => ({
    machine: machineFor(instance), run: runFor(instance, 'Succeeded', { ...ended, deleted: true }),
    launchers: [launcherFor(instance, { deleted: { deletionTimestamp: '2026-01-02T00:00:50Z', deletionGracePeriodSeconds: 60 } })],
  })],
  ['a shutdown that nobody saw', (instance: ReturnType<typeof stored>): Around => ({ machine: machineFor(instance, { printableStatus: 'Stopped' }) })],
] as const) {
  test(`${what} never terminates an instance, whatever its shutdown behavior`, async t => {
    const instance = stored({ instanceInitiatedShutdownBehavior: 'Terminate' }, { status: { state: 'running' } })
    const acts = await shutdown(instance, around(instance))
    t.true(acts.includes('patch VirtualMachine team-a/web'))
    t.false(acts.includes('remove Instance team-a/web'))
  })
}

test('a pod of another namespace says nothing about an instance', t => {
  const instance = stored()
  const facts = factsFor(instance, { machine: machineFor(instance), run: runFor(instance, 'Running'), launchers: [launcherFor(instance, { namespace: 'team-b' })] })
  t.deepEqual(facts.launchers, [])
})

test('a machine that has not started yet is not taken for one whose guest shut down', async t => {
  const instance = stored({}, { status: { state: 'pending' } })
  t.deepEqual(await shutdown(instance, { machine: machineFor(instance, { printableStatus: 'Stopped', acted: 'Halted' }) }), [])
})

test('a held instance starts on a new start request, and on Stopped followed by Running', t => {
  const mark = { runStrategy: 'Halted', printableStatus: 'Stopped', annotations: { [heldStopped]: 'guest/1' } }
  const strategy = (instance: ReturnType<typeof stored>, annotations = mark.annotations as Record<string, string>) =>
    buildMachine(instance, factsFor(instance, { machine: machineFor(instance, { ...mark, annotations }) })).spec.runStrategy
  t.is(strategy(stored({}, { annotations: { [startRequestedAt]: '1' } })), 'Halted')
  t.is(strategy(stored({}, { annotations: { [startRequestedAt]: '2' } })), 'RerunOnFailure')
  t.is(strategy(stored({ state: 'Stopped' })), 'Halted')
  t.is(strategy(stored(), {}), 'RerunOnFailure')
})

test('what runs is stopped by the spec as it is now, not by an older one that a process has just listed', async t => {
  const known = stored({ state: 'Stopped' })
  const stop = async (live: ReturnType<typeof stored>) => {
    const context = recordingContext(known, factsFor(known, { machine: machineFor(known) }), [live])
    t.is((await ensureStopped(context)).kind, 'waiting')
    return context.recording.acts
  }
  t.deepEqual(await stop(stored()), ['read Instance team-a/web'])
  t.deepEqual(await stop(known), ['read Instance team-a/web', 'patch VirtualMachine team-a/web', 'event Normal Stopping'])
})

test('a mark that was used up by a stop is taken away', async t => {
  const instance = stored({ state: 'Stopped' })
  const machine = machineFor(instance, { runStrategy: 'Halted', printableStatus: 'Stopped', annotations: { [heldStopped]: 'guest/' } })
  const context = recordingContext(instance, factsFor(instance, { machine }))
  t.is((await ensureStopped(context)).kind, 'ready')
  t.deepEqual(context.recording.acts, ['patch VirtualMachine team-a/web'])
})

test('a stop and a start in one breath wait until KubeVirt has seen the stop', async t => {
  const instance = stored()
  const unseen = recordingContext(instance, factsFor(instance, { machine: machineFor(instance, { runStrategy: 'Halted', acted: 'RerunOnFailure' }) }))
  t.is((await ensureMachine(unseen)).kind, 'waiting')
  t.deepEqual(unseen.recording.acts, [])
  const seen = recordingContext(instance, factsFor(instance, { machine: machineFor(instance, { runStrategy: 'Halted', acted: 'Halted' }) }))
  await ensureMachine(seen)
  t.deepEqual(seen.recording.acts, ['apply VirtualMachine team-a/web', 'event Normal Starting'])
})

test('stop protection holds at reconcile too, and says how to lift it', async t => {
  const instance = stored({ state: 'Stopped', disableAPIStop: true })
  const context = recordingContext(instance, factsFor(instance, { machine: machineFor(instance), run: runFor(instance, 'Running') }))
  await ensureStopped(context)
  t.like(checkStopProtection(context), { kind: 'blocked', reason: 'StopProtected' })
  t.deepEqual(context.recording.acts, [])
})

for (const [what, state, around, expected] of [
  ['without a machine', undefined, () => ({}), 'pending'],
  ['whose machine starts', 'pending', i => ({ machine: machineFor(i), run: runFor(i, 'Scheduling') }), 'pending'],
  ['whose machine runs', 'pending', i => ({ machine: machineFor(i), run: runFor(i, 'Running') }), 'running'],
  ['whose guest crashed and is started again', 'running', i => ({ machine: machineFor(i), run: runFor(i, 'Failed') }), 'running'],
  ['whose host is silent', 'running', i => ({ machine: machineFor(i), run: runFor(i, 'Unknown') }), 'running'],
  ['whose guest shut down', 'running', i => ({ machine: machineFor(i), run: runFor(i, 'Succeeded') }), 'stopping'],
  ['that was told to stop', 'running', i => ({ machine: machineFor(i, { runStrategy: 'Halted' }), run: runFor(i, 'Running') }), 'stopping'],
  ['that has stopped', 'stopping', i => ({ machine: machineFor(i, { runStrategy: 'Halted' }) }), 'stopped'],
] as [string, 'pending' | 'running' | 'stopping' | undefined, (instance: ReturnType<typeof stored>) => Around, string][]) {
  test(`an instance ${what} is ${expected}`, t => {
    const instance = stored({}, state === undefined ? {} : { status: { state } })
    t.is(actualState(instance, factsFor(instance, around(instance))), expected as never)
  })
}

test('a reboot is asked for once a value, and only of what runs', async t => {
  const asked = new Set<string>()
  const acts = async (status: object) => {
    const instance = stored({}, { status: { state: 'running', ...status }, annotations: { 'kumulus.dev/reboot-requested-at': 'now' } })
    const context = recordingContext(instance, factsFor(instance, { machine: machineFor(instance), run: runFor(instance, 'Running') }))
    await ensureRebooted(asked)(context)
    return context.recording.acts
  }
  t.deepEqual(await acts({ state: 'pending' }), [])
  t.deepEqual(await acts({}), ['softreboot VirtualMachineInstance team-a/web', 'event Normal Rebooting'])
  t.deepEqual(await acts({}), [], 'the status could not be written')
  t.deepEqual(await acts({ lastHandledRebootRequest: 'now' }), [])
})
