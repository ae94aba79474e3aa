import type { SeenImage, View, Violation } from './view.ts'

type ImageRef = { name: string; namespace?: string }

/** The image that a reference from `namespace` names, if it exists and may be used from there. */
export const usableImage = (namespace: string, ref: ImageRef, view: View): SeenImage | undefined => {
  const image = view.getImage(ref.namespace ?? namespace, ref.name)
  return image === undefined || !isShared(namespace, ref, image) ? undefined : image
}

/** An image of another namespace must be shared with this one by its launchPermissions. */
export const imageSharingViolations = (namespace: string, ref: ImageRef, view: View): Violation[] => {
  const image = view.getImage(ref.namespace ?? namespace, ref.name)
  return image === undefined || isShared(namespace, ref, image) ? [] : [{
    field: 'spec.imageRef',
    message: `no image ${ref.name} of the namespace ${ref.namespace} is shared with the namespace ${namespace}: ` +
      'ask its owner to add yours to launchPermissions.namespaces, or use an image of your own',
    reason: 'FieldValueForbidden',
  }]
}

/** What is made of an encrypted image never becomes plain. @param path - of the disk in its object. */
export const imageEncryptionViolations = (image: SeenImage | undefined, encrypted: boolean, path: string): Violation[] =>
  image?.status?.encrypted !== true || encrypted ? [] : [{
    field: `${path}.encrypted`,
    message: `the image ${image.metadata.name} is encrypted and so is all that is made from it: set encrypted to true`,
  }]

const isShared = (namespace: string, ref: ImageRef, { spec }: SeenImage): boolean =>
  (ref.namespace ?? namespace) === namespace || spec.launchPermissions.public || spec.launchPermissions.namespaces?.includes(namespace) === true
