import { idOf, idPrefixes } from '../../../crds/ids.ts'
import { keyOf } from '../../../crds/kubernetes.ts'
import type { SecurityGroup } from '../../../crds/v1alpha1/security-group.ts'
import { defaultSecurityGroupName, type VPC } from '../../../crds/v1alpha1/vpc.ts'
import { kubeOVNSecurityGroupInformer } from '../../providers/kube-ovn/informers.ts'
import type { SecurityGroup as KubeOVNSecurityGroup } from '../../providers/kube-ovn/resources.ts'
import { isGroupReady, obstacleToGroup } from '../../providers/kube-ovn/security-group.ts'
import { madeFor } from '../../providers/made.ts'
import { networkPolicyInformer } from '../../providers/network-policy/informer.ts'
import type { NetworkPolicy } from '../../providers/network-policy/resources.ts'
import { obstacleTo } from '../../providers/network-policy/security-group.ts'
import { splitKey } from '../../runtime/key.ts'
import type { Cache } from '../../runtime/store.ts'
import type { SecurityGroupDriver } from '../../settings.ts'
import { instanceInformer } from '../instance/store.ts'
import { networkInterfaceInformer } from '../network-interface/store.ts'
import { prefixListInformer } from '../prefix-list/store.ts'
import { siblingKey } from '../stored.ts'
import { subnetInformer } from '../subnet/store.ts'
import { peersOf } from '../vpc-peering/peer.ts'
import { vpcInformer } from '../vpc/store.ts'
import { titleOf } from '../waiting-for.ts'
import { driverOf } from './driver.ts'
import { type ResolvedRule, resolveRules } from './rules.ts'
import { groupKeyOf, securityGroupInformer } from './store.ts'

export type SecurityGroupFacts = {
  id: string
  vpc: VPC | undefined
  /** It was made with its VPC. */
  isDefault: boolean
  rules: readonly ResolvedRule[]
  driver: SecurityGroupDriver
  /** What it became: a policy or a group of Kube-OVN's, by the driver. */
  policy: NetworkPolicy | KubeOVNSecurityGroup | undefined
  /** How many instances and network interfaces are in the group. */
  members: number
  /** Who keeps the group from being deleted, by title. Asked for at its deletion only: a look at all. */
  users: () => readonly string[]
}

export const observeSecurityGroup = (
  group: SecurityGroup, cache: Cache, setting: SecurityGroupDriver = 'networkPolicy',
): SecurityGroupFacts => {
  const id = idOf(idPrefixes.securityGroup, group.metadata.uid)
  const groups = cache.of(securityGroupInformer)
  const vpc = cache.of(vpcInformer).get(siblingKey(group, group.spec.vpcRef.name))
  const driver = driverOf(vpc, setting, cache)
  const isDefault = vpc !== undefined && isDefaultOf(vpc, group)
  const memberships = membershipsOf(group, isDefault, cache)
  const [instances, interfaces] = [cache.of(instanceInformer), cache.of(networkInterfaceInformer)]
  return {
    id,
    vpc,
    isDefault,
    rules: resolveRules(group, {
      group: ref => groups.get(groupKeyOf(group, ref)),
      prefixList: name => cache.of(prefixListInformer).get(siblingKey(group, name)),
      arePeered: (one, other) => arePeered(one, other, cache),
      isLate: groupID => driver === 'kubeOVN' && groupID !== id && cache.of(kubeOVNSecurityGroupInformer).get(groupID) === undefined,
    }, driver === 'kubeOVN' ? obstacleToGroup : obstacleTo),
    driver,
    policy: madeFor(group, driver === 'kubeOVN' ? cache.of(kubeOVNSecurityGroupInformer).get(id)
      : cache.of(networkPolicyInformer).get(siblingKey(group, id))),
    members: memberships.reduce((sum, [index, value]) => sum + instances.count(index, value) + interfaces.count(index, value), 0),
    users: () => [
      ...memberships.flatMap(([index, value]) => instances.keysBy(index, value)).map(key => titleOf('Instance', splitKey(key).name)).sort(),
      ...memberships.flatMap(([index, value]) => interfaces.keysBy(index, value)).map(key => titleOf('NetworkInterface', splitKey(key).name)).sort(),
      ...referrersOf(group, cache).map(other => titleOf('SecurityGroup', other.metadata.name)),
    ],
  }
}

/** Whether each side's VPC has asked for the other's, and the two are connected. */
const arePeered = (one: SecurityGroup, other: SecurityGroup, cache: Cache): boolean => {
  const vpcs = cache.of(vpcInformer)
  const [own, peer] = [vpcs.get(siblingKey(one, one.spec.vpcRef.name)), vpcs.get(siblingKey(other, other.spec.vpcRef.name))]
  if (own === undefined || peer === undefined) return false
  return peersOf(own, cache).some(({ vpcID }) => vpcID === idOf(idPrefixes.vpc, peer.metadata.uid))
}

const isDefaultOf = (vpc: VPC, group: SecurityGroup): boolean =>
  group.metadata.name === defaultSecurityGroupName(vpc.metadata.name) && madeFor(vpc, group) !== undefined

/**
 * Indexes of instances and of interfaces alike, each with a value, under which its members are found: those that name the group; for the default
 * group of a VPC also those in the VPC that name none.
 */
const membershipsOf = (group: SecurityGroup, isDefault: boolean, cache: Cache): (readonly [index: string, value: string])[] => [
  ['securityGroup', keyOf(group.metadata)],
  ...!isDefault ? [] : cache.of(subnetInformer).by('vpc', siblingKey(group, group.spec.vpcRef.name))
    .map(subnet => ['ungrouped', keyOf(subnet.metadata)] as const),
]

/**
 * A group that is on its way out itself holds nobody: two that name each other could else never be deleted together. Nor does one of another account:
 * its rule goes stale.
 */
const referrersOf = (group: SecurityGroup, cache: Cache): SecurityGroup[] =>
  cache.of(securityGroupInformer).by('referredGroup', keyOf(group.metadata))
    .filter(({ metadata: { namespace, uid, deletionTimestamp } }) =>
      namespace === group.metadata.namespace && uid !== group.metadata.uid && deletionTimestamp === undefined)

/** Whether what a group became is in force. */
export const isApplied = ({ driver, policy }: Pick<SecurityGroupFacts, 'driver' | 'policy'>): boolean =>
  driver === 'kubeOVN' ? isGroupReady(policy) : policy !== undefined
