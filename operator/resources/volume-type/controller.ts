import type { VolumeType, VolumeTypeStatus } from '../../../crds/v1alpha1/volume-type.ts'
import { storageClassInformer } from '../../providers/csi/informers.ts'
import { conditionsOf } from '../../runtime/conditions.ts'
import { type Kind, type StatusInput, watch } from '../../runtime/kind.ts'
import { type Outcome, ready, waiting } from '../../runtime/outcome.ts'
import type { Cache } from '../../runtime/store.ts'
import type { OperatorSettings } from '../../settings.ts'
import { namesOf } from '../waiting-for.ts'
import { volumeTypeInformer } from './store.ts'

export type VolumeTypeFacts = {
  /** Fields of the spec that name a StorageClass which isn't there, as `storageClassName: fast`. */
  missing: readonly string[]
}

/**
 * VolumeType → nothing: it says which StorageClass volumes are made of, and that those are there. It may be deleted at any time, since a volume
 * that is there keeps its StorageClass.
 */
export const volumeTypeController = (_settings: OperatorSettings): Kind<VolumeType, VolumeTypeFacts, VolumeTypeStatus> => ({
  name: 'volume-type',
  informer: volumeTypeInformer,
  watches: [
    watch(storageClassInformer, (storageClass, cache) =>
      cache.of(volumeTypeInformer).by('storageClass', storageClass.metadata.name).map(type => type.metadata.name)),
  ],
  observe: observeVolumeType,
  steps: { storageClasses: ({ facts }) => awaitStorageClasses(facts) },
  status: volumeTypeStatus,
})

export const observeVolumeType = ({ spec }: VolumeType, cache: Cache): VolumeTypeFacts => ({
  missing: (['storageClassName', 'encryptedStorageClassName'] as const).flatMap(field => {
    const name = spec[field]
    return name === undefined || cache.of(storageClassInformer).get(name) !== undefined ? [] : [`${field}: ${name}`]
  }),
})

export const awaitStorageClasses = ({ missing }: VolumeTypeFacts): Outcome => missing.length === 0 ? ready
  : waiting('StorageClassNotFound', `waiting for ${namesOf(missing)}: there is no StorageClass of this name; make it, or correct the field`)

export const volumeTypeStatus = ({ object, outcome, now }: StatusInput<VolumeType, VolumeTypeFacts>): VolumeTypeStatus => {
  const generation = object.metadata.generation ?? 0
  return {
    observedGeneration: generation,
    conditions: conditionsOf({ previous: object.status?.conditions, generation, outcome, now, readyReason: 'Available' }),
  }
}
