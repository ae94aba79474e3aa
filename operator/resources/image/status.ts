import type { Image, ImageStatus } from '../../../crds/v1alpha1/image.ts'
import { progressOf } from '../../providers/cdi/data-volume.ts'
import { conditionsOf } from '../../runtime/conditions.ts'
import type { StatusInput } from '../../runtime/kind.ts'
import { blockDevicesOf } from './block-devices.ts'
import { captureOf } from './capture.ts'
import type { ImageFacts } from './observe.ts'

type Input = StatusInput<Image, ImageFacts>

export const imageStatus = (input: Input): ImageStatus => {
  const { object, facts, outcome, now } = input
  const generation = object.metadata.generation ?? 0
  const state = stateOf({ object, outcome })
  const capture = captureOf(input)
  const blockDevices = blockDevicesOf(object, facts)
  const size = facts.kept?.root?.size ?? facts.claim?.status.capacity ?? facts.claim?.spec.requested ?? facts.snapshot?.status.restoreSize
  const progress = state === 'available' ? '100%' : facts.kept?.object.status?.progress ?? progressOf(facts.dataVolume)
  return {
    observedGeneration: generation,
    conditions: conditionsOf({ previous: object.status?.conditions, generation, outcome, now, readyReason: 'Available' }),
    imageID: facts.id,
    state,
    ...progress === undefined ? {} : { progress },
    ...facts.kept?.root?.encrypted === true || object.status?.encrypted === true ? { encrypted: true } : {},
    ...capture === undefined ? {} : { capture },
    ...isDeprecated(object, now) ? { deprecated: true } : {},
    ...size === undefined ? {} : { size },
    ...blockDevices.length === 0 ? {} : { blockDevices },
    ...facts.dataSource === undefined ? {} : { dataSource: { name: facts.dataSource.metadata.name } },
  }
}

const isDeprecated = ({ spec: { deprecationTime } }: Image, now: number): boolean =>
  deprecationTime !== undefined && Date.parse(deprecationTime) <= now

/** Available once is available for good: a later pass that has to wait takes the image from nobody. */
const stateOf = ({ object, outcome }: Pick<Input, 'object' | 'outcome'>): NonNullable<ImageStatus['state']> => {
  if (object.metadata.deletionTimestamp !== undefined) return 'deregistered'
  if (outcome.kind === 'ready' || (object.status?.state === 'available' && outcome.kind === 'waiting')) return 'available'
  return outcome.kind === 'blocked' || outcome.reason === 'ImportFailed' ? 'failed' : 'pending'
}
