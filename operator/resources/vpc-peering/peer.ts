import { overlaps, parseCidr } from '../../../crds/cidr.ts'
import { idOf, idPrefixes } from '../../../crds/ids.ts'
import type { VPCPeering } from '../../../crds/v1alpha1/vpc-peering.ts'
import type { VPC } from '../../../crds/v1alpha1/vpc.ts'
import { cameFirst } from '../../../webhooks/verdicts/precedence.ts'
import { linkable } from '../../providers/kube-ovn/peer-link.ts'
import type { Router } from '../../providers/kube-ovn/routes.ts'
import type { Cache } from '../../runtime/store.ts'
import { keyOf } from '../../../crds/kubernetes.ts'
import { vpcInformer } from '../vpc/store.ts'
import { ownKeyOf, peerKeyOf, vpcPeeringInformer } from './store.ts'

/** How far two sides have come. Only from `overlapping` on does either learn anything of the other: both have asked by then. */
export type Peer =
  /** The VPC of its own side is missing. */
  | { kind: 'unfounded' }
  /** Another peering of the same side asks for the same. */
  | { kind: 'repeated'; name: string }
  /** A VPC that it was bound to is gone. A namesake that has come since gets nothing. */
  | { kind: 'ended' }
  /** The other side has not asked, or asks no more. */
  | { kind: 'alone' }
  | { kind: 'overlapping'; blocks: readonly string[] }
  /** Both ask, and one side at least has not yet written down whom it means. */
  | { kind: 'meeting'; own: VPC; other: VPC }
  /** Both have written down that they mean each other. */
  | { kind: 'bound'; own: VPC; other: VPC; vpcID: string }

/** How far a peering and its other side have come. The same from both sides, but for what is wrong with one alone. */
export const peerOf = (peering: VPCPeering, cache: Cache): Peer => {
  const vpcs = cache.of(vpcInformer)
  const [own, other] = [vpcs.get(ownKeyOf(peering)), vpcs.get(peerKeyOf(peering))]
  const { vpcUID, peerVPCUID } = peering.status ?? {}
  if (vpcUID !== undefined && (own?.metadata.uid !== vpcUID || other?.metadata.uid !== peerVPCUID)) return { kind: 'ended' }
  if (own === undefined) return { kind: 'unfounded' }
  const first = askingFor(ownKeyOf(peering), peerKeyOf(peering), cache)
  if (first !== undefined && first.metadata.uid !== peering.metadata.uid) return { kind: 'repeated', name: first.metadata.name }
  const counterpart = askingFor(peerKeyOf(peering), ownKeyOf(peering), cache)
  if (first === undefined || other === undefined || counterpart === undefined || isBoundElsewhere(counterpart, other, own)) return { kind: 'alone' }
  const blocks = other.spec.cidrBlocks.filter(theirs => own.spec.cidrBlocks.some(ours => overlap(theirs, ours)))
  if (blocks.length > 0) return { kind: 'overlapping', blocks }
  const isMutual = isBound(peering, own, other) && isBound(counterpart, other, own)
  return isMutual ? { kind: 'bound', own, other, vpcID: idOf(idPrefixes.vpc, other.metadata.uid) } : { kind: 'meeting', own, other }
}

/** VPCs whose routers that of a VPC has a port to. */
export const peersOf = (vpc: VPC, cache: Cache): Router['peers'] => {
  const peers = cache.of(vpcPeeringInformer).by('vpc', keyOf(vpc.metadata)).flatMap((peering) => {
    const peer = peerOf(peering, cache)
    return peer.kind === 'bound' ? [{ vpcID: peer.vpcID, blocks: peer.other.spec.cidrBlocks }] : []
  })
  const linked = new Set(linkable(idOf(idPrefixes.vpc, vpc.metadata.uid), peers.map(({ vpcID }) => vpcID)))
  return peers.filter(({ vpcID }) => linked.has(vpcID))
}

/** The oldest peering of one side that asks for the other and is not on its way out: the moment that either goes, neither is any more. */
const askingFor = (ownKey: string, peerKey: string, cache: Cache): VPCPeering | undefined =>
  cache.of(vpcPeeringInformer).by('vpc', ownKey)
    .filter(peering => peerKeyOf(peering) === peerKey && peering.metadata.deletionTimestamp === undefined)
    .reduce<VPCPeering | undefined>((first, each) => first === undefined || cameFirst(each.metadata, first.metadata) ? each : first, undefined)

const isBound = ({ status }: VPCPeering, own: VPC, other: VPC): boolean =>
  status?.vpcUID === own.metadata.uid && status.peerVPCUID === other.metadata.uid

/** It means VPCs that are no more: nothing that has their names now. */
const isBoundElsewhere = (peering: VPCPeering, own: VPC, other: VPC): boolean =>
  peering.status?.vpcUID !== undefined && !isBound(peering, own, other)

const overlap = (a: string, b: string): boolean => {
  const [one, two] = [parseCidr(a), parseCidr(b)]
  return one !== undefined && two !== undefined && overlaps(one, two)
}
