import { keyOf } from '../../../crds/kubernetes.ts'
import type { VPCPeering, VPCPeeringStatus } from '../../../crds/v1alpha1/vpc-peering.ts'
import { kubeOVNVpcInformer } from '../../providers/kube-ovn/informers.ts'
import { type Kind, watch } from '../../runtime/kind.ts'
import type { Cache } from '../../runtime/store.ts'
import type { OperatorSettings } from '../../settings.ts'
import { isRedefined } from '../change.ts'
import { ownersOf } from '../stored.ts'
import { vpcInformer } from '../vpc/store.ts'
import { announce, awaitConnection, checkPeer, finalizeVPCPeering } from './connect.ts'
import { observeVPCPeering, type VPCPeeringFacts } from './observe.ts'
import { vpcPeeringStatus } from './status.ts'
import { ownKeyOf, peerKeyOf, vpcPeeringInformer } from './store.ts'

/** VPCPeering → nothing of its own: the controllers of the two VPCs connect their routers when both sides ask. */
export const vpcPeeringController = (_settings: OperatorSettings): Kind<VPCPeering, VPCPeeringFacts, VPCPeeringStatus> => ({
  name: 'vpc-peering',
  informer: vpcPeeringInformer,
  finalizer: 'kumulus.dev/vpc-peering',
  watches: [
    watch(vpcInformer, (vpc, cache, previous) => isRedefined(vpc, previous) ? peeringsOf(cache, keyOf(vpc.metadata)) : []),
    watch(kubeOVNVpcInformer, (router, cache) => ownersOf(vpcInformer)(router, cache).flatMap(key => peeringsOf(cache, key))),
    // The other side's, and those of its own side that ask for the same.
    watch(vpcPeeringInformer, (peering, cache) => [...peeringsOf(cache, ownKeyOf(peering)), ...peeringsOf(cache, peerKeyOf(peering))]),
  ],
  observe: observeVPCPeering,
  steps: {
    peer: checkPeer,
    connection: awaitConnection,
    announce,
  },
  finalize: finalizeVPCPeering,
  status: vpcPeeringStatus,
})

/** Peerings of which a VPC is either end. */
const peeringsOf = (cache: Cache, vpcKey: string): string[] => {
  const peerings = cache.of(vpcPeeringInformer)
  return [...peerings.keysBy('vpc', vpcKey), ...peerings.keysBy('peer', vpcKey)]
}
