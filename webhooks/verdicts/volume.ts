import { compareQuantities } from '../../crds/quantity.ts'
import type { Volume } from '../../crds/v1alpha1/index.ts'
import { imageSizeViolations, volumeTypeViolations } from './disk.ts'
import { imageDisk, imageEncryptionViolations, imageSharingViolations, otherDisksOf, usableImage } from './image-sharing.ts'
import { snapshotSourceViolations } from './snapshot-source.ts'
import type { Verdict, View, Violation } from './view.ts'

/** Within its VolumeType, large enough for its source, and never smaller than it is. */
export const volumeVerdict: Verdict<Volume> = (volume, old, view) => {
  const namespace = volume.metadata.namespace ?? ''
  const { spec } = volume
  const type = view.getVolumeType(spec.volumeType)
  return [
    ...type === undefined ? [] : volumeTypeViolations(spec, type, 'spec'),
    ...spec.kmsKeyRef === undefined || spec.encrypted ? []
      : [{ field: 'spec.kmsKeyRef', message: 'a key is for an encrypted volume: create the Volume with encrypted: true, or leave kmsKeyRef out' }],
    ...otherStorage(volume, old, view),
    ...shrinking(volume),
    ...isMade(volume) ? [] : sourceViolations(namespace, spec, view),
  ]
}

/** No volume moves from one storage to another while it lives. */
const otherStorage = ({ spec }: Volume, old: Volume | undefined, view: View): Violation[] => {
  const [from, to] = [view.getVolumeType(old?.spec.volumeType ?? spec.volumeType)?.spec, view.getVolumeType(spec.volumeType)?.spec]
  const field = spec.encrypted ? 'encryptedStorageClassName' : 'storageClassName'
  return old === undefined || !isMade(old) || from === undefined || to === undefined || from[field] === to[field] ? [] : [{
    field: 'spec.volumeType',
    message: `${spec.volumeType} is other storage (StorageClass "${to[field] ?? 'none that encrypts'}") than ${old.spec.volumeType} ("${from[field] ?? ''}"): leave the type as it is, or ` +
      'make a Snapshot and create a new Volume from it',
  }]
}

/** The source of a volume that is already made no longer matters: it may be gone, or no longer shared. */
export const isMade = ({ status }: Pick<Volume, 'status'>): boolean => status?.size !== undefined

const sourceViolations = (namespace: string, { size, encrypted, imageRef, snapshotRef }: Volume['spec'], view: View): Violation[] => {
  if (snapshotRef !== undefined) return snapshotSourceViolations(namespace, { size, encrypted, snapshotRef }, view, 'spec')
  if (imageRef === undefined) return []
  const disk = size === undefined ? {} : { size }
  const image = usableImage(namespace, imageRef, view)
  if (image === undefined) return imageSharingViolations(namespace, imageRef, view)
  const source = imageDisk(image, imageRef.deviceName)
  if (source === undefined) {
    return [{ field: 'spec.imageRef.deviceName', message: `the image ${imageRef.name} has ${otherDisksOf(image)}: name one of its disks, or leave deviceName out for the root` }]
  }
  return [...imageSizeViolations(disk, image, imageRef.deviceName, 'spec'), ...imageEncryptionViolations(image, source, encrypted, 'spec')]
}

/** The CustomResourceDefinition compares with the old spec; a size that came from a snapshot or an image stands in the status alone. */
const shrinking = ({ spec, status }: Volume): Violation[] =>
  spec.size === undefined || status?.size === undefined || compareQuantities(spec.size, status.size) >= 0 ? [] : [{
    field: 'spec.size',
    message: `the volume has ${status.size} and can only grow: use at least that, or create a new Volume and copy the data`,
  }]
