import { containsCidr, parseCidr } from '../../crds/cidr.ts'
import { mainRouteTableName, type Route, type RouteTable } from '../../crds/v1alpha1/index.ts'
import { associationViolations } from './association.ts'
import type { DeletionVerdict, Verdict, View, Violation } from './view.ts'

/** Routes that can count, to targets of the same VPC, for subnets that have no other table. */
export const routeTableVerdict: Verdict<RouteTable> = (table, old, view) => [
  ...(table.spec.routes ?? []).flatMap((route, index) => [
    ...localRoute(table, route, `spec.routes[${index}].destinationCIDR`, old, view),
    ...foreignTarget(table, route, `spec.routes[${index}]`, view),
  ]),
  ...associationViolations(table, old, view, view.routeTablesOfSubnet, 'route table'),
]

/** The main table of a VPC, and the one that was made with it, go with the VPC and not before. */
export const routeTableDeletionVerdict: DeletionVerdict<RouteTable> = ({ metadata, spec }, view) => {
  const vpc = view.getVPC(metadata.namespace ?? '', spec.vpcRef.name)
  if (vpc === undefined || vpc.metadata.deletionTimestamp !== undefined) return []
  const isMain = metadata.name === (vpc.spec.mainRouteTableRef?.name ?? mainRouteTableName(vpc.metadata.name))
  return !isMain ? [] : [{
    field: 'metadata.name',
    message: `${metadata.name} is the main route table of the VPC ${spec.vpcRef.name} and can't be deleted: ` +
      'name another in the VPC\'s mainRouteTableRef first, or delete the VPC',
    reason: 'FieldValueForbidden',
  }]
}

const localRoute = ({ metadata, spec }: RouteTable, { destinationCIDR }: Route, field: string, old: RouteTable | undefined, view: View) => {
  if (old?.spec.routes?.some(route => route.destinationCIDR === destinationCIDR) === true) return []
  const vpc = view.getVPC(metadata.namespace ?? '', spec.vpcRef.name)
  const block = parseCidr(destinationCIDR)
  const local = vpc?.spec.cidrBlocks.find(each => block !== undefined && isInside(block, each))
  return local === undefined ? [] : [{
    field, message: `${destinationCIDR} is inside the VPC ${spec.vpcRef.name} (${local}), where traffic always goes straight to its destination: remove the route`,
  }]
}

const isInside = (block: NonNullable<ReturnType<typeof parseCidr>>, outer: string): boolean => {
  const parsed = parseCidr(outer)
  return parsed !== undefined && containsCidr(parsed, block)
}

const foreignTarget = ({ metadata, spec }: RouteTable, route: Route, field: string, view: View): Violation[] => {
  const found = targetOf(route, metadata.namespace ?? '', view)
  return found?.vpcName === undefined || found.vpcName === spec.vpcRef.name ? [] : [{
    field: `${field}.${found.field}`,
    message: `${found.name} is of the VPC ${found.vpcName}, this route table of ${spec.vpcRef.name}: name a target of the same VPC`,
  }]
}

/** What a route leads to, and the VPC that it is of where it exists. */
const targetOf = (route: Route, namespace: string, view: View): { field: string; name: string; vpcName: string | undefined } | undefined => {
  const { internetGatewayRef, natGatewayRef, vpcPeeringRef, instanceRef } = route
  const vpcOf = (subnetRef: { name: string } | undefined) =>
    subnetRef === undefined ? undefined : view.getSubnet(namespace, subnetRef.name)?.spec.vpcRef.name
  const found = (field: string, { name }: { name: string }, vpcName: string | undefined) => ({ field, name, vpcName })
  if (internetGatewayRef !== undefined) {
    return found('internetGatewayRef', internetGatewayRef, view.getInternetGateway(namespace, internetGatewayRef.name)?.spec.vpcRef.name)
  }
  if (natGatewayRef !== undefined) {
    return found('natGatewayRef', natGatewayRef, vpcOf(view.getNATGateway(namespace, natGatewayRef.name)?.spec.subnetRef))
  }
  if (vpcPeeringRef !== undefined) {
    return found('vpcPeeringRef', vpcPeeringRef, view.getVPCPeering(namespace, vpcPeeringRef.name)?.spec.vpcRef.name)
  }
  if (instanceRef !== undefined) return found('instanceRef', instanceRef, vpcOf(view.getInstance(namespace, instanceRef.name)?.spec.subnetRef))
  return undefined
}
