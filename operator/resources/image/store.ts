import { idOf, idPrefixes } from '../../../crds/ids.ts'
import { image, type Image } from '../../../crds/v1alpha1/image.ts'
import type { KeptVolume, Snapshot } from '../../../crds/v1alpha1/snapshot.ts'
import { madeFor, ownerUIDOf } from '../../providers/made.ts'
import type { Cache, InformerSpec } from '../../runtime/store.ts'
import { snapshotInformer } from '../snapshot/store.ts'
import { byUID, siblingKey, storedWithOwner } from '../stored.ts'

export const imageInformer: InformerSpec<Image> = {
  resource: image,
  // A shard launches from images that other namespaces share.
  everywhere: true,
  trim: (image: Image): Image => {
    const stored = storedWithOwner(image)
    const annotations = Object.entries(image.metadata.annotations ?? {}).filter(([key]) => key.startsWith('kumulus.dev/source-'))
    return annotations.length === 0 ? stored : { ...stored, metadata: { ...stored.metadata, annotations: Object.fromEntries(annotations) } }
  },
  indexes: {
    uid: byUID,
    /** UID of the Image that it is a version of. */
    family: image => [ownerUIDOf(image)].filter(uid => uid !== undefined),
    /** `namespace/name` of the Instance that it is being made of. */
    instance: image => image.spec.source.instanceRef !== undefined && image.status?.state !== 'available'
      ? [siblingKey(image, image.spec.source.instanceRef.name)] : [],
    /** `namespace/name` of the Instance that is held stopped for it. */
    capturing: image => isCapturing(image) ? [siblingKey(image, image.spec.source.instanceRef?.name ?? '')] : [],
    /** `namespace/name` of the Snapshot that it consists of, until it is being deleted. */
    snapshot: image => image.metadata.deletionTimestamp === undefined ? snapshotNameOf(image).map(name => siblingKey(image, name)) : [],
  },
}

/** A capture is on record, and not its end. */
export const isCapturing = ({ metadata, status }: Image): boolean =>
  metadata.deletionTimestamp === undefined && status?.capture !== undefined && status.capture.endTime === undefined

/** The Snapshot that an image is made of: its owner's, or one of its own. None where it is imported. */
export const snapshotNameOf = ({ metadata, spec: { source } }: Image): string[] =>
  source.snapshotRef !== undefined ? [source.snapshotRef.name] : source.instanceRef !== undefined ? [idOf(idPrefixes.image, metadata.uid)] : []

/** That Snapshot, if it is there, and if one that must be the image's own is. */
export const snapshotOf = (image: Image, cache: Cache): Snapshot | undefined => {
  const [name] = snapshotNameOf(image)
  const found = name === undefined ? undefined : cache.of(snapshotInformer).get(siblingKey(image, name))
  return image.spec.source.instanceRef === undefined ? found : madeFor(image, found)
}

/** Of an instance's volumes the root is the one of the image's root device, else the first. */
export const rootIn = ({ status }: Snapshot, { spec: { rootDeviceName } }: Image): KeptVolume | undefined => {
  const volumes = status?.volumes ?? []
  return volumes.find(({ deviceName }) => deviceName === rootDeviceName) ?? volumes[0]
}

/** When the instance goes on whatever has become of its image, milliseconds since the epoch. */
export const captureDeadline = ({ status }: Image): number => Date.parse(status?.capture?.startTime ?? '') + captureTimeoutMs

/** Longer than a guest has to shut down. */
const captureTimeoutMs = 15 * 60_000
