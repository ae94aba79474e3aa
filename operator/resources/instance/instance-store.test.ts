import test from 'ava'
import { ready } from '../../runtime/outcome.ts'
import { buildMachine } from './machine.ts'
import { factsFor, machineFor, now, runFor, stored, world } from './sample.ts'
import { instanceStatus } from './status.ts'

const disks = [{ size: '100Gi', media: 'NVMe' as const }, { size: '512Mi', media: 'NVMe' as const }]
const type = { ...world.micro, spec: { ...world.micro.spec, instanceStore: disks } } as never

test('the disks of the host that a type gives are empty at every start, told apart by their serial, and the host must have room for them', t => {
  const instance = stored()
  const { spec } = buildMachine(instance, { ...factsFor(instance), type }).spec.template
  t.deepEqual(spec.volumes.filter(volume => 'emptyDisk' in volume), [
    { name: 'ephemeral0', emptyDisk: { capacity: '100Gi' } }, { name: 'ephemeral1', emptyDisk: { capacity: '512Mi' } },
  ])
  t.deepEqual(spec.domain.devices.disks.filter(({ name }) => name.startsWith('ephemeral')), [
    { name: 'ephemeral0', serial: 'ephemeral0', disk: { bus: 'virtio' } }, { name: 'ephemeral1', serial: 'ephemeral1', disk: { bus: 'virtio' } },
  ])
  t.deepEqual(spec.domain.resources, { requests: { 'ephemeral-storage': '102912Mi' } })
})

test('what a run has of its host is told of while it lasts, by the type that it runs as, and not after', t => {
  const instance = stored()
  const machine = machineFor(instance)
  const told = (object: typeof instance, facts: object) =>
    instanceStatus({ object, facts: { ...factsFor(object), ...facts }, outcome: ready, outcomes: {}, now }).instanceStore
  const runs = factsFor(instance, { machine, run: runFor(instance, 'Running') })
  t.deepEqual(told(instance, { ...runs, type }), [{ virtualName: 'ephemeral0', ...disks[0] }, { virtualName: 'ephemeral1', ...disks[1] }])
  const instanceStore = [{ virtualName: 'ephemeral0', size: '1Gi', media: 'SSD' }]
  const changed = { ...stored({ instanceType: 't3.large' }), status: { ...instance.status, observedGeneration: 1, instanceStore } }
  t.deepEqual(told(changed, { ...runs, type: { ...world.micro, metadata: { ...world.micro.metadata, name: 't3.large' } } }), instanceStore,
    'a type that comes with the next start changes nothing now')
  const off = stored({ state: 'Stopped' }, { status: { observedGeneration: 1, state: 'stopping' } })
  t.is(told(off, { ...factsFor(off, { machine: machineFor(off, { runStrategy: 'Halted', printableStatus: 'Stopped' }) }), type }), undefined)
})
