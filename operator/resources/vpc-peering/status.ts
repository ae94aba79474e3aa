import { idOf, idPrefixes } from '../../../crds/ids.ts'
import type { VPCPeering, VPCPeeringStatus } from '../../../crds/v1alpha1/vpc-peering.ts'
import { conditionsOf } from '../../runtime/conditions.ts'
import type { StatusInput } from '../../runtime/kind.ts'
import type { VPCPeeringFacts } from './observe.ts'

export const vpcPeeringStatus = ({ object, facts, outcome, now }: StatusInput<VPCPeering, VPCPeeringFacts>): VPCPeeringStatus => {
  const generation = object.metadata.generation ?? 0
  return {
    observedGeneration: generation,
    conditions: conditionsOf({ previous: object.status?.conditions, generation, outcome, now, readyReason: 'Active' }),
    vpcPeeringID: facts.id,
    state: stateOf(object, facts),
    ...facts.vpc === undefined ? {} : { vpcID: idOf(idPrefixes.vpc, facts.vpc.metadata.uid) },
    ...bindingOf(object, facts),
    ...otherSideOf(facts),
  }
}

/**
 * Whom the peering means, written down when both sides ask for the first time and kept from then on. It is what the other side's peering, the routers
 * and the next process go by.
 */
const bindingOf = ({ status }: VPCPeering, { peer }: VPCPeeringFacts): Pick<VPCPeeringStatus, 'vpcUID' | 'peerVPCUID'> => {
  if (status?.vpcUID !== undefined && status.peerVPCUID !== undefined) return { vpcUID: status.vpcUID, peerVPCUID: status.peerVPCUID }
  return peer.kind === 'meeting' || peer.kind === 'bound' ? { vpcUID: peer.own.metadata.uid, peerVPCUID: peer.other.metadata.uid } : {}
}

/** What the other side has published by asking, for as long as it asks. */
const otherSideOf = ({ peer }: VPCPeeringFacts): Pick<VPCPeeringStatus, 'peerVPCID' | 'peerCIDRBlocks'> =>
  peer.kind !== 'meeting' && peer.kind !== 'bound' ? {}
    : { peerVPCID: idOf(idPrefixes.vpc, peer.other.metadata.uid), peerCIDRBlocks: peer.other.spec.cidrBlocks }

const stateOf = ({ metadata }: VPCPeering, { peer, isLinkable, isConnected }: VPCPeeringFacts): NonNullable<VPCPeeringStatus['state']> => {
  if (metadata.deletionTimestamp !== undefined) return 'deleting'
  switch (peer.kind) {
    case 'unfounded':
    case 'alone': return 'pending-acceptance'
    case 'repeated':
    case 'ended':
    case 'overlapping': return 'failed'
    case 'meeting': return 'provisioning'
    case 'bound': return !isLinkable ? 'failed' : isConnected ? 'active' : 'provisioning'
  }
}
