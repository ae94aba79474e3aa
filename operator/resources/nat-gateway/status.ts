import { idOf, idPrefixes } from '../../../crds/ids.ts'
import type { NATGateway, NATGatewayStatus } from '../../../crds/v1alpha1/nat-gateway.ts'
import { addressOfName, isEipReady } from '../../providers/kube-ovn/public-address.ts'
import { conditionsOf } from '../../runtime/conditions.ts'
import type { StatusInput } from '../../runtime/kind.ts'
import type { NATGatewayFacts } from './observe.ts'

/** `available` says that routes may lead to it; it follows what it has, not the outcome, so that one late subnet cuts off no other. */
export const natGatewayStatus = ({ object, facts, outcome, outcomes, now }: StatusInput<NATGateway, NATGatewayFacts>): NATGatewayStatus => {
  const generation = object.metadata.generation ?? 0
  const { vpc, subnet, elasticIP, eip, otherUser } = facts
  const isServed = isEipReady(eip) && otherUser === undefined
  return {
    observedGeneration: generation,
    conditions: conditionsOf({ previous: object.status?.conditions, generation, outcome, now, readyReason: 'Available' }),
    natGatewayID: facts.id,
    state: stateOf(object, isServed && outcomes['internet']?.kind === 'ready', outcome.kind === 'blocked'),
    ...vpc === undefined ? {} : { vpcID: idOf(idPrefixes.vpc, vpc.metadata.uid) },
    ...subnet === undefined ? {} : { subnetID: idOf(idPrefixes.subnet, subnet.metadata.uid) },
    ...elasticIP === undefined ? {} : { allocationID: idOf(idPrefixes.elasticIP, elasticIP.metadata.uid) },
    ...!isServed || eip === undefined ? {} : { publicIP: addressOfName(eip.metadata.name) },
  }
}

const stateOf = ({ metadata, status }: NATGateway, isServing: boolean, isBlocked: boolean): NonNullable<NATGatewayStatus['state']> => {
  if (metadata.deletionTimestamp !== undefined) return 'deleting'
  if (isServing) return 'available'
  // What was available and has lost its address or its way has failed; what never was is on its way.
  return isBlocked || status?.state === 'available' || status?.state === 'failed' ? 'failed' : 'pending'
}
