import { keyOf, type KubeObject } from '../../../crds/kubernetes.ts'
import { defaultSecurityGroupName, type VPC } from '../../../crds/v1alpha1/vpc.ts'
import { ovnFipInformer } from '../../providers/kube-ovn/external-informers.ts'
import { kubeOVNSecurityGroupInformer, networkAttachmentInformer } from '../../providers/kube-ovn/informers.ts'
import { isGroupReady } from '../../providers/kube-ovn/security-group.ts'
import { virtualMachineInformer, virtualMachineInstanceInformer } from '../../providers/kubevirt/informers.ts'
import type { VirtualMachine } from '../../providers/kubevirt/resources.ts'
import { ownerUIDOf } from '../../providers/made.ts'
import { networkPolicyInformer } from '../../providers/network-policy/informer.ts'
import { type Watch, watch } from '../../runtime/kind.ts'
import type { Cache } from '../../runtime/store.ts'
import { comesOrGoes, isRedefined } from '../change.ts'
import { instanceInformer } from '../instance/store.ts'
import { securityGroupInformer } from '../security-group/store.ts'
import { ownersOf, siblingKey } from '../stored.ts'
import { subnetInformer } from '../subnet/store.ts'
import { vpcInformer } from '../vpc/store.ts'
import { networkInterfaceInformer } from './store.ts'

const keysBy = (index: string, value: string, cache: Cache): readonly string[] => cache.of(networkInterfaceInformer).keysBy(index, value)

/** All that an interface refers to, and the machine that has it. */
export const networkInterfaceWatches: readonly Watch[] = [
  watch(networkAttachmentInformer, ownersOf(networkInterfaceInformer)),
  watch(subnetInformer, (subnet, cache, previous) => isRedefined(subnet, previous) || previous?.status?.state !== subnet.status?.state
    ? keysBy('subnet', keyOf(subnet.metadata), cache) : []),
  watch(vpcInformer, (vpc, cache, previous) => isRedefined(vpc, previous) || defaultGroupOf(previous) !== defaultGroupOf(vpc)
    ? inVPC(vpc, vpc.metadata.name, cache) : []),
  watch(securityGroupInformer, (group, cache, previous) => isRedefined(group, previous) ? membersOf(group, group.spec.vpcRef.name, cache) : []),
  watch(kubeOVNSecurityGroupInformer, (made, cache, previous) => isGroupReady(made) === isGroupReady(previous) ? []
    : cache.of(securityGroupInformer).by('uid', ownerOf(made)).flatMap(group => membersOf(group, group.spec.vpcRef.name, cache))),
  // By what groups are enforced is settled with the VPC.
  watch(networkPolicyInformer, (policy, cache, previous) => !comesOrGoes(policy, previous) ? []
    : cache.of(vpcInformer).by('uid', ownerOf(policy)).flatMap(vpc => inVPC(vpc, vpc.metadata.name, cache))),
  watch(instanceInformer, (instance, cache, previous) => !isRedefined(instance, previous) ? [] : [
    ...keysBy('instance', keyOf(instance.metadata), cache),
    ...instance === previous ? keysBy('unplaced', siblingKey(instance, instance.spec.subnetRef.name), cache) : [],
  ]),
  // Of those that want one place or one address, another has its turn when one goes.
  watch(networkInterfaceInformer, (object, cache, previous) => !isRedefined(object, previous) ? [] : [
    ...[object, previous].flatMap(each => each?.spec.attachment === undefined ? []
      : keysBy('instance', siblingKey(each, each.spec.attachment.instanceRef.name), cache)),
    ...object === previous ? keysBy('unplaced', siblingKey(object, object.spec.subnetRef.name), cache) : [],
  ]),
  watch(virtualMachineInformer, (machine, cache, previous) => [machine, previous].flatMap(each => withInterfaces(each, cache))),
  watch(virtualMachineInstanceInformer, (run, cache) => withInterfaces(cache.of(virtualMachineInformer).get(keyOf(run.metadata)), cache)),
  watch(ovnFipInformer, (fip, cache) => keysBy('uid', fip.targetUID, cache)),
]

const defaultGroupOf = (vpc: VPC | undefined): string | undefined => vpc?.status?.defaultSecurityGroup

const ownerOf = (object: KubeObject): string => ownerUIDOf(object) ?? ''

const inVPC = (object: KubeObject, vpcName: string, cache: Cache): string[] =>
  cache.of(subnetInformer).keysBy('vpc', siblingKey(object, vpcName)).flatMap(key => keysBy('subnet', key, cache))

/** Those that name a group, and for the default group of a VPC those that name none. */
const membersOf = (group: KubeObject, vpcName: string, cache: Cache): string[] => [
  ...keysBy('securityGroup', keyOf(group.metadata), cache),
  ...group.metadata.name !== defaultSecurityGroupName(vpcName) ? []
    : cache.of(subnetInformer).keysBy('vpc', siblingKey(group, vpcName)).flatMap(key => keysBy('ungrouped', key, cache)),
]

/** Those that a machine has, and those that are to be in it. */
const withInterfaces = (machine: VirtualMachine | undefined, cache: Cache): string[] => machine === undefined ? [] : [
  ...(machine.spec.interfaces ?? []).flatMap(({ name }) => keysBy('id', name, cache)),
  ...keysBy('instance', keyOf(machine.metadata), cache),
]
