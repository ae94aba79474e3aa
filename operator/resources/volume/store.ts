import { keyOf } from '../../../crds/kubernetes.ts'
import { volume, type Volume } from '../../../crds/v1alpha1/volume.ts'
import type { InformerSpec } from '../../runtime/store.ts'
import { snapshotKeyOf } from '../snapshot/store.ts'
import { byUID, marked, siblingKey, storedWithOwner } from '../stored.ts'

/** Condition of a volume whose storage was told, or is to be told, what it is to do. */
export const performanceProvisioned = 'PerformanceProvisioned'

/** Annotation of a Volume: ID of the instance that was terminated and that it goes with, as its VolumeAttachment says. */
export const deletedWith = 'kumulus.dev/deleted-with'

/** Whoever makes a Volume for a machine gives it this with it: a write less than to add it afterwards. */
export const volumeFinalizer = 'kumulus.dev/volume'

export const volumeInformer: InformerSpec<Volume> = {
  resource: volume,
  trim: (volume: Volume): Volume => {
    const stored = marked(storedWithOwner(volume), volume)
    const end = volume.metadata.annotations?.[deletedWith]
    return end === undefined ? stored : { ...stored, metadata: { ...stored.metadata, annotations: { [deletedWith]: end } } }
  },
  indexes: {
    uid: byUID,
    namespace: ({ metadata: { namespace = '' } }) => [namespace],
    /** `namespace/name` of the Image that it is being made from: once it is made, it depends on its image no longer. */
    image: volume => isBeingMade(volume) ? imageKeyOf(volume) ?? [] : [],
    /** The same of the Snapshot. */
    snapshot: volume => isBeingMade(volume) && volume.spec.snapshotRef !== undefined
      ? [snapshotKeyOf(volume.metadata.namespace ?? '', volume.spec.snapshotRef)] : [],
    volumeType: volume => [volume.spec.volumeType],
    /** Name of the VolumeType of one that asks for performance of its own, has been given some, or changes its type. */
    tuned: volume => isTuned(volume) ? [volume.spec.volumeType] : [],
    /** Name of the VolumeType of one that is being modified: it may wait for its type to make what it needs. */
    modifying: ({ spec, status }) => status?.modification?.state === 'modifying' || status?.conditions?.some(isAsking) === true ? [spec.volumeType] : [],
  },
}

const isTuned = ({ spec, status }: Volume): boolean => spec.iops !== undefined || spec.throughput !== undefined ||
  (status?.volumeType !== undefined && status.volumeType !== spec.volumeType) ||
  status?.conditions?.some(({ type }) => type === performanceProvisioned) === true

const isAsking = ({ type, status }: { type: string; status: string }): boolean => type === performanceProvisioned && status === 'False'

const isBeingMade = ({ status }: Volume): boolean => status?.state === undefined || status.state === 'creating'

/** `namespace/name` of the Image that a volume is made from, as an index wants it. */
export const imageKeyOf = (volume: Volume): [string] | undefined => {
  const { imageRef } = volume.spec
  if (imageRef === undefined) return undefined
  return imageRef.namespace === undefined ? [siblingKey(volume, imageRef.name)] : [keyOf({ namespace: imageRef.namespace, name: imageRef.name })]
}
