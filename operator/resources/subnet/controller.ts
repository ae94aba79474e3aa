import { keyOf } from '../../../crds/kubernetes.ts'
import type { NetworkInterface } from '../../../crds/v1alpha1/network-interface.ts'
import type { Subnet, SubnetStatus } from '../../../crds/v1alpha1/subnet.ts'
import { kubeOVNSubnetInformer, networkAttachmentInformer } from '../../providers/kube-ovn/informers.ts'
import { type Kind, watch } from '../../runtime/kind.ts'
import type { OperatorSettings } from '../../settings.ts'
import { counted, isRedefined } from '../change.ts'
import { instanceInformer, type StoredInstance } from '../instance/store.ts'
import { networkACLInformer } from '../network-acl/store.ts'
import { networkInterfaceInformer } from '../network-interface/store.ts'
import { routeTableInformer } from '../route-table/store.ts'
import { ownersOf, siblingKey } from '../stored.ts'
import { vpcInformer } from '../vpc/store.ts'
import { finalizeSubnet } from './finalize.ts'
import { announce, awaitVPC, checkSpec, ensureAttachment, ensureNetwork } from './network.ts'
import { observeSubnet, type SubnetFacts } from './observe.ts'
import { subnetStatus } from './status.ts'
import { subnetInformer } from './store.ts'

/** Subnet → a switch in the VPC's router, and the name by which pods of the tenant's namespace ask for it. */
export const subnetController = (settings: OperatorSettings): Kind<Subnet, SubnetFacts, SubnetStatus> => ({
  name: 'subnet',
  informer: subnetInformer,
  finalizer: 'kumulus.dev/subnet',
  watches: [
    watch(kubeOVNSubnetInformer, ownersOf(subnetInformer)),
    watch(networkAttachmentInformer, ownersOf(subnetInformer)),
    watch(vpcInformer, (vpc, cache) => cache.of(subnetInformer).keysBy('vpc', keyOf(vpc.metadata))),
    watch(routeTableInformer, (table, cache, previous) => isRedefined(table, previous)
      ? cache.of(subnetInformer).keysBy('vpc', siblingKey(table, table.spec.vpcRef.name)) : []),
    watch(networkACLInformer, (list, cache, previous) => isRedefined(list, previous)
      ? cache.of(subnetInformer).keysBy('vpc', siblingKey(list, list.spec.vpcRef.name)) : []),
    // A subnet that overlapped with this one may have its turn when this one goes.
    watch(subnetInformer, (subnet, cache, previous) => !isRedefined(subnet, previous) ? []
      : cache.of(subnetInformer).keysBy('vpc', siblingKey(subnet, subnet.spec.vpcRef.name))),
    watch(instanceInformer, (instance, _cache, previous) =>
      hasMoved(instance, previous) ? [siblingKey(instance, instance.spec.subnetRef.name)] : [], counted),
    watch(networkInterfaceInformer, (object, _cache, previous) =>
      hasMoved(object, previous) ? [siblingKey(object, object.spec.subnetRef.name)] : [], counted),
  ],
  observe: (subnet, cache) => observeSubnet(subnet, cache, settings),
  steps: {
    vpc: awaitVPC,
    spec: checkSpec,
    attachment: ensureAttachment,
    network: ensureNetwork,
    announce,
  },
  finalize: finalizeSubnet,
  status: subnetStatus,
})

/** Of all that happens to who has an address, the subnet cares when they come, when they go (both are the same then) and when they get it. */
const hasMoved = <T extends StoredInstance | NetworkInterface>(member: T, previous: T | undefined): boolean =>
  previous === undefined || previous === member || previous.status?.privateIPAddress !== member.status?.privateIPAddress
