import type { VirtualMachineInstance, VolumeStatus } from '../types.ts'
import { diskTarget } from './running-status.ts'

/**
 * What virt-handler says of volumes that come and go while a machine runs, a step at a time: mounted into the launcher once the pod that attaches
 * them to the node is up, then ready in the machine; unmounted when they are wanted no longer. Source: kubevirt v1.9.0, pkg/virt-handler/vm.go,
 * `updateHotplugVolumeStatus`. No guest is told: our hypervisors take disks at their start alone.
 */
export const hotplugStatuses = (vmi: VirtualMachineInstance): VolumeStatus[] | undefined =>
  vmi.status?.volumeStatus?.map((status) => (status.hotplugVolume === undefined ? status : next(vmi, status)))

const next = (vmi: VirtualMachineInstance, status: VolumeStatus): VolumeStatus => {
  const { name, phase = '' } = status
  const said = (to: string, reason: string, message: string, target = ''): VolumeStatus => ({ ...status, target, phase: to, reason, message })
  if (vmi.spec.volumes?.some((volume) => volume.name === name) !== true) {
    if (!['Ready', 'MountedToPod', 'AttachedToNode'].includes(phase)) return status
    return said('UnMountedFromPod', 'VolumeUnMountedFromPod', `Volume ${name} has been unmounted from virt-launcher pod`)
  }
  if (['Pending', 'Bound', 'AttachedToNode'].includes(phase) && (status.hotplugVolume?.attachPodUID ?? '') !== '') {
    return said('MountedToPod', 'VolumeMountedToPod', `Volume ${name} has been mounted in virt-launcher pod`)
  }
  if (phase !== 'MountedToPod') return status
  return said('Ready', 'VolumeReady', `Successfully attach hotplugged volume ${name} to VM`, diskTarget(vmi, name))
}
