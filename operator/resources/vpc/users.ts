import type { KubeObject } from '../../../crds/kubernetes.ts'
import type { Cache, InformerSpec } from '../../runtime/store.ts'
import { internetGatewayInformer } from '../internet-gateway/store.ts'
import { networkACLInformer } from '../network-acl/store.ts'
import { routeTableInformer } from '../route-table/store.ts'
import { securityGroupInformer } from '../security-group/store.ts'
import { subnetInformer } from '../subnet/store.ts'
import { vpcPeeringInformer } from '../vpc-peering/store.ts'
import { titleOf } from '../waiting-for.ts'

/** Kinds of which each object names its VPC, and keeps it for as long as it is there. Of peerings only those of its own account do. */
const inside = [
  internetGatewayInformer, networkACLInformer, routeTableInformer, securityGroupInformer, subnetInformer, vpcPeeringInformer,
] as unknown as readonly InformerSpec<KubeObject>[]

/** Titles of what is in a VPC. @param own - what was made with it, and goes with it. */
export const usersOf = (vpcKey: string, own: readonly (KubeObject | undefined)[], cache: Cache): string[] => {
  const ownUIDs = new Set(own.map(object => object?.metadata.uid))
  return inside.flatMap(informer => cache.of(informer).by('vpc', vpcKey)
    .filter(({ metadata }) => !ownUIDs.has(metadata.uid)).map(({ metadata }) => titleOf(informer.resource.kind, metadata.name))).sort()
}
