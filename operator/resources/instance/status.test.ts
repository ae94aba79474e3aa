import test from 'ava'
import { type Outcome, ready, waiting } from '../../runtime/outcome.ts'
import { heldStopped } from './annotations.ts'
import { finalizeInstance } from './finalize.ts'
import { recordingContext } from '../recording-context.ts'
import { createAddressLedger } from '../subnet/ledger.ts'
import { type Around, factsFor, groupLabel, machineFor, now, runFor, stored, volumesFor } from './sample.ts'
import { instanceStatus } from './status.ts'

const statusOf = (instance: ReturnType<typeof stored>, around: Around, outcome: Outcome = ready, outcomes = {}) =>
  instanceStatus({ object: instance, facts: factsFor(instance, around), outcome, outcomes, now })
const pendingWords = waiting('Pending', 'i-1 is being launched or started')

test('the status of a running instance is complete', t => {
  const instance = stored({}, { status: { state: 'pending', launchTime: '2025-12-31T23:59:00Z' } })
  const status = statusOf(instance, { machine: machineFor(instance), run: runFor(instance, 'Running') })
  t.like(status, {
    state: 'running', launchTime: '2025-12-31T23:59:00Z', stateTransitionTime: '2026-01-01T00:00:00Z', availabilityZone: 'zone-a', host: 'node-1',
    instanceType: 't3.micro', privateIPAddress: '10.0.1.5', privateDNSName: 'ip-10-0-1-5.main.internal', statusChecks: { system: 'ok', instance: 'ok' },
    securityGroups: [{ groupID: groupLabel('web').replace('sg.kumulus.dev/', ''), groupName: 'web' }],
  })
  t.regex(status.instanceID ?? '', /^i-[0-9a-f]{17}$/)
  t.regex(status.macAddress ?? '', /^02(:[0-9a-f]{2}){5}$/)
  t.like(status.blockDevices?.[0], { deviceName: '/dev/sda1', volumeName: 'web-sda1', state: 'attached', attachTime: '2026-01-01T00:00:00Z', deleteOnTermination: true })
  t.like(status.conditions?.[0], { type: 'Ready', status: 'True', reason: 'Running' })
})

test('a launch that goes well changes the status twice: pending, then running', t => {
  const instance = stored()
  const first = statusOf(instance, {}, pendingWords)
  const later = { ...instance, status: first }
  t.deepEqual(statusOf(later, { machine: machineFor(instance) }, pendingWords), first)
  t.deepEqual(statusOf(later, { machine: machineFor(instance), run: runFor(instance, 'Scheduled') }, pendingWords), first)
  const running = statusOf(later, { machine: machineFor(instance), run: runFor(instance, 'Running') })
  t.deepEqual(statusOf({ ...instance, status: running }, { machine: machineFor(instance), run: runFor(instance, 'Running') }), running)
})

test('what takes effect at the next start is told while the instance runs, and no user data with it', t => {
  const instance = stored({ instanceType: 't3.small', userData: '#!/bin/sh\nsecret' }, { status: { state: 'running' } })
  const machine = machineFor(instance, { type: 't3.micro', annotations: { 'kumulus.dev/user-data': 'inline/other' } })
  const { pendingChanges, instanceType } = statusOf(instance, { machine, run: runFor(instance, 'Running') })
  t.is(instanceType, 't3.micro')
  t.deepEqual(pendingChanges?.map(({ path, takesEffect }) => [path, takesEffect]), [['spec.instanceType', 'StopStart'], ['spec.userData', 'StopStart']])
  t.false(JSON.stringify(pendingChanges).includes('secret'))
  t.is(statusOf(instance, { machine: { ...machine, spec: { ...machine.spec, runStrategy: 'Halted' } } }).pendingChanges, undefined)
})

test('why an instance is stopped is told in EC2\'s codes', t => {
  const code = (spec: object, annotations: Record<string, string>) => {
    const instance = stored(spec, { status: { state: 'stopping' } })
    return statusOf(instance, { machine: machineFor(instance, { runStrategy: 'Halted', annotations }) }).stateReason?.code
  }
  t.is(code({ state: 'Stopped' }, {}), 'Client.UserInitiatedShutdown')
  t.is(code({}, { [heldStopped]: 'guest/' }), 'Client.InstanceInitiatedShutdown')
  t.is(code({}, { [heldStopped]: 'user/' }), 'Client.UserInitiatedShutdown')
})

test('a deliberately stopped instance is Ready', t => {
  const instance = stored({ state: 'Stopped' }, { status: { state: 'stopped' } })
  t.like(statusOf(instance, { machine: machineFor(instance, { runStrategy: 'Halted' }) }).conditions?.[0], { type: 'Ready', status: 'True', reason: 'Stopped' })
})

test('a lack of room is told by EC2\'s code', t => {
  const instance = stored({}, { status: { state: 'pending' } })
  const status = statusOf(instance, { machine: machineFor(instance) }, waiting('InsufficientInstanceCapacity', 'no host of zone-a has room'))
  t.like(status.stateReason, { code: 'Server.InsufficientInstanceCapacity' })
})

test('a reboot request counts as handled only once its step has run', t => {
  const instance = stored({}, { status: { state: 'running' }, annotations: { 'kumulus.dev/reboot-requested-at': 'now' } })
  const around = { machine: machineFor(instance), run: runFor(instance, 'Running') }
  t.is(statusOf(instance, around, ready, {}).lastHandledRebootRequest, undefined)
  t.is(statusOf(instance, around, ready, { reboot: ready }).lastHandledRebootRequest, 'now')
})

test('termination takes the machine, then the disks that go with it, and shows both states', async t => {
  const spec = { blockDevices: [{ deviceName: '/dev/sda1' }, { deviceName: '/dev/sdb', size: '1Gi' }] }
  const tearDown = async (state: 'running' | 'shutting-down' | 'terminated', around: Around) => {
    const instance = stored(spec, { deleted: true, status: { state } })
    const context = recordingContext(instance, factsFor(instance, around))
    const outcomes = []
    for (const step of Object.values(finalizeInstance(createAddressLedger(), new Set()))) {
      outcomes.push(await step(context))
      if (outcomes.at(-1)?.kind !== 'ready') break
    }
    return { acts: context.recording.acts, last: outcomes.at(-1)?.kind, state: statusOf(instance, around, outcomes.at(-1)).state }
  }
  const instance = stored(spec)
  const volumes = volumesFor(instance)
  t.deepEqual(await tearDown('running', { volumes, machine: machineFor(instance), run: runFor(instance, 'Running') }),
    { acts: ['event Normal Terminating', 'remove VirtualMachine team-a/web'], last: 'waiting', state: 'shutting-down' })
  t.deepEqual(await tearDown('shutting-down', { volumes, run: runFor(instance, 'Running') }), { acts: [], last: 'waiting', state: 'shutting-down' })
  t.deepEqual(await tearDown('shutting-down', { volumes }), { acts: ['remove Volume team-a/web-sda1'], last: 'waiting', state: 'shutting-down' })
  t.deepEqual(await tearDown('shutting-down', { volumes: volumes.slice(1) }), { acts: [], last: 'waiting', state: 'terminated' })
  t.deepEqual(await tearDown('terminated', { volumes: volumes.slice(1) }), { acts: [], last: 'ready', state: 'terminated' })
})

test('a protected instance that is deleted all the same runs on, and its groups still change', async t => {
  const instance = stored({ disableAPITermination: true }, { deleted: true, status: { state: 'running' } })
  const around = { machine: machineFor(instance), run: runFor(instance, 'Running') }
  const context = recordingContext(instance, factsFor(instance, around))
  t.like(await finalizeInstance(createAddressLedger(), new Set())['protection']?.(context), { kind: 'blocked', reason: 'TerminationProtected' })
  t.true(context.recording.acts.includes('patch VirtualMachine team-a/web'))
  t.is(statusOf(instance, around).state, 'running')
})
