import type { RouteTable } from '../../../crds/v1alpha1/route-table.ts'
import type { Subnet } from '../../../crds/v1alpha1/subnet.ts'
import { mainRouteTableName, type VPC } from '../../../crds/v1alpha1/vpc.ts'
import { cameFirst } from '../../../webhooks/verdicts/precedence.ts'
import { madeFor } from '../../providers/made.ts'
import type { Cache } from '../../runtime/store.ts'
import { siblingKey } from '../stored.ts'
import { vpcInformer } from '../vpc/store.ts'
import { routeTableInformer } from './store.ts'

/** The one table that a subnet follows. Undefined where there is none: then nothing leaves it but to addresses of its VPC. */
export const tableOf = (subnet: Subnet, cache: Cache): RouteTable | undefined => namedTableOf(subnet, cache) ?? mainOf(subnet, cache)

/** Of the tables that name a subnet the oldest has it. */
const namedTableOf = (subnet: Subnet, cache: Cache): RouteTable | undefined =>
  cache.of(routeTableInformer).by('subnet', siblingKey(subnet, subnet.metadata.name))
    .filter(({ spec }) => spec.vpcRef.name === subnet.spec.vpcRef.name)
    .reduce<RouteTable | undefined>((first, table) => first === undefined || cameFirst(table.metadata, first.metadata) ? table : first, undefined)

const mainOf = (subnet: Subnet, cache: Cache): RouteTable | undefined => {
  const vpc = cache.of(vpcInformer).get(siblingKey(subnet, subnet.spec.vpcRef.name))
  return vpc === undefined ? undefined : mainTableOf(vpc, cache)
}

/** The table of the subnets that no table names: the one that the VPC says, else the one that was made with it. */
export const mainTableOf = (vpc: VPC, cache: Cache): RouteTable | undefined => {
  const name = vpc.spec.mainRouteTableRef?.name
  if (name === undefined) return ownTableOf(vpc, cache)
  const table = cache.of(routeTableInformer).get(siblingKey(vpc, name))
  return table?.spec.vpcRef.name === vpc.metadata.name ? table : undefined
}

/** The table that was made with a VPC, whether or not it is its main one. */
export const ownTableOf = (vpc: VPC, cache: Cache): RouteTable | undefined =>
  madeFor(vpc, cache.of(routeTableInformer).get(siblingKey(vpc, mainRouteTableName(vpc.metadata.name))))
