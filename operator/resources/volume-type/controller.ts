import { isDeepStrictEqual } from 'node:util'
import type { Volume } from '../../../crds/v1alpha1/volume.ts'
import type { VolumeType, VolumeTypeStatus } from '../../../crds/v1alpha1/volume-type.ts'
import { attributesClassInformer } from '../../providers/csi/attributes-class.ts'
import { claimInformer, storageClassInformer } from '../../providers/csi/informers.ts'
import type { Claim } from '../../providers/csi/resources.ts'
import { conditionsOf } from '../../runtime/conditions.ts'
import { type Kind, type StatusInput, watch } from '../../runtime/kind.ts'
import { type Outcome, ready, waiting } from '../../runtime/outcome.ts'
import type { Cache } from '../../runtime/store.ts'
import type { OperatorSettings } from '../../settings.ts'
import { comesOrGoes, counted } from '../change.ts'
import { ownersOf } from '../stored.ts'
import { performanceProvisioned, volumeInformer } from '../volume/store.ts'
import { namesOf } from '../waiting-for.ts'
import { type ClassFacts, ensureClasses, observeClasses } from './classes.ts'
import { volumeTypeInformer } from './store.ts'

export type VolumeTypeFacts = {
  /** Fields of the spec that name a StorageClass which isn't there, as `storageClassName: fast`. */
  missing: readonly string[]
} & ClassFacts

/**
 * VolumeType → a VolumeAttributesClass for each performance that a volume of it asks for. It says which StorageClass volumes are made of, and that
 * those are there. It may be deleted at any time, since a volume that is there keeps its StorageClass and what it was told.
 */
export const volumeTypeController = (_settings: OperatorSettings): Kind<VolumeType, VolumeTypeFacts, VolumeTypeStatus> => ({
  name: 'volume-type',
  informer: volumeTypeInformer,
  watches: [
    watch(storageClassInformer, (storageClass, cache) =>
      cache.of(volumeTypeInformer).by('storageClass', storageClass.metadata.name).map(type => type.metadata.name)),
    watch(attributesClassInformer, ownersOf(volumeTypeInformer)),
    watch(volumeInformer, (volume, cache, previous) => isSameWish(volume, previous) ? []
      : [volume, ...previous === undefined ? [] : [previous]].map(({ spec }) => spec.volumeType).filter(name => tellsStorage(name, cache)), counted),
    watch(claimInformer, (claim, cache, previous) => isSameUse(claim, previous) ? []
      : [claim, ...previous === undefined ? [] : [previous]].flatMap(({ spec, status }) => [spec.attributesClass, status.attributesClass])
        .flatMap(name => ownersOf(volumeTypeInformer)(cache.of(attributesClassInformer).get(name ?? '') ?? claim, cache)), counted),
  ],
  observe: observeVolumeType,
  steps: { storageClasses: ({ facts }) => awaitStorageClasses(facts), classes: ensureClasses },
  status: volumeTypeStatus,
})

/** Whatever else becomes of a volume, its type asks for what it wants and how large it is. */
const isSameWish = (volume: Volume, previous: Volume | undefined): boolean => previous !== undefined && !comesOrGoes(volume, previous) &&
  isDeepStrictEqual(volume.spec, previous.spec) &&
  volume.status?.volumeType === previous.status?.volumeType && volume.status?.size === previous.status?.size &&
  volume.status?.conditions?.some(isOfPerformance) === previous.status?.conditions?.some(isOfPerformance)

const isOfPerformance = ({ type }: { type: string }): boolean => type === performanceProvisioned

const isSameUse = (claim: Claim, previous: Claim | undefined): boolean => previous !== undefined && !comesOrGoes(claim, previous) &&
  claim.spec.attributesClass === previous.spec.attributesClass && claim.status.attributesClass === previous.status.attributesClass

/** Whether there is anything for the type to make for its volumes. */
const tellsStorage = (name: string, cache: Cache): boolean => cache.of(volumeTypeInformer).get(name)?.spec.volumeAttributeParameters !== undefined

export const observeVolumeType = (type: VolumeType, cache: Cache): VolumeTypeFacts => ({
  missing: missingIn(type, cache),
  ...observeClasses(type, cache),
})

const missingIn = ({ spec }: VolumeType, cache: Cache): string[] => 
  (['storageClassName', 'encryptedStorageClassName'] as const).flatMap(field => {
    const name = spec[field]
    return name === undefined || cache.of(storageClassInformer).get(name) !== undefined ? [] : [`${field}: ${name}`]
  })

export const awaitStorageClasses = ({ missing }: Pick<VolumeTypeFacts, 'missing'>): Outcome => missing.length === 0 ? ready
  : waiting('StorageClassNotFound', `waiting for ${namesOf(missing)}: there is no StorageClass of this name; make it, or correct the field`)

export const volumeTypeStatus = ({ object, outcome, now }: StatusInput<VolumeType, VolumeTypeFacts>): VolumeTypeStatus => {
  const generation = object.metadata.generation ?? 0
  return {
    observedGeneration: generation,
    conditions: conditionsOf({ previous: object.status?.conditions, generation, outcome, now, readyReason: 'Available' }),
  }
}
