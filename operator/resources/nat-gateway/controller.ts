import { keyOf, type KubeObject } from '../../../crds/kubernetes.ts'
import type { NATGateway, NATGatewayStatus } from '../../../crds/v1alpha1/nat-gateway.ts'
import { ovnEipInformer, ovnFipInformer, ovnSnatRuleInformer } from '../../providers/kube-ovn/external-informers.ts'
import { type Kind, watch } from '../../runtime/kind.ts'
import type { Cache } from '../../runtime/store.ts'
import { isRedefined } from '../change.ts'
import { elasticIPInformer } from '../elastic-ip/store.ts'
import { internetGatewayInformer } from '../internet-gateway/store.ts'
import { routeTableInformer } from '../route-table/store.ts'
import { ownersOf, siblingKey } from '../stored.ts'
import { subnetInformer } from '../subnet/store.ts'
import { vpcByID, vpcInformer } from '../vpc/store.ts'
import { type NATGatewayFacts, observeNATGateway } from './observe.ts'
import { natGatewayStatus } from './status.ts'
import { announce, awaitInternet, awaitReferences, endOthers, ensureRules, finalizeNATGateway } from './steps.ts'
import { natGatewayInformer } from './store.ts'

/** NATGateway → a rule of source NAT for every subnet that is routed to it. */
export const natGatewayController = (): Kind<NATGateway, NATGatewayFacts, NATGatewayStatus> => ({
  name: 'nat-gateway',
  informer: natGatewayInformer,
  finalizer: 'kumulus.dev/nat-gateway',
  watches: [
    // A rule that goes makes room for that of another gateway.
    watch(ovnSnatRuleInformer, (rule, cache, previous) =>
      [...ownersOf(natGatewayInformer)(rule, cache), ...rule === previous ? gatewaysIn(rule.spec.vpc, cache) : []]),
    watch(ovnEipInformer, (eip, cache) => ownersOf(elasticIPInformer)(eip, cache).flatMap(key => withElasticIP(key, cache))),
    watch(ovnFipInformer, (fip, cache) => ownersOf(elasticIPInformer)(fip, cache).flatMap(key => withElasticIP(key, cache))),
    watch(elasticIPInformer, (eip, cache) => withElasticIP(keyOf(eip.metadata), cache)),
    watch(natGatewayInformer, (gateway, cache) => gateway.spec.elasticIPRef === undefined ? []
      : withElasticIP(siblingKey(gateway, gateway.spec.elasticIPRef.name), cache).filter(key => key !== keyOf(gateway.metadata))),
    watch(vpcInformer, (vpc, cache, previous) => isRedefined(vpc, previous) ? gatewaysOf(vpc, vpc.metadata.name, cache) : []),
    watch(subnetInformer, (subnet, cache, previous) => isRedefined(subnet, previous) || previous?.status?.state !== subnet.status?.state
      ? gatewaysOf(subnet, subnet.spec.vpcRef.name, cache) : []),
    watch(routeTableInformer, (table, cache, previous) => isRedefined(table, previous) ? gatewaysOf(table, table.spec.vpcRef.name, cache) : []),
    watch(internetGatewayInformer, (gateway, cache, previous) => isRedefined(gateway, previous) || previous?.status?.state !== gateway.status?.state
      ? gatewaysOf(gateway, gateway.spec.vpcRef.name, cache) : []),
  ],
  observe: observeNATGateway,
  steps: {
    others: endOthers,
    references: awaitReferences,
    internet: awaitInternet,
    rules: ensureRules,
    announce,
  },
  finalize: finalizeNATGateway,
  status: natGatewayStatus,
})

const withElasticIP = (key: string, cache: Cache): readonly string[] => cache.of(natGatewayInformer).keysBy('elasticIP', key)

const gatewaysIn = (vpcID: string, cache: Cache): string[] =>
  cache.of(vpcInformer).by(vpcByID, vpcID).flatMap(vpc => gatewaysOf(vpc, vpc.metadata.name, cache))

/** The gateways in the subnets of a VPC, by its name in the namespace of `object`. */
const gatewaysOf = (object: KubeObject, vpcName: string, cache: Cache): string[] =>
  cache.of(subnetInformer).keysBy('vpc', siblingKey(object, vpcName)).flatMap(key => cache.of(natGatewayInformer).keysBy('subnet', key))
