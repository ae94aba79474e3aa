import { compareQuantities } from '../../../crds/quantity.ts'
import type { Volume, VolumeStatus } from '../../../crds/v1alpha1/volume.ts'
import type { VolumeFacts } from './observe.ts'

/** What a modification changes. */
export type Figures = NonNullable<VolumeStatus['modification']>['target']

/** What the volume was when its status was written last. */
export const figuresOf = ({ status }: Volume): Figures => ({
  ...status?.size === undefined ? {} : { size: status.size },
  ...status?.volumeType === undefined ? {} : { volumeType: status.volumeType },
  ...status?.iops === undefined ? {} : { iops: status.iops },
  ...status?.throughput === undefined ? {} : { throughput: status.throughput },
})

/** What it is to be. */
export const targetOf = ({ spec, status }: Volume, { wish, claim }: Pick<VolumeFacts, 'wish' | 'claim'>): Figures => {
  const size = spec.size ?? claim?.spec.requested ?? status?.size
  return { ...size === undefined ? {} : { size }, volumeType: spec.volumeType, ...wish?.performance }
}

export const areEqual = (one: Figures, other: Figures): boolean =>
  one.volumeType === other.volumeType && one.iops === other.iops && one.throughput === other.throughput &&
  (one.size === undefined || other.size === undefined ? one.size === other.size : compareQuantities(one.size, other.size) === 0)

/** Until the size is there; what the host of its instance still has to do, it does when the volume is next used. */
export const isGrowing = (size: string | undefined, claim: VolumeFacts['claim']): boolean =>
  isSmaller(size, claim) && claim?.status.conditions.includes('FileSystemResizePending') !== true

/** The storage has done its part, and the host of its instance has not. */
export const isLeftToHost = (size: string | undefined, claim: VolumeFacts['claim']): boolean =>
  isSmaller(size, claim) && claim?.status.conditions.includes('FileSystemResizePending') === true

const isSmaller = (size: string | undefined, claim: VolumeFacts['claim']): boolean =>
  size !== undefined && claim?.status.phase === 'Bound' && claim.status.capacity !== undefined && compareQuantities(claim.status.capacity, size) < 0
