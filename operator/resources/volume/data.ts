import { idOf, idPrefixes } from '../../../crds/ids.ts'
import type { Volume } from '../../../crds/v1alpha1/volume.ts'
import { buildDataVolume, type DataVolumeSource } from '../../providers/cdi/data-volume.ts'
import type { StepContext } from '../../runtime/kind.ts'
import { blocked, type Outcome, ready, waiting } from '../../runtime/outcome.ts'
import { launchRefusal } from '../image/launch-permission.ts'
import { notFound, notReady } from '../waiting-for.ts'
import { lost } from './keep.ts'
import { awaitSnapshot, keptIn, snapshotSourceOf } from './from-snapshot.ts'
import { storageClassNameOf, type VolumeFacts } from './observe.ts'
import { notProvisioned, unmade } from './shortage.ts'

type Context = StepContext<Volume, VolumeFacts>

/** The references, each of which may come later, and the rules that need them. */
export const checkReferences = ({ object, facts }: Context): Outcome => {
  const { spec, metadata } = object
  if (facts.claim !== undefined) return ready
  if (facts.type === undefined) return notFound('VolumeType', spec.volumeType, undefined)
  if (spec.snapshotRef !== undefined) {
    const snapshot = awaitSnapshot(object, facts)
    return snapshot.kind === 'ready' ? checkTogether(facts) : snapshot
  }
  if (spec.imageRef === undefined) return checkTogether(facts)
  const refusal = launchRefusal(facts.image, spec.imageRef, metadata.namespace ?? '')
  if (refusal !== undefined) return refusal
  if (facts.image === undefined) return notFound('Image', spec.imageRef.name, spec.imageRef.namespace ?? metadata.namespace)
  if (facts.image.status?.state !== 'available') return notReady(facts.image, 'Image')
  return checkTogether(facts)
}

/** The door may have been open: what admission should have refused is not realised. */
const checkTogether = ({ violations }: VolumeFacts): Outcome =>
  violations.length === 0 ? ready : blocked('InvalidSpec', violations.join('; ').slice(0, 4000))

/**
 * Made once and never applied again: CDI lets no spec of a DataVolume change, and a claim whose DataVolume has gone holds the bytes all the same.
 * No ownerReference: nothing may collect bytes as garbage.
 */
export const ensureData = async (context: Context): Promise<Outcome> => {
  const { object, facts, apply } = context
  if (isLost(object, facts)) return lost(context)
  if (facts.dataVolume === undefined && facts.claim === undefined) await apply(buildVolumeData(object, facts))
  const { failure, unprovisioned } = facts.dataVolume?.status ?? {}
  if (unprovisioned !== undefined && facts.claim?.status.phase !== 'Bound') return notProvisioned(facts, unprovisioned)
  if (failure !== undefined) return blocked(unmade, `the storage could not make the volume: ${failure}`)
  if (facts.claim?.status.phase === 'Lost') return blocked('VolumeLost', 'the PersistentVolume that held the bytes is gone: ask the platform team')
  return facts.attachable ? ready : waiting('Creating', `${facts.id} is being made`)
}

/** It was there to be used, and neither DataVolume nor claim is any more. An empty one in its place would pass for the disk. */
const isLost = ({ status }: Volume, { dataVolume, claim }: VolumeFacts): boolean => dataVolume === undefined && claim === undefined &&
  (status?.state === 'available' || status?.state === 'in-use' || status?.conditions?.some(({ reason }) => reason === 'VolumeLost') === true)

export const buildVolumeData = (volume: Volume, { image, snapshot, type }: Pick<VolumeFacts, 'image' | 'snapshot' | 'type'>) => {
  const storageClassName = storageClassNameOf(volume, type)
  return buildDataVolume({
    name: volume.metadata.name,
    namespace: volume.metadata.namespace ?? '',
    source: sourceOf(volume, { image, snapshot }),
    size: volume.spec.size ?? image?.status?.size ?? keptIn(volume, snapshot)?.size ?? '',
    ...storageClassName === undefined ? {} : { storageClassName },
    ...volume.spec.multiAttach ? { shared: true } : {},
  })
}

/**
 * By the image's ID, which is of its UID: CDI clones what a DataSource points at with our rights, wherever that lies, so that its name is not taken
 * from a status that others may have written. Throws rather than make an empty disk of a missing image.
 */
const sourceOf = (volume: Volume, { image, snapshot }: Pick<VolumeFacts, 'image' | 'snapshot'>): DataVolumeSource => {
  const { spec } = volume
  if (spec.snapshotRef !== undefined) return snapshotSourceOf(volume, snapshot)
  if (spec.imageRef === undefined) return { blank: {} }
  if (image === undefined) throw new Error('a step before this one lets no volume without its image through')
  return { dataSource: { namespace: image.metadata.namespace ?? '', name: idOf(idPrefixes.image, image.metadata.uid) } }
}
