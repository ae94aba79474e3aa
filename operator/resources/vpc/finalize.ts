import { networkACL } from '../../../crds/v1alpha1/network-acl.ts'
import { routeTable } from '../../../crds/v1alpha1/route-table.ts'
import { securityGroup } from '../../../crds/v1alpha1/security-group.ts'
import type { VPC } from '../../../crds/v1alpha1/vpc.ts'
import { securityGroupResource, subnetResource, vpcResource } from '../../providers/kube-ovn/resources.ts'
import { networkPolicyResource } from '../../providers/network-policy/resources.ts'
import { deploymentResource } from '../../providers/resolver/resources.ts'
import type { Step } from '../../runtime/kind.ts'
import { ready } from '../../runtime/outcome.ts'
import { ensureGone } from '../ensure-gone.ts'
import { inUse } from '../waiting-for.ts'
import { ensureRouter } from './network.ts'
import type { VPCFacts } from './observe.ts'

/**
 * Users first, the isolation last: it must outlive everything that it guards. What names the VPC counts as a user even while
 * it waits for something: it could be in it before a look at it is over.
 */
export const finalizeVPC: Readonly<Record<string, Step<VPC, VPCFacts>>> = {
  users: async (context) => {
    const { users, router } = context.facts
    if (users.length === 0) return ready
    // A deletion can wait for long, and what it waits for may be this very router: to let go of a peer, a gateway or a route.
    if (router !== undefined) await ensureRouter(context)
    return inUse(users)
  },
  defaultSecurityGroup: ({ facts, remove }) => ensureGone(remove, securityGroup, facts.defaultGroup),
  defaultNetworkACL: ({ facts, remove }) => ensureGone(remove, networkACL, facts.defaultList),
  mainRouteTable: ({ facts, remove }) => ensureGone(remove, routeTable, facts.ownTable),
  resolver: ({ facts, remove }) => ensureGone(remove, deploymentResource, facts.resolver.servers),
  resolverNetwork: ({ facts, remove }) => ensureGone(remove, subnetResource, facts.resolver.network),
  router: ({ facts, remove }) => ensureGone(remove, vpcResource, facts.router),
  isolation: ({ facts, remove }) => ensureGone(remove, facts.driver === 'kubeOVN' ? securityGroupResource : networkPolicyResource, facts.isolation),
}
