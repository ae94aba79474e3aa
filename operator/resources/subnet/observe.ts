import { type Cidr, containsAddress, parseCidr, usableCount } from '../../../crds/cidr.ts'
import { idOf, idPrefixes } from '../../../crds/ids.ts'
import { keyOf } from '../../../crds/kubernetes.ts'
import type { Subnet } from '../../../crds/v1alpha1/subnet.ts'
import type { VPC } from '../../../crds/v1alpha1/vpc.ts'
import { subnetVerdict } from '../../../webhooks/verdicts/subnet.ts'
import { kubeOVNSubnetInformer, networkAttachmentInformer } from '../../providers/kube-ovn/informers.ts'
import type { NetworkAttachment, Subnet as KubeOVNSubnet } from '../../providers/kube-ovn/resources.ts'
import { madeFor } from '../../providers/made.ts'
import type { Cache } from '../../runtime/store.ts'
import { instanceInformer } from '../instance/store.ts'
import { siblingKey } from '../stored.ts'
import { violationText, viewOf } from '../view.ts'
import { vpcInformer } from '../vpc/store.ts'
import { titleOf } from '../waiting-for.ts'
import { claimsOn } from './claims.ts'
import { holdersOf } from './ledger.ts'

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
  availableIPAddressCount: number
  /** Who keeps the subnet from being deleted, by title. */
  users: readonly string[]
}

export const observeSubnet = (subnet: Subnet, cache: Cache): SubnetFacts => {
  const id = idOf(idPrefixes.subnet, subnet.metadata.uid)
  const cidr = parseCidr(subnet.spec.cidrBlock)
  const instances = cache.of(instanceInformer).by('subnet', keyOf(subnet.metadata))
  return {
    id,
    cidr,
    vpc: cache.of(vpcInformer).get(siblingKey(subnet, subnet.spec.vpcRef.name)),
    violations: subnetVerdict(subnet, undefined, viewOf(cache)).map(violationText),
    network: madeFor(subnet, cache.of(kubeOVNSubnetInformer).get(id)),
    attachment: madeFor(subnet, cache.of(networkAttachmentInformer).get(keyOf(subnet.metadata))),
    availableIPAddressCount: cidr === undefined ? 0 : freeAddresses(cidr, [...holdersOf(claimsOn(subnet, cache)).keys()]),
    users: instances.map(instance => titleOf('Instance', instance.metadata.name)).sort(),
  }
}

const freeAddresses = (cidr: Cidr, taken: readonly number[]): number =>
  Math.max(0, usableCount(cidr) - taken.filter(address => containsAddress(cidr, address)).length)
