import { idOf, idPrefixes } from '../../../crds/ids.ts'
import { keyOf } from '../../../crds/kubernetes.ts'
import type { NetworkACL } from '../../../crds/v1alpha1/network-acl.ts'
import type { Subnet } from '../../../crds/v1alpha1/subnet.ts'
import { defaultNetworkACLName, type VPC } from '../../../crds/v1alpha1/vpc.ts'
import { cameFirst } from '../../../webhooks/verdicts/precedence.ts'
import { buildEgressPolicies, type DropPolicy } from '../../providers/kube-ovn/network-acl.ts'
import { madeFor } from '../../providers/made.ts'
import type { Cache } from '../../runtime/store.ts'
import { siblingKey } from '../stored.ts'
import { subnetInformer } from '../subnet/store.ts'
import { vpcInformer } from '../vpc/store.ts'
import { networkACLInformer } from './store.ts'

/**
 * The one list that guards a subnet. Undefined where there is none, which is as good as the default one of a VPC that nobody has changed:
 * everything passes.
 */
export const listOf = (subnet: Subnet, cache: Cache): NetworkACL | undefined => namedListOf(subnet, cache) ?? defaultOf(subnet, cache)

/** Of the lists that name a subnet the oldest has it. */
const namedListOf = (subnet: Subnet, cache: Cache): NetworkACL | undefined =>
  cache.of(networkACLInformer).by('subnet', keyOf(subnet.metadata))
    .filter(({ spec }) => spec.vpcRef.name === subnet.spec.vpcRef.name)
    .reduce<NetworkACL | undefined>((first, list) => first === undefined || cameFirst(list.metadata, first.metadata) ? list : first, undefined)

const defaultOf = (subnet: Subnet, cache: Cache): NetworkACL | undefined => {
  const vpc = cache.of(vpcInformer).get(siblingKey(subnet, subnet.spec.vpcRef.name))
  return vpc === undefined ? undefined : defaultListOf(vpc, cache)
}

/** The list that was made with a VPC. */
export const defaultListOf = (vpc: VPC, cache: Cache): NetworkACL | undefined =>
  madeFor(vpc, cache.of(networkACLInformer).get(siblingKey(vpc, defaultNetworkACLName(vpc.metadata.name))))

/** What the lists of a VPC keep from leaving its subnets: subnets that have one list share what it comes to. */
export const egressPoliciesOf = (vpc: VPC, cache: Cache): DropPolicy[] => {
  const vpcID = idOf(idPrefixes.vpc, vpc.metadata.uid)
  const guarded = new Map<NetworkACL, Subnet[]>()
  for (const subnet of cache.of(subnetInformer).by('vpc', keyOf(vpc.metadata))) {
    const list = listOf(subnet, cache)
    if (list !== undefined) guarded.set(list, [...guarded.get(list) ?? [], subnet])
  }
  return [...guarded].flatMap(([{ spec }, subnets]) =>
    buildEgressPolicies(spec.entries ?? [], subnets.map(({ metadata }) => ({ subnetID: idOf(idPrefixes.subnet, metadata.uid), vpcID }))))
    .sort((a, b) => a.match < b.match ? -1 : 1)
}
