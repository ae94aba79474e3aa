import { idOf, idPrefixes } from '../../../crds/ids.ts'
import type { VPCPeering } from '../../../crds/v1alpha1/vpc-peering.ts'
import type { VPC } from '../../../crds/v1alpha1/vpc.ts'
import { kubeOVNVpcInformer } from '../../providers/kube-ovn/informers.ts'
import { isPeeredWith } from '../../providers/kube-ovn/vpc.ts'
import { madeFor } from '../../providers/made.ts'
import type { Cache } from '../../runtime/store.ts'
import { vpcInformer } from '../vpc/store.ts'
import { type Peer, peerOf, peersOf } from './peer.ts'
import { ownKeyOf } from './store.ts'

export type VPCPeeringFacts = {
  id: string
  vpc: VPC | undefined
  peer: Peer
  /** The VPC's router has room for a link to the other. */
  isLinkable: boolean
  /** Kube-OVN has connected both routers. */
  isConnected: boolean
  /** The router of its own side still has a port to the VPC that it is bound to. */
  isLingering: boolean
}

export const observeVPCPeering = (peering: VPCPeering, cache: Cache): VPCPeeringFacts => {
  const vpc = cache.of(vpcInformer).get(ownKeyOf(peering))
  const peer = peerOf(peering, cache)
  const linked = vpc === undefined ? [] : peersOf(vpc, cache).map(({ vpcID }) => vpcID)
  const formerID = idOf(idPrefixes.vpc, peering.status?.peerVPCUID ?? '')
  return {
    id: idOf(idPrefixes.vpcPeering, peering.metadata.uid),
    vpc,
    peer,
    isLinkable: peer.kind !== 'bound' || linked.includes(peer.vpcID),
    isConnected: peer.kind === 'bound' && hasPort(peer.own, peer.other, cache) && hasPort(peer.other, peer.own, cache),
    isLingering: vpc !== undefined && !linked.includes(formerID) && isPeeredWith(routerOf(vpc, cache), formerID),
  }
}

const hasPort = (from: VPC, to: VPC, cache: Cache): boolean => isPeeredWith(routerOf(from, cache), idOf(idPrefixes.vpc, to.metadata.uid))

const routerOf = (vpc: VPC, cache: Cache) => madeFor(vpc, cache.of(kubeOVNVpcInformer).get(idOf(idPrefixes.vpc, vpc.metadata.uid)))
