import { compareQuantities, gibibytes, parseQuantity } from '../../crds/quantity.ts'
import { imageDisk } from './image-sharing.ts'
import { givenIops } from './performance.ts'
import type { SeenImage, SeenSnapshot, SeenVolumeType, Violation } from './view.ts'

/** What a disk asks for, be it a Volume or a block device of an Instance. */
export type Disk = { size?: string; volumeType: string; iops?: number; throughput?: number; encrypted: boolean; multiAttach?: boolean }

/** What a VolumeType doesn't give. @param path - of the disk in its object, for example `spec` or `spec.blockDevices[0]`. */
export const volumeTypeViolations = (disk: Disk, type: SeenVolumeType, path: string): Violation[] => [
  ...sizeViolations(disk, type, path),
  ...iopsViolations(disk, type, path),
  ...throughputViolations(disk, type, path),
  ...disk.encrypted && type.spec.encryptedStorageClassName === undefined
    ? [{ field: `${path}.encrypted`, message: `volumes of type ${disk.volumeType} can't be encrypted: choose another volumeType or leave encrypted out` }]
    : [],
  ...disk.multiAttach === true && !type.spec.multiAttach
    ? [{ field: `${path}.multiAttach`, message: `volumes of type ${disk.volumeType} can't be on several instances: choose another volumeType` }]
    : [],
]

/** A disk holds all of what it is made from. @param image - its root disk. */
export const sourceSizeViolations = (
  disk: Pick<Disk, 'size'>,
  { image, snapshot }: { image?: SeenImage | undefined; snapshot?: SeenSnapshot | undefined },
  path: string,
): Violation[] => {
  const least = [image?.spec.minSize, image?.status?.size, snapshot?.status?.size].filter(size => size !== undefined).sort(compareQuantities).at(-1)
  if (disk.size === undefined || least === undefined || compareQuantities(disk.size, least) >= 0) return []
  const source = image === undefined ? `snapshot ${snapshot?.metadata.name}` : `image ${image.metadata.name}`
  return [{ field: `${path}.size`, message: `${disk.size} is too small for the ${source}: use at least ${least}` }]
}

/** The same of one disk of an image; the smallest size that an image asks for is that of its root. @param deviceName - undefined for the root. */
export const imageSizeViolations = (disk: Pick<Disk, 'size'>, image: SeenImage, deviceName: string | undefined, path: string): Violation[] => {
  if (deviceName === undefined || deviceName === image.spec.rootDeviceName) return sourceSizeViolations(disk, { image }, path)
  const least = imageDisk(image, deviceName)?.size
  return disk.size === undefined || least === undefined || compareQuantities(disk.size, least) >= 0 ? []
    : [{ field: `${path}.size`, message: `${disk.size} is too small for the disk ${deviceName} of the image ${image.metadata.name}: use at least ${least}` }]
}

const sizeViolations = ({ size, volumeType }: Disk, { spec }: SeenVolumeType, path: string): Violation[] => {
  const { min, max } = spec.sizeLimits ?? {}
  if (size === undefined) return []
  if (min !== undefined && compareQuantities(size, min) < 0) {
    return [{ field: `${path}.size`, message: `volumes of type ${volumeType} have at least ${min}: raise size or choose another volumeType` }]
  }
  return max === undefined || compareQuantities(size, max) <= 0 ? [] : [
    { field: `${path}.size`, message: `volumes of type ${volumeType} have at most ${max}: lower size or choose another volumeType` },
  ]
}

const iopsViolations = ({ size, iops, volumeType }: Disk, { spec }: SeenVolumeType, path: string): Violation[] => {
  const field = `${path}.iops`
  if (iops === undefined) return []
  if (spec.iops === undefined) return [{ field, message: `volumes of type ${volumeType} take no iops: leave it out or choose another volumeType` }]
  const { min, max, perGiB } = spec.iops
  if (spec.iops.scalesWithSize === true) {
    return [{ field, message: `volumes of type ${volumeType} have ${perGiB} iops for each GiB and take no others: leave iops out, or choose another volumeType` }]
  }
  if (min !== undefined && iops < min) return [{ field, message: `volumes of type ${volumeType} have at least ${min} iops: raise or leave out` }]
  if (max !== undefined && iops > max) return [{ field, message: `volumes of type ${volumeType} have at most ${max} iops: lower it` }]
  // What every volume of the type gets without asking needs no size.
  const ceiling = perGiB === undefined || size === undefined ? undefined : Math.max(min ?? 0, perGiB * gibibytes(parseQuantity(size)))
  return ceiling === undefined || iops <= ceiling ? [] : [
    { field, message: `volumes of type ${volumeType} have at most ${perGiB} iops for each GiB, so ${ceiling} at ${size}: lower iops or raise size` },
  ]
}

const throughputViolations = ({ throughput, volumeType, ...disk }: Disk, { spec }: SeenVolumeType, path: string): Violation[] => {
  const field = `${path}.throughput`
  if (throughput === undefined) return []
  if (spec.throughput === undefined) return [{ field, message: `volumes of type ${volumeType} take no throughput: leave it out or choose another volumeType` }]
  const { min, max, perTiB, iopsPerMiB } = spec.throughput
  if (spec.throughput.scalesWithSize === true) {
    return [{ field, message: `volumes of type ${volumeType} have ${perTiB} MiB/s for each TiB and take no others: leave throughput out, or choose another volumeType` }]
  }
  if (min !== undefined && throughput < min) return [{ field, message: `volumes of type ${volumeType} have at least ${min} MiB/s: raise or leave out` }]
  if (max !== undefined && throughput > max) return [{ field, message: `volumes of type ${volumeType} have at most ${max} MiB/s: lower it` }]
  const iops = disk.iops ?? givenIops(disk.size, spec)
  return iopsPerMiB === undefined || iops === undefined || throughput * iopsPerMiB <= iops ? [] : [{
    field,
    message: `volumes of type ${volumeType} need ${iopsPerMiB} iops for each MiB/s, so ${throughput * iopsPerMiB} for ${throughput} MiB/s, and this one has ${iops}: raise iops or lower throughput`,
  }]
}
