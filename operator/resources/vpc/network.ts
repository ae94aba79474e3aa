import type { KubeObject } from '../../../crds/kubernetes.ts'
import type { VPC } from '../../../crds/v1alpha1/vpc.ts'
import { subnetResource } from '../../providers/kube-ovn/resources.ts'
import type { Router } from '../../providers/kube-ovn/routes.ts'
import { buildIsolationGroup } from '../../providers/kube-ovn/security-group.ts'
import { buildVpc, isVpcReady } from '../../providers/kube-ovn/vpc.ts'
import { buildIsolation } from '../../providers/network-policy/isolation.ts'
import type { StepContext } from '../../runtime/kind.ts'
import { type Outcome, ready, waiting } from '../../runtime/outcome.ts'
import { notFound } from '../waiting-for.ts'
import { buildDefaultNetworkACL } from './default-network-acl.ts'
import { buildDefaultSecurityGroup } from './default-security-group.ts'
import { buildMainRouteTable } from './main-route-table.ts'
import type { VPCFacts } from './observe.ts'

type Context = StepContext<VPC, VPCFacts>

/** Nothing in the VPC is reachable until a SecurityGroup says so. */
export const ensureIsolation = async ({ object, facts, apply }: Context): Promise<Outcome> => {
  const hasResolver = facts.resolver.plan !== undefined
  await apply(facts.driver === 'kubeOVN' ? buildIsolationGroup(facts.id, hasResolver)
    : buildIsolation({ vpcID: facts.id, namespace: namespaceOf(object), hasResolver }))
  return facts.driver === 'networkPolicy' || facts.isIsolated ? ready
    : waiting('Progressing', `waiting for Kube-OVN to make the port group that closes ${facts.id}`)
}

/**
 * Made once and then the tenant's: EC2 lets the rules of the default group be changed, so applying it again would take them back. Only its
 * absence is mended.
 */
export const ensureDefaultSecurityGroup = async ({ object, facts, apply }: Context): Promise<Outcome> => {
  if (facts.defaultGroup === undefined) await apply(buildDefaultSecurityGroup(object), { owned: true })
  return ready
}

/** Made once like the default group: its routes are the tenant's. Where another is the main one it may be deleted, and stays so. */
export const ensureMainRouteTable = async ({ object, facts, apply }: Context): Promise<Outcome> => {
  const isWanted = object.spec.mainRouteTableRef === undefined || object.status?.state !== 'available'
  if (facts.ownTable === undefined && isWanted) await apply(buildMainRouteTable(object), { owned: true })
  return ready
}

/** Made once like the default group: its entries are the tenant's. Missing, everything passes, as with it. */
export const ensureDefaultNetworkACL = async ({ object, facts, apply }: Context): Promise<Outcome> => {
  if (facts.defaultList === undefined) await apply(buildDefaultNetworkACL(object), { owned: true })
  return ready
}

export const ensureRouter = async ({ facts, apply, read }: Context): Promise<Outcome> => {
  const { publicNetwork, ...plan } = facts.plan
  await apply(buildVpc({ ...plan, external: publicNetwork === undefined ? [] : await externalOf(publicNetwork, read) }))
  return isVpcReady(facts.router) ? ready : waiting('Progressing', `waiting for Kube-OVN to make the router of ${facts.id}`)
}

/** Until the one that is asked for is there, subnets that none names follow no table, and nothing leaves them. */
export const checkMainRouteTable = ({ object, facts: { mainTable } }: Context): Outcome => mainTable !== undefined ? ready
  : notFound('RouteTable', object.spec.mainRouteTableRef?.name ?? '', namespaceOf(object))

/** Said once: the steps before it are done and the status doesn't know yet. */
export const announce = ({ object, facts, event }: Context): Outcome => {
  if (object.status?.state !== 'available') event('Normal', 'Available', `${facts.id} is available`)
  return ready
}

/** Looked at live: it is the platform's own, and no informer of ours keeps what isn't. Missing, the router is connected to nothing. */
const externalOf = async (subnet: string, read: Context['read']): Promise<Router['external']> => {
  const found = await read(subnetResource, { name: subnet }) as (KubeObject & { spec?: { gateway?: string } }) | undefined
  const gateway = found?.spec?.gateway?.split(',')[0]
  return gateway === undefined || gateway === '' ? [] : [{ subnet, gateway }]
}

const namespaceOf = (vpc: VPC): string => vpc.metadata.namespace ?? ''
