import { idOf, idPrefixes } from '../../../crds/ids.ts'
import type { Subnet, SubnetStatus } from '../../../crds/v1alpha1/subnet.ts'
import { subnetStateOf } from '../../providers/kube-ovn/subnet.ts'
import { conditionsOf } from '../../runtime/conditions.ts'
import type { StatusInput } from '../../runtime/kind.ts'
import type { SubnetFacts } from './observe.ts'

/** `available` says that instances may come; it follows the network, not the outcome, so that a later complaint closes nothing. */
export const subnetStatus = ({ object, facts, outcome, now }: StatusInput<Subnet, SubnetFacts>): SubnetStatus => {
  const generation = object.metadata.generation ?? 0
  return {
    observedGeneration: generation,
    conditions: conditionsOf({ previous: object.status?.conditions, generation, outcome, now, readyReason: 'Available' }),
    subnetID: facts.id,
    state: isAvailable(facts) ? 'available' : 'pending',
    ...(facts.vpc === undefined ? {} : { vpcID: idOf(idPrefixes.vpc, facts.vpc.metadata.uid) }),
    availableIPAddressCount: facts.availableIPAddressCount,
  }
}

const isAvailable = ({ network, attachment }: SubnetFacts): boolean =>
  attachment !== undefined && subnetStateOf(network).kind === 'ready'
