import { keyOf } from '../../../crds/kubernetes.ts'
import type { NetworkInterface } from '../../../crds/v1alpha1/network-interface.ts'
import type { SecurityGroup, SecurityGroupStatus } from '../../../crds/v1alpha1/security-group.ts'
import { defaultSecurityGroupName } from '../../../crds/v1alpha1/vpc.ts'
import { kubeOVNSecurityGroupInformer } from '../../providers/kube-ovn/informers.ts'
import { networkPolicyInformer } from '../../providers/network-policy/informer.ts'
import { type Kind, watch } from '../../runtime/kind.ts'
import type { Cache } from '../../runtime/store.ts'
import type { OperatorSettings } from '../../settings.ts'
import { comesOrGoes, counted, isRedefined } from '../change.ts'
import { instanceInformer, type StoredInstance } from '../instance/store.ts'
import { networkInterfaceInformer } from '../network-interface/store.ts'
import { prefixListInformer } from '../prefix-list/store.ts'
import { ownersOf, siblingKey } from '../stored.ts'
import { subnetInformer } from '../subnet/store.ts'
import { ownKeyOf, peerKeyOf, vpcPeeringInformer } from '../vpc-peering/store.ts'
import { vpcInformer } from '../vpc/store.ts'
import { finalizeSecurityGroup } from './finalize.ts'
import { observeSecurityGroup, type SecurityGroupFacts } from './observe.ts'
import { announce, awaitPortGroup, awaitVPC, checkRules, ensurePolicy } from './policy.ts'
import { securityGroupStatus } from './status.ts'
import { groupsReferredTo, securityGroupInformer } from './store.ts'

/** SecurityGroup → one NetworkPolicy on the launcher pods of its members, or one SecurityGroup of Kube-OVN's that their ports are put into. */
export const securityGroupController = (settings: OperatorSettings): Kind<SecurityGroup, SecurityGroupFacts, SecurityGroupStatus> => ({
  name: 'security-group',
  informer: securityGroupInformer,
  finalizer: 'kumulus.dev/security-group',
  watches: [
    watch(networkPolicyInformer, ownersOf(securityGroupInformer)),
    // What Kube-OVN says of a group concerns the group; that it is there at all, those whose rules name it too.
    watch(kubeOVNSecurityGroupInformer, (made, cache, previous) => {
      const keys = ownersOf(securityGroupInformer)(made, cache)
      return comesOrGoes(made, previous) ? [...keys, ...keys.flatMap(key => cache.of(securityGroupInformer).keysBy('referredGroup', key))] : keys
    }),
    watch(vpcInformer, (vpc, cache) => cache.of(securityGroupInformer).keysBy('vpc', keyOf(vpc.metadata))),
    watch(securityGroupInformer, (group, cache, previous) => !isRedefined(group, previous) ? [] : [
      ...cache.of(securityGroupInformer).keysBy('referredGroup', keyOf(group.metadata)),
      ...[group, ...previous === undefined ? [] : [previous]].flatMap(groupsReferredTo),
    ]),
    watch(prefixListInformer, (list, cache, previous) =>
      isRedefined(list, previous) ? cache.of(securityGroupInformer).keysBy('prefixList', keyOf(list.metadata)) : []),
    // Rules by group reach as far as the peerings of the VPC do.
    watch(vpcPeeringInformer, (peering, cache) => [ownKeyOf(peering), peerKeyOf(peering)].flatMap(key => cache.of(securityGroupInformer).keysBy('vpc', key))),
    watch(subnetInformer, (subnet, _cache, previous) => previous === undefined ? [defaultGroupKey(subnet, subnet.spec.vpcRef.name)] : []),
    watch(instanceInformer, (instance, cache, previous) => membershipChanged(instance, previous)
      ? [instance, ...previous === undefined ? [] : [previous]].flatMap(each => groupKeysOf(each, cache)) : [], counted),
    watch(networkInterfaceInformer, (object, cache, previous) => membershipChanged(object, previous)
      ? [object, ...previous === undefined ? [] : [previous]].flatMap(each => groupKeysOf(each, cache)) : [], counted),
  ],
  observe: (group, cache) => observeSecurityGroup(group, cache, settings.securityGroupDriver),
  steps: {
    vpc: awaitVPC,
    policy: ensurePolicy,
    portGroup: awaitPortGroup,
    rules: checkRules,
    announce,
  },
  finalize: finalizeSecurityGroup,
  status: securityGroupStatus,
})

type Member = StoredInstance | NetworkInterface

/** Of all that happens to a member, its groups care when it comes, when it goes (both are the same then) and when it changes groups. */
const membershipChanged = (member: Member, previous: Member | undefined): boolean =>
  previous === undefined || previous === member || namesOf(previous) !== namesOf(member)

const namesOf = ({ spec }: Member): string => JSON.stringify(spec.securityGroupRefs?.map(({ name }) => name))

/** The groups that a member names, or else the default one of its VPC. */
const groupKeysOf = (member: Member, cache: Cache): string[] => {
  const named = member.spec.securityGroupRefs?.map(({ name }) => siblingKey(member, name))
  if (named !== undefined) return named
  const subnet = cache.of(subnetInformer).get(siblingKey(member, member.spec.subnetRef.name))
  return subnet === undefined ? [] : [defaultGroupKey(subnet, subnet.spec.vpcRef.name)]
}

const defaultGroupKey = (object: Parameters<typeof siblingKey>[0], vpcName: string): string => siblingKey(object, defaultSecurityGroupName(vpcName))
