import type { SeenImage, View, Violation } from './view.ts'

type ImageRef = { name: string; namespace?: string }

/** The image that a reference from `namespace` names, if it exists and may be used from there. */
export const usableImage = (namespace: string, ref: ImageRef, view: View): SeenImage | undefined =>
  view.mayLaunch(namespace, ref) === true ? view.getImage(ref.namespace ?? namespace, ref.name) : undefined

/**
 * An image of another namespace must be shared with this one, by its launchPermissions or by a role. Whether there is none or it isn't shared, the
 * answer is the same, so that nobody learns the names of a stranger's images.
 */
export const imageSharingViolations = (namespace: string, ref: ImageRef, view: View): Violation[] =>
  view.mayLaunch(namespace, ref) !== false ? [] : [{
    field: 'spec.imageRef',
    message: `no image ${ref.name} of the namespace ${ref.namespace} is shared with the namespace ${namespace}: ` +
      'ask its owner to add yours to launchPermissions.namespaces, or use an image of your own',
    reason: 'FieldValueForbidden',
  }]

/** What is made of an encrypted disk of an image never becomes plain. @param path - of the disk in its object. */
export const imageEncryptionViolations = (
  image: SeenImage | undefined, source: { encrypted?: boolean } | undefined, encrypted: boolean, path: string,
): Violation[] =>
  image === undefined || source?.encrypted !== true || encrypted ? [] : [{
    field: `${path}.encrypted`,
    message: `the image ${image.metadata.name} is encrypted and so is all that is made from it: set encrypted to true`,
  }]

/** How large a disk of an image is, and whether it is encrypted. Undefined where the image is known and has none of this name. */
export const imageDisk = (image: SeenImage, deviceName: string | undefined): { size?: string; encrypted?: boolean } | undefined =>
  deviceName === undefined || deviceName === image.spec.rootDeviceName ? image.status ?? {}
    : image.status?.state === 'available' ? image.status.blockDevices?.find(each => each.deviceName === deviceName) : {}

/** The names of an image's disks beside the root, for people. */
export const otherDisksOf = ({ spec, status }: SeenImage): string => {
  const names = (status?.blockDevices ?? []).map(({ deviceName }) => deviceName).filter(name => name !== spec.rootDeviceName)
  return names.length === 0 ? 'no disk but its root' : `beside its root ${names.join(', ')}`
}
