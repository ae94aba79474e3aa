import { compareQuantities } from '../../../crds/quantity.ts'
import type { Volume } from '../../../crds/v1alpha1/volume.ts'
import { saysTheSame } from '../../providers/csi/attributes-class.ts'
import { claimResource } from '../../providers/csi/resources.ts'
import { timestamp } from '../../runtime/conditions.ts'
import type { StepContext } from '../../runtime/kind.ts'
import { blocked, type Outcome, ready, waiting } from '../../runtime/outcome.ts'
import type { OperatorSettings } from '../../settings.ts'
import { notFound } from '../waiting-for.ts'
import { areEqual, isGrowing, targetOf } from './figures.ts'
import { storageClassNameOf, type VolumeFacts } from './observe.ts'
import { isShortage, shortage } from './shortage.ts'
import { isOfAnotherType } from './wish.ts'

type Context = StepContext<Volume, VolumeFacts>

/** What is to be written into the claim. */
type Change = { size?: string; attributesClass?: true }

/**
 * Size, type and performance of a live volume, by its claim: a DataVolume can't change, and only the claim is what the storage looks at. One patch
 * tells all of it, so that a crash leaves no half, and what was told is seen in the claim: nothing is told twice.
 */
export const ensureModified = ({ volumeModificationInterval = 0 }: Pick<OperatorSettings, 'volumeModificationInterval'>) => async (context: Context): Promise<Outcome> => {
  const { object, facts } = context
  if (facts.claim?.spec.requested === undefined) return ready
  const change = changeOf(object, facts)
  const refusal = refusalOf(context, change)
  if (refusal !== undefined) return refusal
  if (change === undefined) return progressOf(context)
  // The API server takes another size of a bound claim alone. One that waits for its first machine has no bytes to make room for.
  if (change.size !== undefined && facts.claim.status.phase !== 'Bound') {
    return waiting('Resizing', `waiting for ${facts.id} to be made, at the latest when an instance first starts with it: it grows to ${change.size} then`)
  }
  const left = mayNow(context) ? 0 : timeLeft(context, volumeModificationInterval)
  if (left > 0) {
    return waiting('ModificationTooSoon', `the last change of ${facts.id} began at ${object.status?.modification?.startTime}: what is asked for now is done from ${
      timestamp(context.now + left)} on`, left)
  }
  return tell(context, change)
}

const changeOf = ({ spec }: Volume, { claim, wish, attributes, claimClass }: VolumeFacts): Change | undefined => {
  const grows = spec.size !== undefined && claim?.spec.requested !== undefined && compareQuantities(spec.size, claim.spec.requested) > 0
  // A claim has another class once it is bound, and not before.
  const changes = claim?.status.phase === 'Bound' && attributes !== undefined && wish?.parameters !== undefined
    && (claimClass === undefined || !saysTheSame(claimClass, attributes))
  return grows || changes ? { ...grows ? { size: spec.size } : {}, ...changes ? { attributesClass: true } : {} } : undefined
}

const refusalOf = (context: Context, change: Change | undefined): Outcome | undefined => {
  const { object: { spec, status }, facts: { violations, storageClass, claim, type, wish } } = context
  if (type === undefined) return status?.volumeType === undefined || status.volumeType === spec.volumeType ? undefined : notFound('VolumeType', spec.volumeType, undefined)
  if (isOfAnotherType(context.object) && storageClassNameOf(context.object, type) !== claim?.spec.storageClassName) {
    return blocked('NotModifiable', `volumeType: ${spec.volumeType} is other storage (StorageClass "${storageClassNameOf(context.object, type) ?? 'none that encrypts'}") than that of this volume ("${
      claim?.spec.storageClassName ?? ''}"), and no volume moves between the two while it lives: create a new Volume from a Snapshot of this one, or set volumeType: ${status?.volumeType}`)
  }
  if (wish !== undefined && wish.untold.length > 0) {
    return blocked('NotModifiable', `${wish.untold.join(', ')}: the VolumeType ${spec.volumeType} doesn't say how its storage is told so, and volumes have what its StorageClass gives: leave it out, or have ` +
      'the platform team set volumeAttributeParameters of the type')
  }
  if (change === undefined) return undefined
  // A volume that has taken over more bytes than its spec says may be given performance all the same.
  const wrong = violations.filter(each => change.size !== undefined || !each.startsWith('spec.size:'))
  if (wrong.length > 0) return blocked('InvalidSpec', wrong.join('; ').slice(0, 4000))
  return change.size === undefined || storageClass?.expandable === true ? undefined
    : blocked('NotExpandable', `size: volumes of StorageClass "${claim?.spec.storageClassName ?? ''}" can't grow: copy the data to a new, larger Volume`)
}

/** What has been begun goes on, and what the storage could not do is mended at once. */
const mayNow = ({ object, facts }: Context): boolean => {
  const { modification } = object.status ?? {}
  return modification === undefined || modification.state === 'failed' || areEqual(modification.target, targetOf(object, facts))
}

const timeLeft = ({ object: { status }, now }: Context, interval: number): number =>
  Date.parse(status?.modification?.startTime ?? '') + interval - now

const tell = async (context: Context, { size, attributesClass }: Change): Promise<Outcome> => {
  const { facts, patch, event } = context
  const { claim, attributesClass: wanted } = facts
  if (claim === undefined) return ready
  if (attributesClass === true && wanted === undefined) return awaitClass(context)
  await patch(claimResource, claim, { spec: {
    ...size === undefined ? {} : { resources: { requests: { storage: size } } },
    ...wanted === undefined || attributesClass === undefined ? {} : { volumeAttributesClassName: wanted.metadata.name },
  } })
  if (size !== undefined) event('Normal', 'Resizing', `growing ${facts.id} to ${size}`)
  if (attributesClass === true) event('Normal', 'Modifying', `${facts.id} gets ${words(facts)}`)
  return underWay(facts, size)
}

/** The classes are the VolumeType's to make; its own event, or the next look, brings us back. */
const awaitClass = ({ object: { spec }, facts }: Context): Outcome => {
  const found = facts.type?.status?.conditions?.find(({ type }) => type === 'Ready')
  if (found?.reason === 'NotInstalled') {
    return blocked('NotModifiable', `iops and throughput: this cluster serves no VolumeAttributesClass (Kubernetes 1.34 has it), so that volumes have what the StorageClass of ${spec.volumeType} gives: ` +
      'set the fields back, or have the platform team upgrade')
  }
  if (facts.attributes?.driver !== undefined && facts.typeDrivers.length > 0 && !facts.typeDrivers.includes(facts.attributes.driver)) {
    return blocked('NotModifiable', `the VolumeType ${spec.volumeType} is of other storage by now (driver ${facts.typeDrivers.join(' or ')}) than this volume (${facts.attributes.driver}): ` +
      'create a new Volume from a Snapshot of this one, or set the fields back')
  }
  return waiting('Modifying', `${facts.id} is to get ${words(facts)}`, 5000)
}

const words = ({ wish }: VolumeFacts): string => {
  const { iops, throughput } = wish?.performance ?? {}
  return [...iops === undefined ? [] : [`${iops} iops`], ...throughput === undefined ? [] : [`${throughput} MiB/s`]].join(' and ') || 'what its type gives'
}

/** What the storage has made of what it was told. */
const progressOf = ({ object: { spec }, facts }: Context): Outcome => {
  const { claim } = facts
  if (claim?.status.infeasible !== undefined) {
    return blocked('ModificationFailed', `the storage can't give ${facts.id} ${words(facts)}: ${claim.status.infeasible.slice(0, 500)}: ask for less, or set the fields back`)
  }
  const unresized = claim?.status.unresized
  if (isGrowing(spec.size, claim)) return unresized === undefined ? underWay(facts, spec.size) : notGrown(facts, spec.size, unresized)
  const isTold = claim?.spec.attributesClass !== undefined && claim.status.phase === 'Bound'
  return isTold && claim.spec.attributesClass !== claim.status.attributesClass ? underWay(facts, undefined) : ready
}

/** The storage goes on trying, whatever it was. */
const notGrown = ({ id }: VolumeFacts, size: string | undefined, why: string): Outcome => isShortage(why)
  ? blocked(shortage, `the storage has no room for ${id} to grow to ${size}, and tries again by itself: delete Volumes that nobody needs, or have the platform team add storage: ${why.slice(0, 500)}`)
  : waiting('Resizing', `${id} is to grow to ${size}, which its storage has failed to do and tries again: ${why.slice(0, 500)}`)

const underWay = (facts: VolumeFacts, size: string | undefined): Outcome => size === undefined
  ? waiting('Modifying', `${facts.id} is getting ${words(facts)}`) : waiting('Resizing', `${facts.id} is being grown to ${size}`)
