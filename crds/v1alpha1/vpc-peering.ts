import type { z } from 'zod'
import { define, type Definition, type Resource } from '../definition.ts'
import { choice, list, refAcross, refTo, reportedID, rule, statusFields, struct, tags, text } from '../fields.ts'
import { immutable } from '../immutable.ts'

const anew = 'create a new VPCPeering'

/** `spec` of a VPCPeering. */
export const vpcPeeringSpec = struct({
  description: 'Which two VPCs are to be connected. Both sides must ask: the account of the other VPC makes a VPCPeering that names this one.',
  rules: [
    immutable('vpcRef', anew),
    immutable('peer', anew),
    rule('has(self.peer.__namespace__) || self.peer.name != self.vpcRef.name', 'peer is the VPC itself: name another VPC', { fieldPath: '.peer' }),
  ],
}, {
  vpcRef: refTo('VPC', 'VPC of this account. Immutable.'),
  peer: refAcross('VPC', 'VPC at the other end; its blocks must not overlap those of this one. Immutable.', 'Nothing of it is told before that side asks too.'),
  tags: tags(),
})

/** `status` of a VPCPeering. Nothing of the other side is in it before that side has asked too. */
export const vpcPeeringStatus = struct('How far the peering is. Written by the operator alone.', {
  ...statusFields(),
  vpcPeeringID: reportedID('ID of the peering, pcx- and 17 hexadecimal digits. The VPCPeering of the other side has its own.').exactOptional(),
  state: choice(['pending-acceptance', 'provisioning', 'active', 'failed', 'deleting'],
    'State of the peering, as EC2 names it; pending-acceptance: the other side has not asked yet.').exactOptional(),
  vpcID: reportedID('ID of the VPC of this account.').exactOptional(),
  vpcUID: text({ description: 'UID of the VPC of this account that the peering is bound to: a new VPC of the same name is not peered.', max: 64 }).exactOptional(),
  peerVPCID: reportedID('ID of the VPC at the other end.').exactOptional(),
  peerVPCUID: text({ description: 'UID of the VPC at the other end that the peering is bound to: a new VPC of the same name is not peered.', max: 64 }).exactOptional(),
  peerCIDRBlocks: list(text({ description: 'A block.', max: 18 }), { description: 'Blocks of the VPC at the other end.', max: 5 }).exactOptional(),
})

export type VPCPeeringSpec = z.output<typeof vpcPeeringSpec>
export type VPCPeeringStatus = z.output<typeof vpcPeeringStatus>
/** One side of a connection between two VPCs. */
export type VPCPeering = Resource<VPCPeeringSpec, VPCPeeringStatus>

export const vpcPeering: Definition = define({
  kind: 'VPCPeering',
  plural: 'vpcpeerings',
  shortNames: ['pcx'],
  description: 'One side of a connection between two VPCs, of two accounts or of one. It is active when both sides have one, and ends when either is deleted.',
  spec: vpcPeeringSpec,
  status: vpcPeeringStatus,
  columns: [
    { name: 'State', type: 'string', description: 'State of the peering.', jsonPath: '.status.state' },
    { name: 'VPC', type: 'string', description: 'VPC of this account.', jsonPath: '.spec.vpcRef.name' },
    { name: 'Peer', type: 'string', description: 'VPC at the other end.', jsonPath: '.spec.peer.name' },
    { name: 'Account', type: 'string', description: 'Namespace of the VPC at the other end; empty: the same.', jsonPath: '.spec.peer.namespace' },
    { name: 'ID', type: 'string', description: 'Peering ID.', jsonPath: '.status.vpcPeeringID' },
  ],
  reasons: {
    PendingAcceptance: 'Waiting: the account of the other VPC makes a VPCPeering whose peer is this VPC.',
    OverlappingCIDRs: 'Stalled: blocks of the two VPCs overlap; peer VPCs whose blocks do not.',
    PeerReplaced: 'Stalled: a VPC that the peering was bound to is gone, whatever has its name now; create a new VPCPeering, on both sides.',
    Active: 'Ready: the two VPCs are connected; routes say what goes there.',
    LinkTaken: 'Stalled: another peering of the VPC has the very link that this one would have; peer with a VPC that is made anew.',
  },
})
