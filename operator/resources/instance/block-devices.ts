import { apiVersionOf } from '../../../crds/kubernetes.ts'
import { dataDevicesOf, type Image, type ImageDevice, rootOf } from '../../../crds/v1alpha1/image.ts'
import type { BlockDevice, Instance, InstanceStatus } from '../../../crds/v1alpha1/instance.ts'
import { volume } from '../../../crds/v1alpha1/volume.ts'
import { volumeFinalizer } from '../volume/store.ts'

type Launched = Pick<Instance, 'metadata' | 'spec'> & { status?: Pick<InstanceStatus, 'blockDevices'> }

/** One disk of an instance and the Volume object that it is. */
export type InstanceVolume = {
  /** Name of the Volume. */
  name: string
  deviceName: string
  /** Name of the disk in the machine: the last part of the device name, which has letters and digits only. */
  disk: string
  root: boolean
  /** It is of the block device map of the image. */
  fromImage: boolean
  deleteOnTermination: boolean
  device: Partial<BlockDevice>
}

/**
 * The disks that an instance is launched with: what its spec names, and what is on record of the map of its image, which may be gone by now. No two
 * share a Volume's name: what follows the last hyphen is the device, and device names have no hyphens. Without blockDevices the root is always
 * /dev/sda1, whatever the image calls it.
 */
export const volumesOf = (instance: Launched): InstanceVolume[] => {
  const named = namedOf(instance)
  const record = recordOf(instance)
  const rest = record.map(({ deviceName }): BlockDevice => ({ deviceName }))
    .filter(({ deviceName }) => !named.some(device => device.deviceName === deviceName))
  return [...named, ...rest].filter(device => !isLeftOut(device)).map((device, index) => {
    const mapped = record.find(({ deviceName }) => deviceName === device.deviceName)
    const disk = device.deviceName.replace(/^\/dev\//, '')
    return {
      name: `${instance.metadata.name}-${disk}`,
      deviceName: device.deviceName,
      disk,
      root: index === 0,
      fromImage: mapped !== undefined,
      deleteOnTermination: device.deleteOnTermination ?? mapped?.deleteOnTermination ?? index === 0,
      device,
    }
  })
}

/** The device name under which an instance has a Volume of this name; undefined where it was not made for it. */
export const deviceOf = (instance: Launched, volumeName: string): string | undefined =>
  volumesOf(instance).find(({ name }) => name === volumeName)?.deviceName

/** A disk of the block device map of an image, by the name that it has on the instance. */
export type Mapped = Pick<InstanceVolume, 'deviceName' | 'deleteOnTermination'>

/** What its image brings to an instance that is launched now. A disk that the spec makes of a Snapshot is not of the image. */
export const mapOf = (instance: Launched, image: Image): Mapped[] => {
  const named = namedOf(instance)
  const root = rootOf(image)
  const isTaken = ({ deviceName }: ImageDevice) =>
    named.some(device => device.deviceName === deviceName && (isLeftOut(device) || device.snapshotRef !== undefined))
  return [
    ...root === undefined ? [] : [{ deviceName: named[0]?.deviceName ?? '', deleteOnTermination: root.deleteOnTermination }],
    ...dataDevicesOf(image).filter(each => !isTaken(each)).map(({ deviceName, deleteOnTermination }) => ({ deviceName, deleteOnTermination })),
  ]
}

/** Whether its status has the map as it is. */
export const isOnRecord = (instance: Launched, map: readonly Mapped[]): boolean => {
  const record = recordOf(instance)
  return record.length === map.length && map.every(({ deviceName, deleteOnTermination }) => record.some(each =>
    each.deviceName === deviceName && each.deleteOnTermination === (deviceSaid(instance, deviceName) ?? deleteOnTermination)))
}

/** The instance as its status will have it. */
export const withMap = <T extends Launched>(instance: T, map: readonly Mapped[]): T => ({
  ...instance,
  status: { ...instance.status, blockDevices: map.map(mapped => ({ ...mapped, volumeName: '', state: 'attaching', fromImage: true })) },
})

const namedOf = ({ spec }: Launched): readonly BlockDevice[] => spec.blockDevices ?? [{ deviceName: '/dev/sda1' }]

const recordOf = ({ status }: Launched) => (status?.blockDevices ?? []).filter(({ fromImage }) => fromImage === true)

const isLeftOut = ({ noDevice }: Partial<BlockDevice>): boolean => noDevice === true

const deviceSaid = (instance: Launched, name: string): boolean | undefined =>
  namedOf(instance).find(({ deviceName }) => deviceName === name)?.deleteOnTermination

/** What the Volume objects take from around the instance. */
export type VolumeSurroundings = {
  availabilityZone: string
  defaultVolumeType: string
  image?: Image | undefined
}

/**
 * The Volume of one disk; what the spec doesn't say of it, the image does. It has no ownerReference, also where it goes with the instance: the
 * operator deletes it by name when the instance is terminated, whereas garbage collection would take the bytes of every instance if the CRD of
 * Instance were deleted.
 */
export const buildVolume = (
  { metadata, spec }: Instance, disk: InstanceVolume, { availabilityZone, defaultVolumeType, image }: VolumeSurroundings,
) => {
  const { size, snapshotRef } = disk.device
  const mapped = mappedTo(disk, image)
  // Of a family it is the version that this launch takes.
  const imageRef = { ...spec.imageRef, ...image === undefined ? {} : { name: image.metadata.name } }
  return {
    apiVersion: apiVersionOf(volume),
    kind: volume.kind,
    metadata: { name: disk.name, ...metadata.namespace === undefined ? {} : { namespace: metadata.namespace }, finalizers: [volumeFinalizer] },
    spec: {
      availabilityZone,
      ...typeOf(disk, mapped, defaultVolumeType),
      ...size === undefined ? {} : { size },
      encrypted: disk.device.encrypted ?? (mapped?.encrypted === true || (disk.root && image?.status?.encrypted === true)),
      ...disk.root ? { imageRef } : disk.fromImage ? { imageRef: { ...imageRef, deviceName: disk.deviceName } } : {},
      ...snapshotRef === undefined ? {} : { snapshotRef },
    },
  }
}

const mappedTo = (disk: InstanceVolume, image: Image | undefined): ImageDevice | undefined =>
  image === undefined || !disk.fromImage ? undefined
    : disk.root ? rootOf(image) : dataDevicesOf(image).find(({ deviceName }) => deviceName === disk.deviceName)

/** Figures are of a type: those of the image's go with it where another is asked for. */
const typeOf = ({ device }: InstanceVolume, mapped: ImageDevice | undefined, defaultVolumeType: string) => {
  const volumeType = device.volumeType ?? mapped?.volumeType ?? defaultVolumeType
  const from = mapped?.volumeType === volumeType ? mapped : undefined
  const [iops, throughput] = [device.iops ?? from?.iops, device.throughput ?? from?.throughput]
  return { volumeType, ...iops === undefined ? {} : { iops }, ...throughput === undefined ? {} : { throughput } }
}
