import type { Image, ImageStatus } from '../../../crds/v1alpha1/image.ts'
import { progressOf } from '../../providers/cdi/data-volume.ts'
import { conditionsOf } from '../../runtime/conditions.ts'
import type { StatusInput } from '../../runtime/kind.ts'
import { blockDevicesOf } from './block-devices.ts'
import { captureOf } from './capture.ts'
import { isFamily, latestOf } from './family.ts'
import type { ImageFacts } from './observe.ts'
import { refreshedOf, refreshStatusOf } from './refresh-status.ts'

type Input = StatusInput<Image, ImageFacts>

export const imageStatus = (input: Input): ImageStatus => {
  const { object, facts, outcome, now } = input
  const generation = object.metadata.generation ?? 0
  const state = stateOf(input)
  const capture = captureOf(input)
  const blockDevices = blockDevicesOf(object, facts)
  const latest = latestOf(facts.versions)?.image
  const { claim, kept, snapshot } = facts
  const size = latest?.status?.size ?? kept?.root?.size ?? claim?.status.capacity ?? claim?.spec.requested ?? snapshot?.status.restoreSize
  const progress = state === 'available' ? '100%' : kept?.object.status?.progress ?? facts.versions[0]?.image.status?.progress ?? progressOf(facts.dataVolume)
  return {
    observedGeneration: generation,
    conditions: [
      ...conditionsOf({ previous: object.status?.conditions, generation, outcome, now, readyReason: 'Available' }), ...refreshedOf(input),
    ],
    imageID: facts.id,
    state,
    ...progress === undefined ? {} : { progress },
    ...kept?.root?.encrypted === true || object.status?.encrypted === true ? { encrypted: true } : {},
    ...capture === undefined ? {} : { capture },
    ...isDeprecated(object, now) ? { deprecated: true } : {},
    ...size === undefined ? {} : { size },
    ...blockDevices.length === 0 ? {} : { blockDevices },
    ...refreshStatusOf(input),
    ...facts.dataSource === undefined ? {} : { dataSource: { name: facts.dataSource.metadata.name } },
  }
}

const isDeprecated = ({ spec: { deprecationTime } }: Image, now: number): boolean =>
  deprecationTime !== undefined && Date.parse(deprecationTime) <= now

/** Available once is available for good: a later pass that has to wait takes the image from nobody. */
const stateOf = ({ object, facts, outcome }: Input): NonNullable<ImageStatus['state']> => {
  if (object.metadata.deletionTimestamp !== undefined) return 'deregistered'
  if (isFamily(object) && latestOf(facts.versions) !== undefined) return 'available'
  const stays = object.status?.state === 'available' && !isFamily(object)
  if (outcome.kind === 'ready' || (stays && outcome.kind === 'waiting')) return 'available'
  return outcome.kind === 'blocked' || outcome.reason === 'ImportFailed' ? 'failed' : 'pending'
}
