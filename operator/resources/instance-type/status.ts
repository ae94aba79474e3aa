import type { InstanceType, InstanceTypeStatus } from '../../../crds/v1alpha1/instance-type.ts'
import { conditionsOf } from '../../runtime/conditions.ts'
import type { StatusInput } from '../../runtime/kind.ts'
import type { InstanceTypeFacts } from './observe.ts'

export const instanceTypeStatus = ({ object, outcome, now }: StatusInput<InstanceType, InstanceTypeFacts>): InstanceTypeStatus => {
  const generation = object.metadata.generation ?? 0
  const readyReason = object.spec.state === 'Deprecated' ? 'Deprecated' : 'Available'
  return { observedGeneration: generation, conditions: conditionsOf({ previous: object.status?.conditions, generation, outcome, now, readyReason }) }
}
