import { keyOf } from '../../../crds/kubernetes.ts'
import type { Volume } from '../../../crds/v1alpha1/volume.ts'
import type { VolumeType } from '../../../crds/v1alpha1/volume-type.ts'
import {
  attributesClassInformer, attributesClassName, attributesClassResource, buildAttributesClass, byType, type Attributes, type AttributesClass,
} from '../../providers/csi/attributes-class.ts'
import { byAttributesClass, claimInformer } from '../../providers/csi/informers.ts'
import { madeFor } from '../../providers/made.ts'
import type { StepContext } from '../../runtime/kind.ts'
import { type Outcome, readyFor } from '../../runtime/outcome.ts'
import type { Cache } from '../../runtime/store.ts'
import { volumeInformer } from '../volume/store.ts'
import { wishOf } from '../volume/wish.ts'
import { driversOf } from './drivers.ts'

export type ClassFacts = {
  /** What some volume of the type is to be told, each once. */
  wanted: readonly Attributes[]
  /** Classes that no volume wants and no claim names. */
  unused: readonly AttributesClass[]
}

/**
 * Milliseconds for which a class that nobody uses is left alone: a claim that is about to name it may not be seen yet, or be of a namespace that
 * another process serves. Deleting one that is in use after all does no harm: Kubernetes keeps it until no claim or PersistentVolume names it.
 */
const youth = 600_000

export const observeClasses = (type: VolumeType, cache: Cache): ClassFacts => {
  const wanted = wishesOf(type, cache)
  const claims = cache.of(claimInformer)
  const classes = cache.of(attributesClassInformer)
  const isUsed = (name: string) => wanted.has(name) || claims.count(byAttributesClass, name) > 0
  return {
    // One that somebody deletes while it is in use is kept by Kubernetes, and serves until nobody uses it: then it is made anew.
    wanted: [...wanted].flatMap(([name, each]) => classes.get(name)?.metadata.deletionTimestamp === undefined ? [each] : []),
    unused: classes.by(byType, type.metadata.uid)
      .filter(({ metadata: { name, deletionTimestamp } }) => deletionTimestamp === undefined && !isUsed(name)),
  }
}

const wishesOf = (type: VolumeType, cache: Cache): Map<string, Attributes> => {
  const wanted = new Map<string, Attributes>()
  if (type.spec.volumeAttributeParameters === undefined) return wanted
  const drivers = driversOf(type, cache)
  for (const volume of volumesOf(type, cache)) {
    const { parameters } = wishOf(volume, type.spec, hasClass(volume, cache))
    if (parameters === undefined) continue
    for (const driver of drivers) wanted.set(attributesClassName(identityOf(type), { driver, parameters }), { driver, parameters })
  }
  return wanted
}

const identityOf = ({ metadata: { name, uid } }: VolumeType) => ({ name, uid })

/** Where figures come with the size every volume has its own, else those that ask for some. */
const volumesOf = ({ metadata: { name }, spec }: VolumeType, cache: Cache): readonly Volume[] =>
  cache.of(volumeInformer).by(spec.iops?.scalesWithSize === true || spec.throughput?.scalesWithSize === true ? 'volumeType' : 'tuned', name)

const hasClass = (volume: Volume, cache: Cache): boolean =>
  madeFor(volume, cache.of(claimInformer).get(keyOf(volume.metadata)))?.spec.attributesClass !== undefined

/** One class for each distinct setting, for as long as it is of use. Its garbage collection is Kubernetes' where the type itself goes. */
export const ensureClasses = async ({ object, facts, apply, remove, now }: StepContext<VolumeType, ClassFacts>): Promise<Outcome> => {
  for (const attributes of facts.wanted) {
    await apply(buildAttributesClass(identityOf(object), attributes), { owned: true })
  }
  const old = facts.unused.filter(({ created }) => now - created >= youth)
  for (const each of old) await remove(attributesClassResource, each)
  const oldest = Math.min(...facts.unused.filter(each => !old.includes(each)).map(({ created }) => created))
  return readyFor(Number.isFinite(oldest) ? Math.max(1000, oldest + youth - now) : undefined)
}
