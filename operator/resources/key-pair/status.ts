import type { KeyPair, KeyPairStatus } from '../../../crds/v1alpha1/key-pair.ts'
import { conditionsOf } from '../../runtime/conditions.ts'
import type { StatusInput } from '../../runtime/kind.ts'
import type { KeyPairFacts } from './observe.ts'

export const keyPairStatus = ({ object, facts: { id, key, secretName }, outcome, now }: StatusInput<KeyPair, KeyPairFacts>): KeyPairStatus => {
  const generation = object.metadata.generation ?? 0
  return {
    observedGeneration: generation,
    conditions: conditionsOf({ previous: object.status?.conditions, generation, outcome, now, readyReason: 'Available' }),
    keyPairID: id,
    ...(key === undefined ? {} : key),
    ...(key === undefined || secretName === undefined ? {} : { secretRef: { name: secretName } }),
  }
}
