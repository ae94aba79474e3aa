import { dataDevicesOf, type ImageDevice, rootOf } from '../../crds/v1alpha1/image.ts'
import type { BlockDevice } from '../../crds/v1alpha1/instance.ts'
import { type Instance, mostVolumesOfInstance } from '../../crds/v1alpha1/index.ts'
import { imageSizeViolations, sourceSizeViolations, volumeTypeViolations } from './disk.ts'
import { imageEncryptionViolations, otherDisksOf, usableImage } from './image-sharing.ts'
import { snapshotSourceViolations } from './snapshot-source.ts'
import type { SeenImage, View, Violation } from './view.ts'

/** The disks that an instance is launched with: those that it names, each beside the disk of the image that it changes, and what the image adds. */
export const blockDeviceViolations = (instance: Instance, view: View): Violation[] => {
  const image = usableImage(instance.metadata.namespace ?? '', instance.spec.imageRef, view)
  const named = instance.spec.blockDevices ?? []
  return [
    ...named.flatMap((device, index) => device.noDevice === true ? leftOutViolations(device, image, pathOf(index)) : [
      ...typeViolations(device, index === 0 ? image && rootOf(image) : mappedTo(device, image), view, pathOf(index)),
      ...index === 0 ? rootViolations(device, image, pathOf(index)) : dataViolations(instance, device, { image, view }, pathOf(index)),
    ]),
    ...image === undefined ? [] : togetherViolations(named, image),
  ]
}

const pathOf = (index: number): string => `spec.blockDevices[${index}]`

const mappedTo = ({ deviceName }: BlockDevice, image: SeenImage | undefined): ImageDevice | undefined =>
  image === undefined ? undefined : dataDevicesOf(image).find(each => each.deviceName === deviceName)

/** Figures that a disk doesn't name are the image's, where its type is. */
const typeViolations = (device: BlockDevice, mapped: ImageDevice | undefined, view: View, path: string): Violation[] => {
  const volumeType = device.volumeType ?? mapped?.volumeType ?? view.defaultVolumeType
  const type = volumeType === undefined ? undefined : view.getVolumeType(volumeType)
  if (volumeType === undefined || type === undefined) return []
  const { iops, throughput } = mapped?.volumeType === volumeType ? mapped : {}
  const size = device.size ?? mapped?.size
  return volumeTypeViolations({
    ...iops === undefined ? {} : { iops }, ...throughput === undefined ? {} : { throughput }, ...device, ...size === undefined ? {} : { size },
    volumeType, encrypted: device.encrypted ?? mapped?.encrypted ?? false,
  }, type, path)
}

/** One that doesn't say is encrypted as its image is. */
const rootViolations = (device: BlockDevice, image: SeenImage | undefined, path: string): Violation[] =>
  [...sourceSizeViolations(device, { image }, path), ...imageEncryptionViolations(image, image?.status, device.encrypted ?? true, path)]

const dataViolations = (
  { metadata: { namespace = '' }, spec: { imageRef } }: Instance, device: BlockDevice, { image, view }: { image: SeenImage | undefined; view: View }, path: string,
): Violation[] => {
  const { deviceName, size, encrypted, snapshotRef } = device
  if (snapshotRef !== undefined) return snapshotSourceViolations(namespace, { size, encrypted: encrypted ?? false, snapshotRef }, view, path)
  const mapped = mappedTo(device, image)
  if (image === undefined || mapped === undefined) {
    return size !== undefined || !isKnown(image) ? []
      : [{ field: `${path}.size`, message: `a disk needs a size or a snapshotRef, unless the image has it; the image ${imageRef.name} has ${otherDisksOf(image)}` }]
  }
  return [...imageSizeViolations(device, image, deviceName, path), ...imageEncryptionViolations(image, mapped, encrypted ?? true, path)]
}

const leftOutViolations = (device: BlockDevice, image: SeenImage | undefined, path: string): Violation[] =>
  !isKnown(image) || mappedTo(device, image) !== undefined ? []
    : [{ field: `${path}.noDevice`, message: `the image ${image.metadata.name} has ${otherDisksOf(image)}: name one of these, or remove the entry` }]

/** Its map says all that it has. */
const isKnown = (image: SeenImage | undefined): image is SeenImage => image?.status?.state === 'available'

const togetherViolations = (named: readonly BlockDevice[], image: SeenImage): Violation[] => {
  const root = named[0]?.deviceName ?? '/dev/sda1'
  const mapped = dataDevicesOf(image)
  const added = mapped.filter(({ deviceName }) => !named.some(each => each.deviceName === deviceName)).length
  const count = added + Math.max(1, named.filter(({ noDevice }) => noDevice !== true).length)
  return [
    ...mapped.some(({ deviceName }) => deviceName === root)
      ? [{ field: 'spec.blockDevices', message: `the image ${image.metadata.name} has another disk at ${root}: name the root otherwise, with blockDevices: [{deviceName: ${image.spec.rootDeviceName}}]` }] : [],
    ...added > 0 && count > mostVolumesOfInstance
      ? [{ field: 'spec.blockDevices', message: `with those of the image these are ${count} disks, and an instance has at most ${mostVolumesOfInstance}: leave some out, with noDevice: true` }] : [],
  ]
}
