import { idOf, idPrefixes } from '../../crds/ids.ts'
import type { KubeObject, ResourceType } from '../../crds/kubernetes.ts'
import { byOwner, ovnEipInformer, ovnFipInformer, ovnSnatRuleInformer } from '../providers/kube-ovn/external-informers.ts'
import { ovnEipResource, ovnFipResource, ovnSnatRuleResource } from '../providers/kube-ovn/external-resources.ts'
import { kubeOVNSubnetInformer, kubeOVNVpcInformer } from '../providers/kube-ovn/informers.ts'
import { subnetResource, vpcResource } from '../providers/kube-ovn/resources.ts'
import { elasticIPInformer } from '../resources/elastic-ip/store.ts'
import { instanceInformer } from '../resources/instance/store.ts'
import { natGatewayInformer } from '../resources/nat-gateway/store.ts'
import { publicIPPoolInformer } from '../resources/public-ip-pool/store.ts'
import { subnetInformer } from '../resources/subnet/store.ts'
import { byVPC, resolverInformer } from '../providers/resolver/informer.ts'
import { deploymentResource } from '../providers/resolver/resources.ts'
import { resolverName } from '../resources/vpc/resolver.ts'
import { vpcInformer } from '../resources/vpc/store.ts'
import type { Cache, InformerSpec } from '../runtime/store.ts'

/** A kind that objects are left behind of: they are cluster-scoped, or the operator's neighbours, so that no garbage collector takes them for us. */
export type Swept = {
  resource: ResourceType
  informer: InformerSpec<KubeObject>
  /** Keys of those that were made for an object of ours. */
  madeFor: (uid: string, cache: Cache) => readonly string[]
  /** Whether nothing needs it any more, by what the server says of it now. */
  isUnused: (live: KubeObject, cache: Cache) => boolean
}

const byLabel = (informer: InformerSpec<never>) => (uid: string, cache: Cache): readonly string[] =>
  cache.of(informer as unknown as InformerSpec<KubeObject>).keysBy(byOwner, uid)

type NetworkStatus = { subnets?: readonly string[]; standby?: boolean; v4usingIPs?: unknown; v6usingIPs?: unknown }
const statusOf = (live: KubeObject): NetworkStatus => (live as { status?: NetworkStatus }).status ?? {}

/**
 * Security groups are not among them: a port that is in one is closed by it, and Kube-OVN doesn't say whether there is one.
 * @param namespace - the operator's own, where DNS servers are.
 */
export const sweptIn = (namespace: string): readonly Swept[] => [
  {
    resource: deploymentResource, informer: resolverInformer(namespace), isUnused: () => true,
    madeFor: (uid, cache) => cache.of(resolverInformer(namespace)).keysBy(byVPC, uid),
  },
  { resource: ovnFipResource, informer: ovnFipInformer as never, madeFor: byLabel(ovnFipInformer as never), isUnused: () => true },
  { resource: ovnSnatRuleResource, informer: ovnSnatRuleInformer as never, madeFor: byLabel(ovnSnatRuleInformer as never), isUnused: () => true },
  {
    resource: ovnEipResource, informer: ovnEipInformer as never, madeFor: byLabel(ovnEipInformer as never),
    isUnused: ({ metadata: { name } }, cache) => cache.of(ovnFipInformer).get(name) === undefined &&
      ![...cache.of(ovnSnatRuleInformer).list()].some(({ spec }) => spec.ovnEip === name),
  },
  {
    resource: subnetResource, informer: kubeOVNSubnetInformer, madeFor: uid => [idOf(idPrefixes.subnet, uid), resolverName(uid)],
    // Kube-OVN counts the ports of machines that are stopped too. Where it has not counted yet nobody knows.
    isUnused: live => Number(statusOf(live).v4usingIPs ?? NaN) === 0 && Number(statusOf(live).v6usingIPs ?? 0) === 0,
  },
  {
    resource: vpcResource, informer: kubeOVNVpcInformer, madeFor: uid => [idOf(idPrefixes.vpc, uid)],
    isUnused: live => statusOf(live).standby === true && (statusOf(live).subnets ?? []).length === 0,
  },
]

/** Kinds of ours that such objects are made for. */
export const owners: readonly InformerSpec<KubeObject>[] = [
  vpcInformer, subnetInformer, instanceInformer, elasticIPInformer, natGatewayInformer, publicIPPoolInformer,
] as unknown as readonly InformerSpec<KubeObject>[]
