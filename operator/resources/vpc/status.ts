import type { Condition } from '../../../crds/kubernetes.ts'
import type { VPC, VPCStatus } from '../../../crds/v1alpha1/vpc.ts'
import { leavesResolver, resolverAddresses, resolverBlock } from '../../providers/kube-ovn/resolver-network.ts'
import { subnetStateOf } from '../../providers/kube-ovn/subnet.ts'
import { isVpcReady } from '../../providers/kube-ovn/vpc.ts'
import { condition, conditionsOf } from '../../runtime/conditions.ts'
import type { StatusInput } from '../../runtime/kind.ts'
import type { VPCFacts } from './observe.ts'
import { domainOf, type ResolverFacts } from './resolver.ts'

/** `available` says that subnets and instances may come: from then on it stays so, whatever the outcome of a later pass. */
export const vpcStatus = (input: StatusInput<VPC, VPCFacts>): VPCStatus => {
  const { object, facts, outcome, now } = input
  const generation = object.metadata.generation ?? 0
  return {
    observedGeneration: generation,
    conditions: [
      ...conditionsOf({ previous: object.status?.conditions, generation, outcome, now, readyReason: 'Available' }), ...namesOf(input),
    ],
    vpcID: facts.id,
    state: isAvailable(object, facts) ? 'available' : 'pending',
    ...(facts.defaultGroup === undefined ? {} : { defaultSecurityGroup: facts.defaultGroup.metadata.name }),
    ...(facts.defaultList === undefined ? {} : { defaultNetworkACL: facts.defaultList.metadata.name }),
    ...(facts.mainTable === undefined ? {} : { mainRouteTable: facts.mainTable.metadata.name }),
  }
}

/** What is asked for of DNS is said for itself: a VPC is of use without. */
const namesOf = ({ object: { metadata, spec, status }, facts: { resolver }, now }: StatusInput<VPC, VPCFacts>): Condition[] => {
  const aspect = { previous: status?.conditions, generation: metadata.generation ?? 0, now }
  const { holds, reason, message } = serversOf(spec, domainOf({ metadata }), resolver)
  return [
    ...spec.enableDNSSupport ? [condition(aspect, 'DNSAvailable', holds ? 'True' : 'False', reason, message)] : [],
    ...spec.enableDNSHostnames ? [condition(aspect, 'DNSHostnamesAvailable', 'False', 'NotSupportedYet',
      'spec.enableDNSHostnames: public addresses get no names yet: use addresses')] : [],
  ]
}

const serversOf = (spec: VPC['spec'], domain: string, { isOffered, plan, network, servers }: ResolverFacts) => {
  if (!isOffered) {
    return { holds: false, reason: 'NotInstalled', message: 'spec.enableDNSSupport: this platform has no DNS servers for VPCs (its installation, dns.enabled): use addresses' }
  }
  if (plan === undefined) {
    const taken = spec.cidrBlocks.find(block => !leavesResolver([block])) ?? ''
    return { holds: false, reason: 'InvalidSpec', message: `spec.cidrBlocks: ${taken} has ${resolverBlock} in it, where DNS servers are: use another block, or set enableDNSSupport to false` }
  }
  if (subnetStateOf(network).kind !== 'ready' || (servers?.status?.availableReplicas ?? 0) === 0) {
    return { holds: false, reason: 'Progressing', message: `waiting for a DNS server of ${domain} to start` }
  }
  return { holds: true, reason: 'Available', message: `${resolverAddresses.join(' and ')} answer for ${domain}` }
}

const isAvailable = ({ spec }: VPC, { router, isIsolated, defaultGroup, ownTable }: VPCFacts): boolean =>
  isIsolated && defaultGroup !== undefined && (ownTable !== undefined || spec.mainRouteTableRef !== undefined) && isVpcReady(router)
