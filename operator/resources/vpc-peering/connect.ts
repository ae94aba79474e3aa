import type { VPCPeering } from '../../../crds/v1alpha1/vpc-peering.ts'
import type { Step, StepContext } from '../../runtime/kind.ts'
import { blocked, type Outcome, ready, waiting } from '../../runtime/outcome.ts'
import { notFound, titleOf } from '../waiting-for.ts'
import type { VPCPeeringFacts } from './observe.ts'

type Context = StepContext<VPCPeering, VPCPeeringFacts>

/** What keeps the two apart, if anything does. Of the other side's objects it says nothing but that side's own request. */
export const checkPeer = ({ object, facts: { peer } }: Context): Outcome => {
  const { vpcRef, peer: { name, namespace = object.metadata.namespace } } = object.spec
  switch (peer.kind) {
    case 'unfounded': return notFound('VPC', vpcRef.name, object.metadata.namespace)
    case 'repeated': return blocked('InvalidSpec', `spec.peer: ${titleOf('VPCPeering', peer.name)} connects the two already: delete either`)
    case 'ended': return blocked('PeerReplaced', 'a VPC that the peering was bound to is gone, whatever has its name now: create a new VPCPeering, on both sides')
    case 'alone': return waiting('PendingAcceptance',
      `waiting for a VPCPeering in namespace "${namespace}" of vpcRef "${name}" and peer "${vpcRef.name}" in namespace "${object.metadata.namespace}"`)
    case 'overlapping': return blocked('OverlappingCIDRs', `blocks of the two VPCs overlap: ${peer.blocks.join(', ')} of the other one`)
    case 'meeting': return waiting('Progressing', 'waiting for both sides to have written down which VPCs they mean')
    case 'bound': return ready
  }
}

/** The controllers of the two VPCs connect their routers; here it is only said that they are. */
export const awaitConnection = ({ facts: { isLinkable, isConnected } }: Context): Outcome => {
  if (!isLinkable) return blocked('LinkTaken', 'another peering of the VPC has the very link that this one would have: peer with a VPC that is made anew')
  return isConnected ? ready : waiting('Progressing', 'waiting for Kube-OVN to connect the routers of the two VPCs')
}

/** Said once: the steps before it are done and the status doesn't know yet. */
export const announce = ({ object, facts, event }: Context): Outcome => {
  if (object.status?.state !== 'active') event('Normal', 'Active', `${facts.id} is active`)
  return ready
}

/** Nothing is asked of the other side: as soon as one is on its way out, both routers let go of each other. */
export const finalizeVPCPeering: Readonly<Record<string, Step<VPCPeering, VPCPeeringFacts>>> = {
  connection: ({ facts: { isLingering } }) => isLingering ? waiting('Progressing', 'waiting for Kube-OVN to disconnect the routers of the two VPCs') : ready,
}
