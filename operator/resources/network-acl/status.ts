import { idOf, idPrefixes } from '../../../crds/ids.ts'
import type { NetworkACL, NetworkACLStatus } from '../../../crds/v1alpha1/network-acl.ts'
import { condition, conditionsOf } from '../../runtime/conditions.ts'
import type { StatusInput } from '../../runtime/kind.ts'
import { enforcementOf } from './checks.ts'
import type { NetworkACLFacts } from './observe.ts'

export const networkACLStatus = ({ object, facts, outcome, now }: StatusInput<NetworkACL, NetworkACLFacts>): NetworkACLStatus => {
  const generation = object.metadata.generation ?? 0
  const basis = { previous: object.status?.conditions, generation, now }
  const { status, reason, message } = enforcementOf(facts)
  return {
    observedGeneration: generation,
    conditions: [
      ...conditionsOf({ ...basis, outcome, readyReason: 'Available' }),
      condition(basis, 'Enforced', status, reason, message),
    ],
    networkACLID: facts.id,
    ...(facts.vpc === undefined ? {} : { vpcID: idOf(idPrefixes.vpc, facts.vpc.metadata.uid) }),
    isDefault: facts.isDefault,
    associations: facts.associations.map(({ name, subnetID, state }) => ({ subnetName: name, subnetID, state })),
  }
}
