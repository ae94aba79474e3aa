import test from 'ava'
import type { VirtualMachineInstance, VolumeStatus } from '../types.ts'
import { hotplugStatuses } from './hotplug.ts'

const instance = (status: VolumeStatus, wanted = true): VirtualMachineInstance => ({
  apiVersion: 'kubevirt.io/v1',
  kind: 'VirtualMachineInstance',
  metadata: { name: 'web', namespace: 'a', uid: 'vmi', resourceVersion: '1' },
  spec: { domain: { devices: {} }, volumes: wanted ? [{ name: 'data', persistentVolumeClaim: { claimName: 'data', hotpluggable: true } }] : [] },
  status: { phase: 'Running', volumeStatus: [status] },
})
const volume = (phase: string, attachPodUID = 'pod'): VolumeStatus => ({ name: 'data', target: '', phase, hotplugVolume: { attachPodUID } })
const phases = (status: VolumeStatus, { wanted = true, isThere = false } = {}) =>
  hotplugStatuses(instance(status, wanted), () => isThere)?.map(({ phase }) => phase)

test('a volume that is plugged in is mounted once its pod is up, and ready once the machine has it', (t) => {
  t.deepEqual(phases(volume('AttachedToNode', '')), ['AttachedToNode'])
  t.deepEqual(phases(volume('AttachedToNode')), ['MountedToPod'])
  t.deepEqual(phases(volume('MountedToPod')), ['MountedToPod'], 'not before')
  const ready = hotplugStatuses(instance(volume('MountedToPod')), () => true)
  t.like(ready?.[0], { phase: 'Ready', target: 'vda', reason: 'VolumeReady' })
  t.deepEqual(hotplugStatuses(instance(ready?.[0] as VolumeStatus), () => true), ready, 'and nothing is said twice')
})

test('a volume that is wanted no longer is unmounted once the machine has let go of it, so that its pod may go', (t) => {
  const ready = { ...volume('Ready'), target: 'vda' }
  t.deepEqual(phases(ready, { wanted: false, isThere: true }), ['Ready'])
  t.deepEqual(phases(ready, { wanted: false }), ['UnMountedFromPod'])
  t.deepEqual(phases(volume('Detaching'), { wanted: false }), ['Detaching'], 'it never came')
})

test('what a machine has started with is none of this', (t) => {
  const own = { name: 'root', target: 'vda' }
  t.deepEqual(hotplugStatuses(instance(own), () => false), [own])
})
