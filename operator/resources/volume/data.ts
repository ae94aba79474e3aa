import type { KubeObject } from '../../../crds/kubernetes.ts'
import type { Volume } from '../../../crds/v1alpha1/volume.ts'
import { buildDataVolume, type DataVolumeSource } from '../../providers/cdi/data-volume.ts'
import { claimResource } from '../../providers/csi/resources.ts'
import { assertOurs } from '../../runtime/name-conflict.ts'
import type { StepContext } from '../../runtime/kind.ts'
import { blocked, type Outcome, ready, waiting } from '../../runtime/outcome.ts'
import { notFound } from '../waiting-for.ts'
import { lost } from './keep.ts'
import { awaitImage, imageDiskOf, imageSourceOf } from './from-image.ts'
import { awaitSnapshot, keptIn, snapshotSourceOf } from './from-snapshot.ts'
import { storageClassNameOf, type VolumeFacts } from './observe.ts'
import { notProvisioned, unmade } from './shortage.ts'

type Context = StepContext<Volume, VolumeFacts>

/** The references, each of which may come later, and the rules that need them. */
export const checkReferences = (context: Context): Outcome => {
  const { object, facts } = context
  const { spec } = object
  if (facts.claim !== undefined) return ready
  if (facts.type === undefined) return notFound('VolumeType', spec.volumeType, undefined)
  if (spec.snapshotRef !== undefined) {
    const snapshot = awaitSnapshot(object, facts)
    return snapshot.kind === 'ready' ? checkTogether(facts) : snapshot
  }
  if (spec.imageRef === undefined) return checkTogether(facts)
  const image = awaitImage(context)
  return image.kind === 'ready' ? checkTogether(facts) : image
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
  return facts.attachable ? ready : awaitClaim(context)
}

/**
 * CDI makes the claim in moments, unless somebody else's has the name: then it does nothing, and says so in an event alone. No watch of ours shows
 * a claim without our labels, so it is looked at live, where ours does not come.
 */
const awaitClaim = async ({ object, facts, read, now }: Context): Promise<Outcome> => {
  const { name, namespace, creationTimestamp } = object.metadata
  const { claim, dataVolume } = facts
  const making = waiting('Creating', `${facts.id} is being made`, claim === undefined ? usualWait : undefined)
  if (claim !== undefined || dataVolume === undefined || !(now - Date.parse(creationTimestamp ?? '') >= usualWait)) return making
  const present = await read(claimResource, { name, namespace: namespace ?? '' })
  if (present === undefined) return making
  assertOurs(present, ownerUIDsOf(present).includes(dataVolume.metadata.uid) ? object.metadata.uid : undefined, object)
  return making
}

const ownerUIDsOf = ({ metadata }: KubeObject): string[] =>
  ((metadata as { ownerReferences?: readonly { uid: string }[] }).ownerReferences ?? []).map(({ uid }) => uid)

/** Milliseconds after which a claim would be there. */
const usualWait = 30_000

/** It was there to be used, and neither DataVolume nor claim is any more. An empty one in its place would pass for the disk. */
const isLost = ({ status }: Volume, { dataVolume, claim }: VolumeFacts): boolean => dataVolume === undefined && claim === undefined &&
  (status?.state === 'available' || status?.state === 'in-use' || status?.conditions?.some(({ reason }) => reason === 'VolumeLost') === true)

export const buildVolumeData = (volume: Volume, facts: Pick<VolumeFacts, 'image' | 'imageSnapshot' | 'snapshot' | 'type'>) => {
  const { snapshot, type } = facts
  const storageClassName = storageClassNameOf(volume, type)
  return buildDataVolume({
    name: volume.metadata.name,
    namespace: volume.metadata.namespace ?? '',
    source: sourceOf(volume, facts),
    size: volume.spec.size ?? imageDiskOf(volume, facts)?.size ?? keptIn(volume, snapshot)?.size ?? '',
    ...storageClassName === undefined ? {} : { storageClassName },
    ...volume.spec.multiAttach ? { shared: true } : {},
  })
}

const sourceOf = (volume: Volume, facts: Pick<VolumeFacts, 'image' | 'imageSnapshot' | 'snapshot'>): DataVolumeSource =>
  volume.spec.snapshotRef !== undefined ? snapshotSourceOf(volume, facts.snapshot)
    : volume.spec.imageRef !== undefined ? imageSourceOf(volume, facts) : { blank: {} }
