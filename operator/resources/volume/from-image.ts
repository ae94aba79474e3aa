import { idOf, idPrefixes } from '../../../crds/ids.ts'
import type { Volume } from '../../../crds/v1alpha1/volume.ts'
import type { DataVolumeSource } from '../../providers/cdi/data-volume.ts'
import type { StepContext } from '../../runtime/kind.ts'
import { type Outcome, ready, waiting } from '../../runtime/outcome.ts'
import { launchRefusal } from '../image/launch-permission.ts'
import { keptName } from '../snapshot/store.ts'
import { notFound, notReady, titleOf } from '../waiting-for.ts'
import type { VolumeFacts } from './observe.ts'

type Facts = Pick<VolumeFacts, 'image' | 'imageSnapshot'>
type Context = Pick<StepContext<Volume, VolumeFacts>, 'object' | 'facts' | 'now'>

/** The image that a volume is made from is there, shared and available, with what it keeps its disks in. */
export const awaitImage = ({ object: { spec: { imageRef }, metadata }, facts: { image, imageSnapshot, access }, now }: Context): Outcome => {
  if (imageRef === undefined) return ready
  const { namespace = '', creationTimestamp = '' } = metadata
  if (image === undefined) {
    return launchRefusal(access, { namespace, ref: imageRef }, now - Date.parse(creationTimestamp)) ?? notFound('Image', imageRef.name, imageRef.namespace ?? namespace)
  }
  if (image.status?.state !== 'available') return notReady(image, 'Image')
  // The watch of Snapshots may be behind that of Images. An import has none, which its map, or the want of one, has said by now.
  return isRoot(imageRef.deviceName, image) || imageSnapshot !== undefined || image.status.blockDevices === undefined ? ready
    : waiting('DependencyNotReady', `waiting for what ${titleOf('Image', image.metadata.name)} consists of`, 1000)
}

/**
 * By IDs, which are of UIDs: CDI clones what it is pointed at with our rights, wherever that lies, so that no name is taken from a status that others
 * may have written. Throws rather than make an empty disk of a missing image.
 */
export const imageSourceOf = ({ spec: { imageRef } }: Volume, { image, imageSnapshot }: Facts): DataVolumeSource => {
  if (image === undefined) throw new Error('a step before this one lets no volume without its image through')
  const namespace = image.metadata.namespace ?? ''
  if (isRoot(imageRef?.deviceName, image)) return { dataSource: { namespace, name: idOf(idPrefixes.image, image.metadata.uid) } }
  const kept = imageSnapshot?.status?.volumes?.find(({ deviceName }) => deviceName === imageRef?.deviceName)
  if (imageSnapshot === undefined || kept === undefined) throw new Error(`the image has lost its disk ${imageRef?.deviceName}`)
  return { snapshot: { namespace, name: keptName(imageSnapshot, kept.volumeID) } }
}

/** The disk of the image that is meant: how large it is. */
export const imageDiskOf = ({ spec: { imageRef } }: Volume, { image }: Facts): { size?: string } | undefined =>
  imageRef === undefined || image === undefined || isRoot(imageRef.deviceName, image) ? image?.status
    : image.status?.blockDevices?.find(({ deviceName }) => deviceName === imageRef.deviceName)

const isRoot = (deviceName: string | undefined, { spec: { rootDeviceName } }: NonNullable<Facts['image']>): boolean =>
  deviceName === undefined || deviceName === rootDeviceName
