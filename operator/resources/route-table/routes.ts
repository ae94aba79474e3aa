import { containsCidr, parseCidr } from '../../../crds/cidr.ts'
import { idOf, idPrefixes } from '../../../crds/ids.ts'
import type { Route, RouteTable } from '../../../crds/v1alpha1/route-table.ts'
import type { VPC } from '../../../crds/v1alpha1/vpc.ts'
import type { NextHop } from '../../providers/kube-ovn/routes.ts'
import type { Cache } from '../../runtime/store.ts'
import { siblingKey } from '../stored.ts'
import { vpcInformer } from '../vpc/store.ts'
import { resolveTarget } from './targets.ts'
import { targetOf } from './store.ts'

/** Why a route leads nowhere, in words with the way out. `missing` is for what may yet come. */
export type Obstacle = { kind: 'missing' | 'notReady' | 'unfit'; message: string }

/** A route and where it leads; with an obstacle, to nowhere. */
export type ResolvedRoute = {
  destination: string
  route: Route
  /** ID of the target; empty while it does not exist. */
  target: string
  nextHop: NextHop
  obstacle?: Obstacle
}

/** Every route of a table, each with where it leads now. */
export const resolveRoutes = (table: RouteTable, cache: Cache): ResolvedRoute[] => {
  const vpc = cache.of(vpcInformer).get(siblingKey(table, table.spec.vpcRef.name))
  return (table.spec.routes ?? []).map(route => ({ destination: route.destinationCIDR, route, ...resolve(table, route, vpc, cache) }))
}

const resolve = (table: RouteTable, route: Route, vpc: VPC | undefined, cache: Cache): Pick<ResolvedRoute, 'target' | 'nextHop' | 'obstacle'> => {
  const { kind, name } = targetOf(route)
  const found = resolveTarget(table, kind, name, cache)
  if (vpc !== undefined && isLocal(vpc, route.destinationCIDR)) {
    return { target: found.target, nextHop: blackhole, obstacle: {
      kind: 'unfit',
      message: `${route.destinationCIDR} is inside VPC "${vpc.metadata.name}" (${vpc.spec.cidrBlocks.join(', ')}), where traffic always stays inside: remove the route`,
    } }
  }
  return 'nextHop' in found ? found : { ...found, nextHop: blackhole }
}

const blackhole: NextHop = { kind: 'blackhole' }

const isLocal = (vpc: VPC, destination: string): boolean => {
  const inner = parseCidr(destination)
  return inner !== undefined && vpc.spec.cidrBlocks.map(parseCidr).some(outer => outer !== undefined && containsCidr(outer, inner))
}

/** A route as its writer would know it again: `0.0.0.0/0 to InternetGateway "main"`. */
export const routeTitle = ({ route }: ResolvedRoute): string => {
  const { kind, name } = targetOf(route)
  return `${route.destinationCIDR} to ${kind} "${name}"`
}

export const routeTableID = (table: RouteTable): string => idOf(idPrefixes.routeTable, table.metadata.uid)
