import { idOf, idPrefixes } from '../../../crds/ids.ts'
import type { RouteTable } from '../../../crds/v1alpha1/route-table.ts'
import type { Subnet } from '../../../crds/v1alpha1/subnet.ts'
import type { VPC } from '../../../crds/v1alpha1/vpc.ts'
import type { Cache } from '../../runtime/store.ts'
import { siblingKey } from '../stored.ts'
import { subnetInformer } from '../subnet/store.ts'
import { vpcInformer } from '../vpc/store.ts'
import { mainTableOf, tableOf } from './association.ts'
import { type ResolvedRoute, resolveRoutes, routeTableID } from './routes.ts'

/** A subnet that the table names. */
export type Association = {
  name: string
  /** Empty while there is no such subnet. */
  subnetID: string
  state: 'associating' | 'associated' | 'failed'
  /** Why it failed, in words with the way out. */
  message?: string
}

export type RouteTableFacts = {
  id: string
  vpc: VPC | undefined
  /** It is the table of the subnets that none names. */
  isMain: boolean
  routes: readonly ResolvedRoute[]
  associations: readonly Association[]
}

export const observeRouteTable = (table: RouteTable, cache: Cache): RouteTableFacts => {
  const vpc = cache.of(vpcInformer).get(siblingKey(table, table.spec.vpcRef.name))
  return {
    id: routeTableID(table),
    vpc,
    isMain: vpc !== undefined && mainTableOf(vpc, cache)?.metadata.uid === table.metadata.uid,
    routes: resolveRoutes(table, cache),
    associations: (table.spec.subnetRefs ?? []).map(({ name }) => associationOf(table, name, cache)),
  }
}

const associationOf = (table: RouteTable, name: string, cache: Cache): Association => {
  const subnet = cache.of(subnetInformer).get(siblingKey(table, name))
  if (subnet === undefined) return { name, subnetID: '', state: 'associating' }
  const subnetID = idOf(idPrefixes.subnet, subnet.metadata.uid)
  const message = refusalOf(table, subnet, cache)
  return message === undefined
    ? { name, subnetID, state: subnet.status?.state === 'available' ? 'associated' : 'associating' }
    : { name, subnetID, state: 'failed', message }
}

const refusalOf = (table: RouteTable, subnet: Subnet, cache: Cache): string | undefined => {
  if (subnet.spec.vpcRef.name !== table.spec.vpcRef.name) return `subnet "${subnet.metadata.name}" is of another VPC: remove it from subnetRefs`
  const follows = tableOf(subnet, cache)
  return follows?.metadata.uid === table.metadata.uid ? undefined
    : `subnet "${subnet.metadata.name}" follows the table "${follows?.metadata.name}": remove it from the subnetRefs of one of the two`
}
