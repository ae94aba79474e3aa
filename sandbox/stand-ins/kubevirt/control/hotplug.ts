import type { Pod } from '../../kubelet/types.ts'
import { deepEqual } from '../../merge-patch.ts'
import { hotVolumesOf, isHotVolume } from '../instances.ts'
import type { VirtualMachine, VirtualMachineInstance, VmiSpec, VolumeStatus } from '../types.ts'
import { activeAttachmentPod, volumesOf } from './attachment-pods.ts'

/**
 * What an instance that runs is to have by its machine's template: volumes that are hotpluggable come and go with their disks. One that has changed,
 * or that is still being taken out, comes back when it is out. Undefined where all is as it should be. Source: kubevirt v1.9.0, pkg/storage/hotplug.
 */
export const hotpluggedSpec = (vm: VirtualMachine, vmi: VirtualMachineInstance): Pick<VmiSpec, 'volumes' | 'domain'> | undefined => {
  if (vmi.status?.phase !== 'Running' || vmi.metadata.deletionTimestamp !== undefined) return undefined
  const template = vm.spec.template.spec
  const wanted = (template.volumes ?? []).filter(isHotVolume)
  const present = vmi.spec.volumes ?? []
  const kept = present.filter((volume) => !isHotVolume(volume) || wanted.some((each) => deepEqual(each, volume)))
  const said = new Set((vmi.status.volumeStatus ?? []).map(({ name }) => name))
  const added = wanted.filter(({ name }) => !present.some((volume) => volume.name === name) && !said.has(name))
  const volumes = [...kept, ...added]
  const disks = (vmi.spec.domain.devices.disks ?? []).filter(({ name }) => volumes.some((volume) => volume.name === name))
  const addedDisks = (template.domain.devices.disks ?? []).filter(({ name }) => added.some((volume) => volume.name === name))
  if (kept.length === present.length && added.length === 0) return undefined
  return { volumes, domain: { ...vmi.spec.domain, devices: { ...vmi.spec.domain.devices, disks: [...disks, ...addedDisks] } } }
}

/**
 * virt-controller's half of what is said of hotplugged volumes: up to the pod that attaches them, and from when they are out of the machine.
 * Source: kubevirt v1.9.0, pkg/virt-controller/watch/vmi/storage.go, `updateVolumeStatus`.
 */
export const attachStatuses = (vmi: VirtualMachineInstance, pods: readonly Pod[], isBound: (claimName: string) => boolean): VolumeStatus[] => {
  const active = activeAttachmentPod(vmi, pods)
  const wanted = hotVolumesOf(vmi).map((volume) => {
    const old = vmi.status?.volumeStatus?.find(({ name }) => name === volume.name)
    return attaching({ target: '', ...old, name: volume.name }, active, isBound(volume.persistentVolumeClaim?.claimName ?? ''))
  })
  const isWanted = (name: string) => wanted.some((each) => each.name === name)
  const gone = (vmi.status?.volumeStatus ?? []).filter(({ name, hotplugVolume }) => hotplugVolume !== undefined && !isWanted(name))
  return [...wanted, ...gone.flatMap((status) => leaving(status, pods.find((pod) => volumesOf(pod).includes(status.name))))]
}

const attaching = (status: VolumeStatus, pod: Pod | undefined, isBound: boolean): VolumeStatus => {
  const { name, phase = '' } = status
  if (pod === undefined) {
    if (phase === 'Ready' || phase === 'MountedToPod') return status
    return unattached({ ...status, hotplugVolume: { ...status.hotplugVolume, attachPodUID: '' } }, isBound)
  }
  const isUp = pod.status?.containerStatuses?.length === 1 && pod.status.containerStatuses[0]?.ready === true
  const hotplugVolume = { attachPodName: pod.metadata.name, attachPodUID: isUp ? pod.metadata.uid : '' }
  if (phase === 'Detaching') return unattached({ ...status, hotplugVolume }, isBound)
  if (phase !== '' && phase !== 'Bound' && phase !== 'Pending') return { ...status, hotplugVolume }
  return { ...status, hotplugVolume, phase: 'AttachedToNode', reason: 'SuccessfulCreate', message: `Created hotplug attachment pod ${pod.metadata.name}, for volume ${name}` }
}

const unattached = (status: VolumeStatus, isBound: boolean): VolumeStatus => isBound
  ? { ...status, phase: 'Bound', reason: 'PVCNotReady', message: 'PVC is in phase Bound' }
  : { ...status, phase: 'Pending', reason: 'PVCNotReady', message: 'PVC is in phase Pending' }

/** Said until no pod attaches it any more. */
const leaving = (status: VolumeStatus, pod: Pod | undefined): VolumeStatus[] => {
  if (pod === undefined) return []
  const phase = status.phase === 'Ready' || status.phase === 'MountedToPod' ? status.phase : 'Detaching'
  const going = phase === 'Detaching' && pod.metadata.deletionTimestamp !== undefined
    ? { reason: 'SuccessfulDelete', message: `Deleted hotplug attachment pod ${pod.metadata.name}, for volume ${status.name}` } : {}
  return [{ ...status, hotplugVolume: { attachPodName: pod.metadata.name, attachPodUID: pod.metadata.uid }, phase, ...going }]
}
