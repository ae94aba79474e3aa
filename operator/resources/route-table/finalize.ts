import type { RouteTable } from '../../../crds/v1alpha1/route-table.ts'
import type { Step } from '../../runtime/kind.ts'
import { ready, waiting } from '../../runtime/outcome.ts'
import { inUse, titleOf } from '../waiting-for.ts'
import type { RouteTableFacts } from './observe.ts'

/** The main table of a VPC goes with it; any other once it names no subnet. While it waits its routes stay in force. */
export const finalizeRouteTable: Readonly<Record<string, Step<RouteTable, RouteTableFacts>>> = {
  vpc: ({ facts: { vpc, isMain } }) => vpc === undefined || vpc.metadata.deletionTimestamp !== undefined || !isMain ? ready
    : waiting('DependencyViolation', `is the main table of ${titleOf('VPC', vpc.metadata.name)}: name another in its mainRouteTableRef, or delete the VPC`),
  subnets: ({ facts: { associations } }) => {
    const users = associations.filter(({ state, subnetID }) => subnetID !== '' && state !== 'failed').map(({ name }) => titleOf('Subnet', name))
    return users.length === 0 ? ready : inUse(users)
  },
}
