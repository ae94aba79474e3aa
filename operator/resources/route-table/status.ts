import { idOf, idPrefixes } from '../../../crds/ids.ts'
import type { RouteTable, RouteTableStatus } from '../../../crds/v1alpha1/route-table.ts'
import { condition, conditionsOf } from '../../runtime/conditions.ts'
import type { StatusInput } from '../../runtime/kind.ts'
import { activityOf } from './checks.ts'
import type { RouteTableFacts } from './observe.ts'

type RouteStatus = NonNullable<RouteTableStatus['routes']>[number]

export const routeTableStatus = ({ object, facts, outcome, now }: StatusInput<RouteTable, RouteTableFacts>): RouteTableStatus => {
  const generation = object.metadata.generation ?? 0
  const basis = { previous: object.status?.conditions, generation, now }
  const { status, reason, message } = activityOf(facts.routes)
  return {
    observedGeneration: generation,
    conditions: [
      ...conditionsOf({ ...basis, outcome, readyReason: 'Available' }),
      condition(basis, 'RoutesActive', status, reason, message),
    ],
    routeTableID: facts.id,
    ...(facts.vpc === undefined ? {} : { vpcID: idOf(idPrefixes.vpc, facts.vpc.metadata.uid) }),
    main: facts.isMain,
    routes: routesOf(facts),
    associations: facts.associations.map(({ name, subnetID, state }) => ({ subnetName: name, subnetID, state })),
  }
}

/** EC2 shows the local routes too: one a block of the VPC, and never in doubt. A route to the same block is not one of the table. */
const routesOf = ({ vpc, routes }: RouteTableFacts): RouteStatus[] => {
  const blocks = vpc?.spec.cidrBlocks ?? []
  return [
    ...blocks.map(block => ({ destinationCIDR: block, target: 'local', state: 'active' as const, origin: 'CreateRouteTable' as const })),
    ...routes.filter(({ destination }) => !blocks.includes(destination)).map(({ destination, target, obstacle }) => ({
      destinationCIDR: destination,
      target,
      state: obstacle === undefined ? 'active' as const : 'blackhole' as const,
      origin: 'CreateRoute' as const,
      ...obstacle === undefined ? {} : { message: obstacle.message },
    })),
  ]
}
