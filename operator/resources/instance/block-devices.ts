import { apiVersionOf } from '../../../crds/kubernetes.ts'
import { type BlockDevice, deletesOnTermination, type Instance } from '../../../crds/v1alpha1/instance.ts'
import { volume } from '../../../crds/v1alpha1/volume.ts'
import { volumeFinalizer } from '../volume/store.ts'

/** One disk of an instance and the Volume object that it is. */
export type InstanceVolume = {
  /** Name of the Volume. */
  name: string
  deviceName: string
  /** Name of the disk in the machine: the last part of the device name, which has letters and digits only. */
  disk: string
  root: boolean
  deleteOnTermination: boolean
  device: Partial<BlockDevice>
}

/**
 * The disks that an instance is launched with. No two share a Volume's name: what follows the last hyphen is the device, and device names have no
 * hyphens. Without blockDevices there is a root alone, always /dev/sda1: the name of a disk must not hang on an image that may be gone tomorrow.
 */
export const volumesOf = ({ metadata, spec }: Pick<Instance, 'metadata' | 'spec'>): InstanceVolume[] =>
  (spec.blockDevices ?? [{ deviceName: '/dev/sda1' }]).map((device, index) => {
    const disk = device.deviceName.replace(/^\/dev\//, '')
    return {
      name: `${metadata.name}-${disk}`,
      deviceName: device.deviceName,
      disk,
      root: index === 0,
      deleteOnTermination: deletesOnTermination(device, index),
      device,
    }
  })

/** The device name under which an instance has a Volume of this name; undefined where it was not made for it. */
export const deviceOf = (instance: Pick<Instance, 'metadata' | 'spec'>, volumeName: string): string | undefined =>
  volumesOf(instance).find(({ name }) => name === volumeName)?.deviceName

/** What the Volume objects take from around the instance. */
export type VolumeSurroundings = {
  availabilityZone: string
  defaultVolumeType: string
  /** A root disk that doesn't say is encrypted as its image is. */
  imageEncrypted?: boolean
}

/**
 * The Volume of one disk. It has no ownerReference, also where it goes with the instance: the operator deletes it by name when the instance is
 * terminated, whereas garbage collection would take the bytes of every instance if the CRD of Instance were deleted.
 */
export const buildVolume = (
  { metadata, spec }: Instance, disk: InstanceVolume, { availabilityZone, defaultVolumeType, imageEncrypted = false }: VolumeSurroundings,
) => {
  const { size, volumeType, iops, throughput, encrypted, snapshotRef } = disk.device
  return {
    apiVersion: apiVersionOf(volume),
    kind: volume.kind,
    metadata: { name: disk.name, ...metadata.namespace === undefined ? {} : { namespace: metadata.namespace }, finalizers: [volumeFinalizer] },
    spec: {
      availabilityZone,
      volumeType: volumeType ?? defaultVolumeType,
      ...size === undefined ? {} : { size },
      ...iops === undefined ? {} : { iops },
      ...throughput === undefined ? {} : { throughput },
      encrypted: encrypted ?? (disk.root && imageEncrypted),
      ...disk.root ? { imageRef: spec.imageRef } : {},
      ...snapshotRef === undefined ? {} : { snapshotRef },
    },
  }
}
