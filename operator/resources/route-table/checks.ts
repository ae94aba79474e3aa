import type { RouteTable } from '../../../crds/v1alpha1/route-table.ts'
import type { StepContext } from '../../runtime/kind.ts'
import { blocked, type Outcome, ready, waiting } from '../../runtime/outcome.ts'
import { namesOf, notFound } from '../waiting-for.ts'
import type { RouteTableFacts } from './observe.ts'
import { routeTitle } from './routes.ts'

type Context = StepContext<RouteTable, RouteTableFacts>

/** A table makes nothing itself: its VPC's controller builds the one router of all that there is, this one only says what is in force of it. */
export const awaitVPC = ({ object, facts: { vpc } }: Context): Outcome =>
  vpc === undefined ? notFound('VPC', object.spec.vpcRef.name, object.metadata.namespace) : ready

/** What can't be in force whatever may yet come. The rest of the table is in force all the same. */
export const checkSpec = ({ facts: { routes, associations } }: Context): Outcome => {
  const wrong = [
    ...routes.flatMap(({ obstacle }) => obstacle?.kind === 'unfit' ? [`spec.routes: ${obstacle.message}`] : []),
    ...associations.flatMap(({ message }) => message === undefined ? [] : [`spec.subnetRefs: ${message}`]),
  ]
  return wrong.length === 0 ? ready : blocked('InvalidSpec', namesOf(wrong))
}

export const awaitTargets = ({ facts: { routes } }: Context): Outcome => {
  const [late] = routes.filter(({ obstacle }) => obstacle !== undefined)
  return late?.obstacle === undefined ? ready
    : waiting(late.obstacle.kind === 'missing' ? 'DependencyNotFound' : 'DependencyNotReady', `route ${routeTitle(late)} leads nowhere: ${late.obstacle.message}`)
}

export const awaitSubnets = ({ object, facts: { associations } }: Context): Outcome => {
  const missing = associations.find(({ subnetID }) => subnetID === '')
  return missing === undefined ? ready : notFound('Subnet', missing.name, object.metadata.namespace)
}

/** Said when it changes: traffic that is dropped must not go unseen. Runs first, since the others end the pass. */
export const announce = ({ object, facts: { routes }, event }: Context): Outcome => {
  const { status, message } = activityOf(routes)
  const before = object.status?.conditions?.find(condition => condition.type === 'RoutesActive')
  if (before !== undefined && (before.status !== status || (status === 'False' && before.message !== message))) {
    event(status === 'True' ? 'Normal' : 'Warning', status === 'True' ? 'RoutesActive' : 'Blackhole', status === 'True' ? 'every route leads somewhere' : message)
  }
  return ready
}

/** The condition `RoutesActive`: whether every route leads somewhere, and which do not. */
export const activityOf = (routes: RouteTableFacts['routes']): { status: 'True' | 'False'; reason: string; message: string } => {
  const dark = routes.filter(({ obstacle }) => obstacle !== undefined)
  return dark.length === 0 ? { status: 'True', reason: 'RoutesActive', message: '' }
    : { status: 'False', reason: 'Blackhole', message: `what is sent there is dropped: ${namesOf(dark.map(routeTitle))}` }
}
