import type { VPC, VPCStatus } from '../../../crds/v1alpha1/vpc.ts'
import { kubeOVNSecurityGroupInformer, kubeOVNSubnetInformer, kubeOVNVpcInformer } from '../../providers/kube-ovn/informers.ts'
import { networkPolicyInformer } from '../../providers/network-policy/informer.ts'
import { resolverInformer } from '../../providers/resolver/informer.ts'
import { type Kind, watch } from '../../runtime/kind.ts'
import type { OperatorSettings } from '../../settings.ts'
import { comesOrGoes, isRedefined } from '../change.ts'
import { securityGroupInformer } from '../security-group/store.ts'
import { ownersOf, siblingKey } from '../stored.ts'
import { subnetInformer } from '../subnet/store.ts'
import { finalizeVPC } from './finalize.ts'
import {
  announce, checkMainRouteTable, ensureDefaultNetworkACL, ensureDefaultSecurityGroup, ensureIsolation, ensureMainRouteTable, ensureRouter,
} from './network.ts'
import { ensureResolver } from './resolver.ts'
import { routerWatches } from './router-watches.ts'
import { observeVPC, type VPCFacts } from './observe.ts'
import { vpcStatus } from './status.ts'
import { vpcInformer } from './store.ts'

/** VPC → a router of its own, a policy that isolates it, its default SecurityGroup and NetworkACL, its main RouteTable and its DNS servers. */
export const vpcController = (settings: OperatorSettings): Kind<VPC, VPCFacts, VPCStatus> => ({
  name: 'vpc',
  informer: vpcInformer,
  finalizer: 'kumulus.dev/vpc',
  watches: [
    watch(kubeOVNVpcInformer, ownersOf(vpcInformer)),
    watch(networkPolicyInformer, ownersOf(vpcInformer)),
    watch(kubeOVNSecurityGroupInformer, ownersOf(vpcInformer)),
    watch(subnetInformer, (subnet, _cache, previous) => comesOrGoes(subnet, previous) ? [siblingKey(subnet, subnet.spec.vpcRef.name)] : []),
    ...routerWatches,
    watch(kubeOVNSubnetInformer, ownersOf(vpcInformer)),
    watch(resolverInformer(settings.operatorNamespace), ownersOf(vpcInformer)),
    // Of the default group that is ours too, what its own controller writes is of no concern either.
    watch(securityGroupInformer, (group, _cache, previous) => isRedefined(group, previous) ? [siblingKey(group, group.spec.vpcRef.name)] : []),
  ],
  observe: (vpc, cache) => observeVPC(vpc, cache, settings),
  steps: {
    isolation: ensureIsolation,
    defaultSecurityGroup: ensureDefaultSecurityGroup,
    defaultNetworkACL: ensureDefaultNetworkACL,
    mainRouteTable: ensureMainRouteTable,
    router: ensureRouter,
    resolver: ensureResolver,
    announce,
    main: checkMainRouteTable,
  },
  finalize: finalizeVPC,
  status: vpcStatus,
})
