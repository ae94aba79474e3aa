import { keyOf, type KubeObject } from '../../../crds/kubernetes.ts'
import type { RouteTable, RouteTableStatus } from '../../../crds/v1alpha1/route-table.ts'
import { type Kind, watch } from '../../runtime/kind.ts'
import type { Cache } from '../../runtime/store.ts'
import type { OperatorSettings } from '../../settings.ts'
import { comesOrGoes, isRedefined } from '../change.ts'
import { hopChanged } from '../instance/hop.ts'
import { instanceInformer } from '../instance/store.ts'
import { internetGatewayInformer } from '../internet-gateway/store.ts'
import { natGatewayInformer } from '../nat-gateway/store.ts'
import { siblingKey } from '../stored.ts'
import { subnetInformer } from '../subnet/store.ts'
import { vpcPeeringInformer } from '../vpc-peering/store.ts'
import { vpcInformer } from '../vpc/store.ts'
import { announce, awaitSubnets, awaitTargets, awaitVPC, checkSpec } from './checks.ts'
import { finalizeRouteTable } from './finalize.ts'
import { observeRouteTable, type RouteTableFacts } from './observe.ts'
import { routeTableStatus } from './status.ts'
import { routeTableInformer, routeTargetKey, type TargetKind } from './store.ts'

/** RouteTable → nothing of its own: its routes stand in the router of its VPC. What is in force of them is said here. */
export const routeTableController = (_settings: OperatorSettings): Kind<RouteTable, RouteTableFacts, RouteTableStatus> => ({
  name: 'route-table',
  informer: routeTableInformer,
  finalizer: 'kumulus.dev/route-table',
  watches: [
    watch(vpcInformer, (vpc, cache, previous) => isRedefined(vpc, previous) ? tablesIn(cache, vpc, vpc.metadata.name) : []),
    watch(subnetInformer, (subnet, cache, previous) => comesOrGoes(subnet, previous) || previous?.status?.state !== subnet.status?.state
      ? cache.of(routeTableInformer).keysBy('subnet', keyOf(subnet.metadata)) : []),
    // Of two that name a subnet one has it, and of all of a VPC one is the main one.
    watch(routeTableInformer, (table, cache, previous) => isRedefined(table, previous) ? tablesIn(cache, table, table.spec.vpcRef.name) : []),
    watch(internetGatewayInformer, leadingTo('InternetGateway')),
    watch(natGatewayInformer, leadingTo('NATGateway')),
    watch(vpcPeeringInformer, leadingTo('VPCPeering')),
    watch(instanceInformer, (instance, cache, previous) => hopChanged(instance, previous) ? leadingTo('Instance')(instance, cache) : []),
  ],
  observe: observeRouteTable,
  steps: {
    announce,
    vpc: awaitVPC,
    spec: checkSpec,
    targets: awaitTargets,
    subnets: awaitSubnets,
  },
  finalize: finalizeRouteTable,
  status: routeTableStatus,
})

const tablesIn = (cache: Cache, object: KubeObject, vpcName: string): readonly string[] =>
  cache.of(routeTableInformer).keysBy('vpc', siblingKey(object, vpcName))

const leadingTo = (kind: TargetKind) => (object: KubeObject, cache: Cache): readonly string[] =>
  cache.of(routeTableInformer).keysBy('target', routeTargetKey(kind, object.metadata))
