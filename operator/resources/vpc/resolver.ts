import { keyOf } from '../../../crds/kubernetes.ts'
import { idOf, idPrefixes } from '../../../crds/ids.ts'
import type { VPC } from '../../../crds/v1alpha1/vpc.ts'
import { kubeOVNSubnetInformer } from '../../providers/kube-ovn/informers.ts'
import { buildResolverSubnet, leavesResolver, resolverAddresses } from '../../providers/kube-ovn/resolver-network.ts'
import { subnetResource, type Subnet } from '../../providers/kube-ovn/resources.ts'
import { subnetStateOf } from '../../providers/kube-ovn/subnet.ts'
import { isVpcReady } from '../../providers/kube-ovn/vpc.ts'
import { madeFor } from '../../providers/made.ts'
import { buildResolver } from '../../providers/resolver/deployment.ts'
import { resolverInformer } from '../../providers/resolver/informer.ts'
import { type Deployment, deploymentResource } from '../../providers/resolver/resources.ts'
import type { StepContext } from '../../runtime/kind.ts'
import { type Outcome, ready } from '../../runtime/outcome.ts'
import type { Cache } from '../../runtime/store.ts'
import type { OperatorSettings } from '../../settings.ts'
import type { VPCFacts } from './observe.ts'

export type ResolverSettings = Partial<Pick<OperatorSettings, 'operatorNamespace' | 'resolver'>>

/** The DNS servers of a VPC. */
export type ResolverFacts = {
  /** Of the Deployment and of the switch that it is on. */
  name: string
  /** What they are made of; undefined where the VPC is to have none. */
  plan: { namespace: string; program: NonNullable<OperatorSettings['resolver']> } | undefined
  /** Whether the platform has any. */
  isOffered: boolean
  network: Subnet | undefined
  servers: Deployment | undefined
}

/** Whether a VPC is to have DNS servers: it asks for them, the platform has them, and their addresses are not its own. */
export const isServed = ({ spec }: VPC, { resolver }: ResolverSettings): boolean =>
  resolver !== undefined && spec.enableDNSSupport && leavesResolver(spec.cidrBlocks)

/** What machines of a VPC are told of DNS; undefined where the VPC has no server. */
export const nameServersOf = (vpc: VPC | undefined, settings: ResolverSettings): { nameservers: string[]; searches: string[] } | undefined =>
  vpc !== undefined && isServed(vpc, settings) ? { nameservers: [...resolverAddresses], searches: [domainOf(vpc)] } : undefined

/** The domain of a VPC's names. */
export const domainOf = ({ metadata }: Pick<VPC, 'metadata'>): string => `${metadata.name}.internal`

/** Name of what is made for the DNS servers of the VPC with this UID. */
export const resolverName = (uid: string): string => idOf(idPrefixes.vpc, uid).replace(/^vpc-/, 'dns-')

export const observeResolver = (vpc: VPC, settings: ResolverSettings, cache: Cache): ResolverFacts => {
  const { operatorNamespace: namespace, resolver } = settings
  const name = resolverName(vpc.metadata.uid)
  return {
    name,
    plan: namespace === undefined || resolver === undefined || !isServed(vpc, settings) ? undefined : { namespace, program: resolver },
    isOffered: resolver !== undefined,
    network: madeFor(vpc, cache.of(kubeOVNSubnetInformer).get(name)),
    servers: namespace === undefined ? undefined : madeFor(vpc, cache.of(resolverInformer(namespace)).get(keyOf({ namespace, name }))),
  }
}

/**
 * The switch, what is put on it once that is there, and neither where there is to be none: the servers first, which have addresses on the switch. A
 * VPC is of use without names, so that nothing waits for them; the router and the isolation are closed around them before.
 */
export const ensureResolver = async ({ object, facts, apply, remove }: StepContext<VPC, VPCFacts>): Promise<Outcome> => {
  const { name, plan, network, servers } = facts.resolver
  if (plan === undefined) {
    if (servers !== undefined) await remove(deploymentResource, servers)
    else if (network !== undefined) await remove(subnetResource, network)
    return ready
  }
  if (!isVpcReady(facts.router)) return ready
  const { namespace, program } = plan
  await apply(buildResolverSubnet({ name, namespace, vpcID: facts.id }))
  if (subnetStateOf(network).kind !== 'ready') return ready
  await apply(buildResolver({ name, namespace, domain: domainOf(object), blocks: object.spec.cidrBlocks, program }))
  return ready
}
