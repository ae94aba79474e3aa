/** What KubeVirt v1.9.0's own virt-api and virt-controller made of the same VirtualMachine, where ours once made something else. */
import test from 'ava'
import type { Claim } from '../../csi/types.ts'
import type { DataVolume } from '../../cdi/types.ts'
import { createNames } from '../../names.ts'
import { conditionOf } from '../conditions.ts'
import type { VirtualMachine, VirtualMachineInstance } from '../types.ts'
import { instanceStatus } from './instance-status.ts'
import { instancetypeRevisionName } from './instancetype.ts'
import { buildLauncherPod } from './launcher-pod.ts'
import { buildVirtualMachineInstance } from './virtual-machine-instance.ts'

const now = '2026-11-22T13:25:38Z'
const template = {
  domain: { devices: { disks: [{ name: 'sda1' }, { name: 'cloudinit' }] }, cpu: { sockets: 4, cores: 1, threads: 1 }, memory: { guest: '2Gi' } },
  volumes: [{ name: 'sda1', persistentVolumeClaim: { claimName: 'rich-sda1' } }, { name: 'cloudinit', cloudInitNoCloud: { secretRef: { name: 'seed' } } }],
}
const vm: VirtualMachine = {
  apiVersion: 'kubevirt.io/v1',
  kind: 'VirtualMachine',
  metadata: { name: 'rich', namespace: 'a', uid: 'vm', resourceVersion: '1', generation: 1 },
  spec: { runStrategy: 'RerunOnFailure', template: { metadata: { labels: { ours: 'yes' } }, spec: template } },
}
const built = buildVirtualMachineInstance({ vm, template, revisionName: 'r', paused: false, now })
const vmi = { ...built, metadata: { ...built.metadata, uid: 'vmi', resourceVersion: '1' } } as VirtualMachineInstance

test('an instance may grow fourfold while it runs, and carries its template’s labels alone', (t) => {
  t.like(vmi.spec.domain, { cpu: { sockets: 4, maxSockets: 16, model: 'host-model' }, memory: { guest: '2Gi', maxGuest: '8Gi' }, resources: {} })
  t.deepEqual(vmi.metadata.labels, { ours: 'yes' })
  t.is(vmi.metadata.annotations?.['kubevirt.io/pci-topology-version'], 'v3')
  const small = buildVirtualMachineInstance({ vm, template: { domain: { devices: {}, memory: { guest: '512Mi' } } }, revisionName: 'r', paused: false, now })
  t.is(small.spec.domain.memory?.maxGuest, undefined, 'less than 1Gi does not grow')
})

test('a launcher asks for its memory, its disk and a node that can run its machine', (t) => {
  const { spec, metadata } = buildLauncherPod(vmi, { names: createNames('s'), provisioningOnly: false })
  t.like(spec.containers[0]?.resources?.requests, { memory: '2340Mi', 'ephemeral-storage': '50M', cpu: '400m' })
  t.is(metadata.annotations['kubevirt.io/memory-overhead-bytes'], '306184192')
  t.is(spec.nodeSelector?.['machine-type.node.kubevirt.io/q35'], 'true')
})

test('the copy of an instance type is named with its version', (t) => {
  const type = { apiVersion: 'instancetype.kubevirt.io/v1beta1', kind: 'VirtualMachineClusterInstancetype', metadata: { name: 'kumulus.c5', uid: 'u', resourceVersion: '1', generation: 2 } }
  t.is(instancetypeRevisionName(vm, { ...type, spec: { cpu: { guest: 4 }, memory: { guest: '2Gi' } } }), 'rich-kumulus.c5-v1beta1-u-2')
})

const facts = (readiness: string) => ({
  vmi: { ...vmi, status: { phase: 'Running' } } as VirtualMachineInstance,
  pod: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'a', uid: 'pod', resourceVersion: '1' }, spec: { containers: [] } },
  claims: [{
    metadata: { name: 'rich-sda1' }, spec: { accessModes: ['ReadWriteOnce'], volumeMode: 'Block', resources: { requests: { storage: '2Gi' } } }, status: { capacity: { storage: '2Gi' } },
  } as Claim],
  dataVolumes: [{ status: { phase: 'Succeeded', conditions: [{ type: 'Ready', status: readiness }] } } as unknown as DataVolume],
  failedDataVolume: false, attachmentPods: [], waitsForConsumer: false, syncError: undefined, now,
})

test('volumes are told in the order of their names, with what was asked for as it was asked', (t) => {
  const { volumeStatus } = instanceStatus(facts('True'))
  t.deepEqual(volumeStatus?.map(({ name }) => name), ['cloudinit', 'sda1'])
  t.deepEqual(volumeStatus?.[1], {
    name: 'sda1',
    target: '',
    persistentVolumeClaimInfo: {
      claimName: 'rich-sda1', accessModes: ['ReadWriteOnce'], volumeMode: 'Block', filesystemOverhead: '0', capacity: { storage: '2Gi' }, requests: { storage: '2Gi' },
    },
  })
})

test('an instance says whether what fills its volumes is ready, and not since when', (t) => {
  const condition = (readiness: string) => conditionOf(instanceStatus(facts(readiness)).conditions, 'DataVolumesReady')
  t.like(condition('True'), { status: 'True', reason: 'AllDVsReady', lastTransitionTime: null })
  t.like(condition('False'), { status: 'False', reason: 'NotAllDVsReady' })
})
