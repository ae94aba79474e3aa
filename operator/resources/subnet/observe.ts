import { type Cidr, parseCidr, usableCount } from '../../../crds/cidr.ts'
import { idOf, idPrefixes } from '../../../crds/ids.ts'
import { keyOf } from '../../../crds/kubernetes.ts'
import type { NetworkACL, NetworkACLEntry } from '../../../crds/v1alpha1/network-acl.ts'
import type { Subnet } from '../../../crds/v1alpha1/subnet.ts'
import type { VPC } from '../../../crds/v1alpha1/vpc.ts'
import { subnetVerdict } from '../../../webhooks/verdicts/subnet.ts'
import { kubeOVNSubnetInformer, networkAttachmentInformer } from '../../providers/kube-ovn/informers.ts'
import type { NetworkAttachment, Subnet as KubeOVNSubnet } from '../../providers/kube-ovn/resources.ts'
import { madeFor } from '../../providers/made.ts'
import { splitKey } from '../../runtime/key.ts'
import type { Cache } from '../../runtime/store.ts'
import { instanceInformer } from '../instance/store.ts'
import { listOf } from '../network-acl/association.ts'
import { networkInterfaceInformer } from '../network-interface/store.ts'
import { tableOf } from '../route-table/association.ts'
import { routeTableID } from '../route-table/routes.ts'
import { siblingKey } from '../stored.ts'
import { violationText, viewOf } from '../view.ts'
import { isServed, type ResolverSettings } from '../vpc/resolver.ts'
import { vpcInformer } from '../vpc/store.ts'
import { titleOf } from '../waiting-for.ts'
import { countTaken } from './claims.ts'

export type SubnetFacts = {
  id: string
  /** Undefined where the spec's block is none; the verdict says so. */
  cidr: Cidr | undefined
  vpc: VPC | undefined
  /** What is wrong with the spec beside other objects, in words with the way out. */
  violations: readonly string[]
  /** Kube-OVN's switch, if it is ours. */
  network: KubeOVNSubnet | undefined
  attachment: NetworkAttachment | undefined
  /** What its network ACL lets in and out. */
  entries: readonly NetworkACLEntry[] | undefined
  /** Whether the VPC is to have DNS servers. */
  hasResolver: boolean
  /** ID of the RouteTable that it follows. */
  routeTable: string | undefined
  availableIPAddressCount: number
  /** Who keeps the subnet from being deleted, by title. Asked for at its deletion only: a look at all. */
  users: () => readonly string[]
}

export const observeSubnet = (subnet: Subnet, cache: Cache, settings: ResolverSettings = {}): SubnetFacts => {
  const id = idOf(idPrefixes.subnet, subnet.metadata.uid)
  const cidr = parseCidr(subnet.spec.cidrBlock)
  const table = tableOf(subnet, cache)
  const vpc = cache.of(vpcInformer).get(siblingKey(subnet, subnet.spec.vpcRef.name))
  return {
    id,
    cidr,
    vpc,
    violations: subnetVerdict(subnet, undefined, viewOf(cache)).map(violationText),
    network: madeFor(subnet, cache.of(kubeOVNSubnetInformer).get(id)),
    attachment: madeFor(subnet, cache.of(networkAttachmentInformer).get(keyOf(subnet.metadata))),
    entries: entriesOf(listOf(subnet, cache)),
    hasResolver: vpc !== undefined && isServed(vpc, settings),
    routeTable: table === undefined ? undefined : routeTableID(table),
    availableIPAddressCount: cidr === undefined ? 0 : Math.max(0, usableCount(cidr) - countTaken(subnet, cidr, cache)),
    users: () => [
      ...cache.of(instanceInformer).keysBy('subnet', keyOf(subnet.metadata)).map(key => titleOf('Instance', splitKey(key).name)),
      ...cache.of(networkInterfaceInformer).keysBy('subnet', keyOf(subnet.metadata)).map(key => titleOf('NetworkInterface', splitKey(key).name)),
    ].sort(),
  }
}

/** A list without entries closes a subnet; none at all leaves it open. */
const entriesOf = (list: NetworkACL | undefined): readonly NetworkACLEntry[] | undefined => list === undefined ? undefined : list.spec.entries ?? []
