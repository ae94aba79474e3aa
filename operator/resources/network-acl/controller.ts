import { keyOf, type KubeObject } from '../../../crds/kubernetes.ts'
import type { NetworkACL, NetworkACLStatus } from '../../../crds/v1alpha1/network-acl.ts'
import { type Kind, watch } from '../../runtime/kind.ts'
import type { Cache } from '../../runtime/store.ts'
import type { OperatorSettings } from '../../settings.ts'
import { comesOrGoes, isRedefined } from '../change.ts'
import { siblingKey } from '../stored.ts'
import { subnetInformer } from '../subnet/store.ts'
import { vpcInformer } from '../vpc/store.ts'
import { awaitSubnets, awaitVPC, checkSubnets, finalizeNetworkACL } from './checks.ts'
import { type NetworkACLFacts, observeNetworkACL } from './observe.ts'
import { networkACLStatus } from './status.ts'
import { networkACLInformer } from './store.ts'

/**
 * NetworkACL → nothing of its own: what it lets into a subnet stands in the subnet's switch, what it lets out in the VPC's router, each written by
 * whose it is. Which subnets it guards is said here.
 */
export const networkACLController = (_settings: OperatorSettings): Kind<NetworkACL, NetworkACLFacts, NetworkACLStatus> => ({
  name: 'network-acl',
  informer: networkACLInformer,
  finalizer: 'kumulus.dev/network-acl',
  watches: [
    watch(vpcInformer, (vpc, cache, previous) => isRedefined(vpc, previous) ? listsIn(cache, vpc, vpc.metadata.name) : []),
    watch(subnetInformer, (subnet, cache, previous) => comesOrGoes(subnet, previous) || previous?.status?.state !== subnet.status?.state
      ? cache.of(networkACLInformer).keysBy('subnet', keyOf(subnet.metadata)) : []),
    // Of two that name a subnet one has it.
    watch(networkACLInformer, (list, cache, previous) => isRedefined(list, previous) ? listsIn(cache, list, list.spec.vpcRef.name) : []),
  ],
  observe: observeNetworkACL,
  steps: {
    vpc: awaitVPC,
    spec: checkSubnets,
    subnets: awaitSubnets,
  },
  finalize: finalizeNetworkACL,
  status: networkACLStatus,
})

const listsIn = (cache: Cache, object: KubeObject, vpcName: string): readonly string[] =>
  cache.of(networkACLInformer).keysBy('vpc', siblingKey(object, vpcName))
