import { idOf, idPrefixes } from '../../../crds/ids.ts'
import type { Image, ImageDevice } from '../../../crds/v1alpha1/image.ts'
import type { KeptVolume } from '../../../crds/v1alpha1/snapshot.ts'
import type { ImageFacts, Kept } from './observe.ts'

/**
 * The block device map of an image that consists of a Snapshot: the root first, by the image's own name for it. What a volume was is asked while it
 * is there, and what has been found stands: by the time of a launch it may be gone. A volume that nobody knows a device of can't be told from others.
 */
export const blockDevicesOf = ({ spec: { rootDeviceName }, status }: Image, { kept, instance }: Pick<ImageFacts, 'kept' | 'instance'>): ImageDevice[] => {
  const before = status?.blockDevices ?? []
  if (kept?.root === undefined) return before
  const { root } = kept
  const rest = (kept.object.status?.volumes ?? []).filter(each => each !== root && each.deviceName !== '' && each.deviceName !== rootDeviceName)
  return [root, ...rest].map(each => {
    const deviceName = each === root ? rootDeviceName : each.deviceName
    const launched = instance?.status?.blockDevices?.find(device => device.deviceName === each.deviceName)
    return {
      ...deviceFrom(each, kept),
      deviceName,
      deleteOnTermination: launched?.deleteOnTermination ?? each === root,
      ...before.find(device => device.deviceName === deviceName),
      ...sizeOf(each),
    }
  })
}

const deviceFrom = (each: KeptVolume, { object, volumeOf }: Kept) => {
  const { volumeType, iops, throughput } = volumeOf(each)?.spec ?? {}
  return {
    snapshotID: idOf(idPrefixes.snapshot, object.metadata.uid),
    encrypted: each.encrypted,
    ...volumeType === undefined ? {} : { volumeType },
    ...iops === undefined ? {} : { iops },
    ...throughput === undefined ? {} : { throughput },
  }
}

/** Known only when the storage has it. */
const sizeOf = ({ size }: KeptVolume) => size === undefined ? {} : { size }
