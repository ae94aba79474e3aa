import { type KubeObject, keyOf } from '../../../crds/kubernetes.ts'
import type { Volume } from '../../../crds/v1alpha1/volume.ts'
import { dataVolumeResource } from '../../providers/cdi/resources.ts'
import { adoptableBy, buildAdoptingClaim, buildReservation, destroyAfter, offerOf, type RawPersistentVolume } from '../../providers/csi/adoption.ts'
import { claimResource, persistentVolumeResource } from '../../providers/csi/resources.ts'
import { ownerUIDOf } from '../../providers/made.ts'
import type { StepContext } from '../../runtime/kind.ts'
import { blocked, type Outcome, ready, waiting } from '../../runtime/outcome.ts'
import { OWNER_UID_LABEL, ownerLabels } from '../../runtime/ownership.ts'
import { ensureGone } from '../ensure-gone.ts'
import { namesOf } from '../waiting-for.ts'
import { ownerMarks } from './keep.ts'
import type { VolumeFacts } from './observe.ts'

type Context = StepContext<Volume, VolumeFacts>
type Claim = KubeObject & { spec: { volumeName?: string } }

/**
 * A Volume without bytes takes those of the PersistentVolume that an administrator has offered to it, instead of having new ones made. Everything is
 * read live: bytes are given away once. The offer stays until the claim is bound (see `ensureKept`), so that each pass finds again where it was.
 */
export const adoptBytes = async (context: Context): Promise<Outcome> => {
  const { object, facts, read, remove } = context
  const [offered, ...more] = facts.offered
  if (facts.claim !== undefined || offered === undefined) return ready
  if (more.length > 0) return ambiguous(context)
  const { name, namespace = '' } = object.metadata
  const [volume, claim] = await Promise.all([
    read(persistentVolumeResource, { name: offered.metadata.name }) as Promise<RawPersistentVolume | undefined>,
    read(claimResource, { name, namespace }) as Promise<Claim | undefined>,
  ])
  // Taken back since the watch told of it, which its event tells too: until then nothing is made in its place.
  if (volume === undefined || offerOf(volume) !== keyOf(object.metadata)) return adopting(context)
  const refusal = refusalOf(context, volume, claim)
  if (refusal !== undefined) return refusal
  if (claim !== undefined) return takeOver(context, claim)
  // CDI would take the claim that is made now for a stranger's.
  const gone = await ensureGone(remove, dataVolumeResource, facts.dataVolume)
  return gone.kind === 'ready' ? claimBytes(context, volume) : gone
}

const adopting = ({ facts }: Context): Outcome =>
  waiting('Adopting', `${facts.id} takes over the bytes of PersistentVolume "${facts.offered[0]?.metadata.name}"`)

/** Which of them would be meant, nobody can tell but who has offered them. */
const ambiguous = ({ facts }: Context): Outcome =>
  blocked('NotAdoptable', `PersistentVolumes ${namesOf(facts.offered.map(({ metadata: { name } }) => name).sort())} are offered to this volume, which can have one: ` +
    `have the platform team take ${adoptableBy} off the others`)

const refusalOf = ({ object }: Context, volume: RawPersistentVolume, claim: Claim | undefined): Outcome | undefined => {
  const { claimRef } = volume.spec
  const title = `PersistentVolume "${volume.metadata.name}"`
  const key = keyOf(object.metadata)
  if (volume.metadata.deletionTimestamp !== undefined) return blocked('NotAdoptable', `${title}, whose bytes this volume is to have, is being deleted`)
  if (claim === undefined) {
    return volume.status?.phase === 'Bound' && keyOf({ namespace: '', ...claimRef }) !== key
      ? blocked('NotAdoptable', `${title} is offered to this volume and is another's: it is bound to claim "${keyOf({ namespace: '', ...claimRef })}"`) : undefined
  }
  if (claim.metadata.deletionTimestamp !== undefined) return waiting('WaitingForDeletion', `PersistentVolumeClaim "${key}" is still being deleted`, 1000)
  const holds = claim.spec.volumeName === volume.metadata.name && (claimRef?.uid === undefined || claimRef.uid === claim.metadata.uid)
  return holds ? undefined
    : blocked('NameConflict', `PersistentVolumeClaim "${key}" has other bytes than ${title}, which this volume is to have: delete the claim, and its DataVolume first`)
}

/** The claim that holds the bytes is there, and it is another Volume's that is gone: the definition of Volumes was deleted, for one. */
const takeOver = async (context: Context, claim: Claim): Promise<Outcome> => {
  const { object, read, patch, event, facts } = context
  const { name, namespace = '' } = object.metadata
  const dataVolume = await read(dataVolumeResource, { name, namespace })
  // The claim last: once that is ours, no pass comes here again.
  if (dataVolume !== undefined && ownerUIDOf(dataVolume) !== object.metadata.uid) {
    await patch(dataVolumeResource, dataVolume, { metadata: { labels: ownerLabels(object) } })
  }
  if (ownerUIDOf(claim) !== object.metadata.uid) {
    await patch(claimResource, claim, { metadata: { labels: { [OWNER_UID_LABEL]: object.metadata.uid } } })
    event('Normal', 'Adopted', `${facts.id} has the bytes of PersistentVolume ${claim.spec.volumeName}`)
  }
  return adopting(context)
}

/** Reserved first, then claimed: at no moment could another claim be bound to it. */
const claimBytes = async (context: Context, volume: RawPersistentVolume): Promise<Outcome> => {
  const { object, patch, apply, event, facts } = context
  const target = { namespace: object.metadata.namespace ?? '', name: object.metadata.name }
  const { claimRef } = volume.spec
  const reserved = ownerUIDOf(volume) === object.metadata.uid && claimRef?.uid === undefined && keyOf({ ...claimRef }) === keyOf(target)
  // The offer stays until the claim is bound. What would end the bytes goes now.
  const end = volume.metadata.annotations?.[destroyAfter]
  if (!reserved || end !== undefined) {
    const annotations = end === undefined ? {} : { annotations: { [destroyAfter]: null } }
    await patch(persistentVolumeResource, volume, { metadata: { labels: ownerMarks(object), ...annotations }, spec: buildReservation(target) })
  }
  await apply(buildAdoptingClaim(volume, target))
  event('Normal', 'Adopted', `${facts.id} has the bytes of PersistentVolume ${volume.metadata.name}`)
  return adopting(context)
}
