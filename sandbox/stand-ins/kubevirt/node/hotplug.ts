import type { Hypervisor, MachineDisk } from '../../../hypervisor/hypervisor.ts'
import { isHotVolume } from '../instances.ts'
import type { VirtualMachineInstance, VolumeStatus } from '../types.ts'
import { diskTarget } from './running-status.ts'

/**
 * What virt-handler says of volumes that come and go while a machine runs: mounted into the launcher once the pod that attaches them to the node is
 * up, then ready once the machine has them; unmounted when it has them no longer. Source: kubevirt v1.9.0, pkg/virt-handler/vm.go,
 * `updateHotplugVolumeStatus`.
 * @param has - whether the machine has the disk.
 */
export const hotplugStatuses = (vmi: VirtualMachineInstance, has: (name: string) => boolean): VolumeStatus[] | undefined =>
  vmi.status?.volumeStatus?.map((status) => (status.hotplugVolume === undefined ? status : next(vmi, status, has(status.name))))

const next = (vmi: VirtualMachineInstance, status: VolumeStatus, isThere: boolean): VolumeStatus => {
  const { name, phase = '' } = status
  const said = (to: string, reason: string, message: string, target = ''): VolumeStatus => ({ ...status, target, phase: to, reason, message })
  if (isThere) return said('Ready', 'VolumeReady', `Successfully attach hotplugged volume ${name} to VM`, status.target === '' ? diskTarget(vmi, name) : status.target)
  if (vmi.spec.volumes?.some((volume) => volume.name === name) !== true) {
    if (!['Ready', 'MountedToPod', 'AttachedToNode'].includes(phase)) return { ...status, target: '' }
    return said('UnMountedFromPod', 'VolumeUnMountedFromPod', `Volume ${name} has been unmounted from virt-launcher pod`)
  }
  const canMount = ['Pending', 'Bound', 'AttachedToNode'].includes(phase) && (status.hotplugVolume?.attachPodUID ?? '') !== ''
  return canMount ? said('MountedToPod', 'VolumeMountedToPod', `Volume ${name} has been mounted in virt-launcher pod`) : { ...status, target: '' }
}

/** Whether a machine may start: what it is to be plugged into is mounted. */
export const hotVolumesMounted = ({ spec, status }: VirtualMachineInstance): boolean =>
  (spec.volumes ?? []).filter(isHotVolume).every(({ name }) => status?.volumeStatus?.some((each) => each.name === name && (each.phase === 'MountedToPod' || each.phase === 'Ready')) === true)

/** Gives a machine that runs the disks that are mounted for it, and takes away those that are wanted no longer. */
type DiskOf = (name: string) => MachineDisk | undefined

export const syncDisks = async (hypervisor: Hypervisor, vmi: VirtualMachineInstance, diskOf: DiskOf): Promise<void> => {
  const { uid } = vmi.metadata
  const present = hypervisor.hotDisks(uid)
  const wanted = (vmi.spec.volumes ?? []).filter(isHotVolume).map(({ name }) => name)
  for (const name of present) if (!wanted.includes(name)) await hypervisor.detachDisk(uid, name)
  for (const name of wanted) {
    const isMounted = vmi.status?.volumeStatus?.some((status) => status.name === name && status.phase === 'MountedToPod') === true
    const disk = isMounted && !present.has(name) ? diskOf(name) : undefined
    if (disk !== undefined) await hypervisor.attachDisk(uid, disk)
  }
}
