import test from 'ava'
import type { InstanceType } from '../../../crds/v1alpha1/instance-type.ts'
import { clusterInstancetypeInformer } from '../../providers/kubevirt/cluster-instancetype.ts'
import { ready } from '../../runtime/outcome.ts'
import { golden } from '../golden.ts'
import { instanceInformer } from '../instance/store.ts'
import { cacheOf, holding, made, recordingContext } from '../recording-context.ts'
import { finalizeInstanceType } from './finalize.ts'
import { ensureInstancetype } from './instancetype.ts'
import { observeInstanceType } from './observe.ts'
import { instanceTypeStatus } from './status.ts'

const now = Date.UTC(2026, 0, 1)
const type = (name: string, spec: Partial<InstanceType['spec']> = {}, metadata: object = {}): InstanceType => ({
  apiVersion: 'kumulus.dev/v1alpha1',
  kind: 'InstanceType',
  metadata: { name, uid: `${name}-uid`, resourceVersion: '3', generation: 1, ...metadata },
  spec: { vcpus: 2, memory: '1024Mi', family: 'GeneralPurpose', architecture: 'x86_64', dedicatedCPU: false, state: 'Active', ...spec },
})
const going = { deletionTimestamp: '2026-01-01T00:00:00Z' }
const instance = (name: string, instanceType: string, runsAs?: string) => ({
  apiVersion: 'kumulus.dev/v1alpha1', kind: 'Instance', metadata: { name, namespace: 'team-a', uid: name, resourceVersion: '6' },
  spec: { subnetRef: { name: 's' }, imageRef: { name: 'i' }, instanceType }, ...(runsAs === undefined ? {} : { status: { instanceType: runsAs } }),
})

for (const given of [
  type('t3.micro'),
  type('p4.large', { vcpus: 8, memory: '1.5Gi', dedicatedCPU: true, gpus: [{ deviceName: 'nvidia.com/A10', count: 2 }, { deviceName: 'amd.com/MI300', count: 1 }] }),
]) {
  test(`what ${given.metadata.name} becomes is as the golden file says`, async t => {
    const context = recordingContext(given, observeInstanceType(given, cacheOf()))
    t.deepEqual(await ensureInstancetype(context), ready)
    const { actual, expected } = golden(import.meta.dirname, given.metadata.name, ...context.recording.applied)
    t.deepEqual(actual, expected)
  })
}

for (const state of ['Active', 'Deprecated'] as const) {
  test(`a type that is ${state} is ready and says so`, t => {
    const given = type('t3.micro', { state })
    const status = instanceTypeStatus({ object: given, facts: observeInstanceType(given, cacheOf()), outcome: ready, outcomes: {}, now })
    t.like(status.conditions?.[0], { type: 'Ready', status: 'True', reason: state === 'Active' ? 'Available' : 'Deprecated' })
  })
}

test('a type in use is not deleted, and how many use it is said without names', t => {
  const given = type('t3.micro', {}, going)
  const cache = cacheOf(holding(instanceInformer, instance('secret-project', 't3.micro'), instance('b', 't3.large', 't3.micro'), instance('c', 't3.large')))
  const outcome = finalizeInstanceType['users']?.(recordingContext(given, observeInstanceType(given, cache)))
  t.like(outcome, { kind: 'waiting', reason: 'DependencyViolation' })
  t.regex(JSON.stringify(outcome), /2 instances/)
  t.notRegex(JSON.stringify(outcome), /secret-project|team-a/)
})

test('what a type became goes with it', async t => {
  const given = type('t3.micro', {}, going)
  const instancetype = made(given, { apiVersion: 'instancetype.kubevirt.io/v1beta1', kind: 'VirtualMachineClusterInstancetype', metadata: { name: 'kumulus.t3.micro' } })
  const context = recordingContext(given, observeInstanceType(given, cacheOf(holding(clusterInstancetypeInformer, instancetype))))
  t.deepEqual(await finalizeInstanceType['users']?.(context), ready)
  t.like(await finalizeInstanceType['instancetype']?.(context), { kind: 'waiting' })
  t.deepEqual(context.recording.acts, ['remove VirtualMachineClusterInstancetype kumulus.t3.micro'])
})
