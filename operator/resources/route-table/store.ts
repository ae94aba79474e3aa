import { keyOf } from '../../../crds/kubernetes.ts'
import { routeTable, type Route, type RouteTable } from '../../../crds/v1alpha1/route-table.ts'
import type { InformerSpec } from '../../runtime/store.ts'
import { byUID, siblingKey, storedWithOwner } from '../stored.ts'

export const routeTableInformer: InformerSpec<RouteTable> = {
  resource: routeTable,
  trim: storedWithOwner,
  indexes: {
    uid: byUID,
    /** `namespace/name` of the VPC. */
    vpc: table => [siblingKey(table, table.spec.vpcRef.name)],
    /** `namespace/name` of the subnets that it names. */
    subnet: table => (table.spec.subnetRefs ?? []).map(({ name }) => siblingKey(table, name)),
    /** `routeTargetKey` of what its routes lead to. */
    target: table => [...new Set((table.spec.routes ?? []).map(route => targetKey(table, route)))],
  },
}

export type TargetKind = 'InternetGateway' | 'NATGateway' | 'VPCPeering' | 'Instance'

/** What a route leads to, by kind and name. Exactly one of the four is there; the schema says so. */
export const targetOf = ({ internetGatewayRef, natGatewayRef, vpcPeeringRef, instanceRef }: Route): { kind: TargetKind; name: string } =>
  internetGatewayRef !== undefined ? { kind: 'InternetGateway', name: internetGatewayRef.name }
    : natGatewayRef !== undefined ? { kind: 'NATGateway', name: natGatewayRef.name }
      : vpcPeeringRef !== undefined ? { kind: 'VPCPeering', name: vpcPeeringRef.name }
        : { kind: 'Instance', name: instanceRef?.name ?? '' }

/** The text by which the tables that lead to an object are found. */
export const routeTargetKey = (kind: TargetKind, metadata: { namespace?: string; name: string }): string => `${kind} ${keyOf(metadata)}`

const targetKey = (table: RouteTable, route: Route): string => {
  const { kind, name } = targetOf(route)
  return routeTargetKey(kind, { ...table.metadata, name })
}
