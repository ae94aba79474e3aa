import type { PrefixList, PrefixListStatus } from '../../../crds/v1alpha1/prefix-list.ts'
import { conditionsOf } from '../../runtime/conditions.ts'
import type { StatusInput } from '../../runtime/kind.ts'
import type { PrefixListFacts } from './observe.ts'

export const prefixListStatus = ({ object, facts, outcome, now }: StatusInput<PrefixList, PrefixListFacts>): PrefixListStatus => {
  const generation = object.metadata.generation ?? 0
  return {
    observedGeneration: generation,
    conditions: conditionsOf({ previous: object.status?.conditions, generation, outcome, now, readyReason: 'Available' }),
    prefixListID: facts.id,
    entryCount: object.spec.entries?.length ?? 0,
    associations: facts.users.length,
  }
}
