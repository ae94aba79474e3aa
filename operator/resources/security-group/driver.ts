import { idOf, idPrefixes } from '../../../crds/ids.ts'
import type { VPC } from '../../../crds/v1alpha1/vpc.ts'
import { kubeOVNSecurityGroupInformer } from '../../providers/kube-ovn/informers.ts'
import { madeFor } from '../../providers/made.ts'
import { networkPolicyInformer } from '../../providers/network-policy/informer.ts'
import type { Cache } from '../../runtime/store.ts'
import type { SecurityGroupDriver } from '../../settings.ts'
import { siblingKey } from '../stored.ts'

/**
 * By what the groups of a VPC are enforced. The operator's setting decides for VPCs that are made from then on; one that is there keeps the driver
 * that it was closed by, so that no port is ever under both: in Kube-OVN a group's denial beats a policy's allowance.
 */
export const driverOf = (vpc: VPC | undefined, setting: SecurityGroupDriver, cache: Cache): SecurityGroupDriver => {
  if (vpc === undefined) return setting
  const id = idOf(idPrefixes.vpc, vpc.metadata.uid)
  if (madeFor(vpc, cache.of(networkPolicyInformer).get(siblingKey(vpc, id))) !== undefined) return 'networkPolicy'
  return madeFor(vpc, cache.of(kubeOVNSecurityGroupInformer).get(id)) === undefined ? setting : 'kubeOVN'
}
