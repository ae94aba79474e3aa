import type { PublicIPPool, PublicIPPoolStatus } from '../../../crds/v1alpha1/public-ip-pool.ts'
import { conditionsOf } from '../../runtime/conditions.ts'
import type { StatusInput } from '../../runtime/kind.ts'
import type { PublicIPPoolFacts } from './observe.ts'

export const publicIPPoolStatus = ({ object, facts, outcome, now }: StatusInput<PublicIPPool, PublicIPPoolFacts>): PublicIPPoolStatus => {
  const generation = object.metadata.generation ?? 0
  return {
    observedGeneration: generation,
    conditions: conditionsOf({ previous: object.status?.conditions, generation, outcome, now, readyReason: 'Available' }),
    totalAddressCount: facts.total,
    availableAddressCount: Math.max(0, facts.total - facts.taken),
  }
}
