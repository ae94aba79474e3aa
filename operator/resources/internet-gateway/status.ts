import { idOf, idPrefixes } from '../../../crds/ids.ts'
import type { InternetGateway, InternetGatewayStatus } from '../../../crds/v1alpha1/internet-gateway.ts'
import { conditionsOf } from '../../runtime/conditions.ts'
import type { StatusInput } from '../../runtime/kind.ts'
import type { InternetGatewayFacts } from './observe.ts'

export const internetGatewayStatus = ({ object, facts, outcome, now }: StatusInput<InternetGateway, InternetGatewayFacts>): InternetGatewayStatus => {
  const generation = object.metadata.generation ?? 0
  return {
    observedGeneration: generation,
    conditions: conditionsOf({ previous: object.status?.conditions, generation, outcome, now, readyReason: 'Available' }),
    internetGatewayID: facts.id,
    ...(facts.vpc === undefined ? {} : { vpcID: idOf(idPrefixes.vpc, facts.vpc.metadata.uid) }),
    state: stateOf(object, facts),
  }
}

/** In use while it is being deleted, it still leads out. */
const stateOf = ({ metadata }: InternetGateway, { attached, isConnected, network }: InternetGatewayFacts): NonNullable<InternetGatewayStatus['state']> => {
  if (metadata.deletionTimestamp !== undefined && attached !== metadata.name) return 'detaching'
  return attached === metadata.name && isConnected && network !== undefined ? 'available' : 'attaching'
}
