import { compareQuantities } from '../../../crds/quantity.ts'
import type { Condition } from '../../../crds/kubernetes.ts'
import type { Volume, VolumeStatus } from '../../../crds/v1alpha1/volume.ts'
import { condition, timestamp } from '../../runtime/conditions.ts'
import type { StatusInput } from '../../runtime/kind.ts'
import { areEqual, type Figures, figuresOf, isGrowing, isLeftToHost, targetOf } from './figures.ts'
import type { VolumeFacts } from './observe.ts'
import { shortage } from './shortage.ts'
import { performanceProvisioned } from './store.ts'

type Input = StatusInput<Volume, VolumeFacts>
type Modification = NonNullable<VolumeStatus['modification']>

/**
 * What the volume does now, and the last change of it. What it was before stands in the status until the change is done, and what it is to be in
 * the claim: whatever is lost in between, the change is noticed and told of once.
 */
export const modificationOf = (input: Input): Pick<VolumeStatus, 'volumeType' | 'iops' | 'throughput' | 'modification'> => {
  const { object, facts } = input
  const { spec, status } = object
  const { size: _, ...before } = figuresOf(object)
  const stage = stageOf(input)
  const modification = stage === undefined ? status?.modification : nextOf(input, stage)
  const isDone = stage === 'completed' || stage === 'optimizing'
  return {
    ...isDone ? { volumeType: spec.volumeType, ...facts.wish?.performance } : { volumeType: spec.volumeType, ...before },
    ...modification === undefined ? {} : { modification },
  }
}

/** Of a volume that asks for more than its type gives to all, or has been told once. */
export const performanceOf = (input: Input): Condition[] => {
  const { object, facts, outcomes, now } = input
  const { wish, claim } = facts
  if (wish === undefined || (wish.parameters === undefined && wish.untold.length === 0 && claim?.spec.attributesClass === undefined)) return []
  const outcome = outcomes['modification']
  const has = outcome?.kind === 'ready' && claim?.status.phase === 'Bound'
  const { reason, message } = outcome === undefined || outcome.kind === 'ready'
    ? { reason: has ? 'Provisioned' : 'Creating', message: has ? '' : 'the storage is told when the volume is bound: at the latest with its first attachment' } : outcome
  return [condition({ previous: object.status?.conditions, generation: object.metadata.generation, now }, performanceProvisioned, has ? 'True' : 'False', reason, message)]
}

/** Undefined while nothing has been begun, or nobody has looked. */
const stageOf = ({ object: { spec }, outcomes, facts: { claim, type } }: Input): Modification['state'] | undefined => {
  const outcome = outcomes['modification']
  if (outcome === undefined || claim === undefined || type === undefined) return undefined
  if (outcome.kind === 'ready') return isLeftToHost(spec.size, claim) ? 'optimizing' : 'completed'
  if (outcome.reason === 'ModificationFailed') return 'failed'
  return outcome.reason === 'Modifying' || outcome.reason === 'Resizing' || outcome.reason === shortage ? 'modifying' : undefined
}

const nextOf = ({ object, facts, outcomes, now }: Input, state: Modification['state']): Modification | undefined => {
  const previous = object.status?.modification
  const target = targetOf(object, facts)
  const isSame = previous !== undefined && areEqual(previous.target, target)
  // One that is done stays told of until the next.
  if (isSame && previous.state === 'completed') return previous
  const original = isSame ? previous.original : figuresOf(object)
  if (!isSame && !isChange(original, target, facts)) return previous
  const outcome = outcomes['modification']
  return {
    state,
    progress: state === 'completed' ? '100%' : partsDone(object, facts, original),
    ...state === 'failed' && outcome?.kind === 'blocked' ? { statusMessage: outcome.message.slice(0, 1024) } : {},
    startTime: isSame ? previous.startTime : timestamp(now),
    ...state === 'completed' ? { endTime: timestamp(now) } : {},
    original,
    target,
  }
}

/** The first figures of a new volume are no change of it, and neither is what its type gives by now to those that ask for nothing. */
const isChange = (original: Figures, target: Figures, { wish }: VolumeFacts): boolean =>
  (original.volumeType !== undefined && original.volumeType !== target.volumeType) || isGrown(original, target) ||
  (wish?.parameters !== undefined && (['iops', 'throughput'] as const).some(name => original[name] !== undefined && original[name] !== target[name]))

const isGrown = ({ size }: Figures, target: Figures): boolean =>
  size !== undefined && target.size !== undefined && compareQuantities(size, target.size) < 0

/** Drivers tell of no percentage: of the two things that may be under way, how many are done. */
const partsDone = ({ spec }: Volume, { claim, attributes }: VolumeFacts, original: Figures): string => {
  const parts = [
    ...isGrown(original, { ...spec.size === undefined ? {} : { size: spec.size } }) ? [!isGrowing(spec.size, claim)] : [],
    ...attributes === undefined ? [] : [claim?.spec.attributesClass === claim?.status.attributesClass],
  ]
  return parts.length < 2 ? '0%' : `${Math.floor(100 * parts.filter(Boolean).length / parts.length)}%`
}
