import { idOf, idPrefixes } from '../../../crds/ids.ts'
import { keyOf } from '../../../crds/kubernetes.ts'
import type { SecurityGroup } from '../../../crds/v1alpha1/security-group.ts'
import { defaultSecurityGroupName, type VPC } from '../../../crds/v1alpha1/vpc.ts'
import { kubeOVNVpcInformer } from '../../providers/kube-ovn/informers.ts'
import type { Vpc } from '../../providers/kube-ovn/resources.ts'
import { madeFor } from '../../providers/made.ts'
import { networkPolicyInformer } from '../../providers/network-policy/informer.ts'
import type { NetworkPolicy } from '../../providers/network-policy/resources.ts'
import type { Cache } from '../../runtime/store.ts'
import { securityGroupInformer } from '../security-group/store.ts'
import { siblingKey } from '../stored.ts'
import { subnetInformer } from '../subnet/store.ts'
import { titleOf } from '../waiting-for.ts'

export type VPCFacts = {
  id: string
  /** Kube-OVN's router, if it is ours. */
  router: Vpc | undefined
  isolation: NetworkPolicy | undefined
  defaultGroup: SecurityGroup | undefined
  /** Who keeps the VPC from being deleted, by title. */
  users: readonly string[]
}

export const observeVPC = (vpc: VPC, cache: Cache): VPCFacts => {
  const id = idOf(idPrefixes.vpc, vpc.metadata.uid)
  const groups = cache.of(securityGroupInformer)
  const defaultGroup = madeFor(vpc, groups.get(siblingKey(vpc, defaultSecurityGroupName(vpc.metadata.name))))
  const key = keyOf(vpc.metadata)
  return {
    id,
    router: madeFor(vpc, cache.of(kubeOVNVpcInformer).get(id)),
    isolation: madeFor(vpc, cache.of(networkPolicyInformer).get(siblingKey(vpc, id))),
    defaultGroup,
    users: [
      ...cache.of(subnetInformer).by('vpc', key).map(subnet => titleOf('Subnet', subnet.metadata.name)),
      ...groups.by('vpc', key).filter(group => group.metadata.uid !== defaultGroup?.metadata.uid).map(group => titleOf('SecurityGroup', group.metadata.name)),
    ].sort(),
  }
}
