import type { Condition, KubeObject, ResourceType } from '../../../crds/kubernetes.ts'

/** Kube-OVN's own API. Vpc and Subnet are cluster-scoped: their names must be ours alone, so they are IDs. */
export const vpcResource: ResourceType = { group: 'kubeovn.io', version: 'v1', kind: 'Vpc', plural: 'vpcs', namespaced: false }

export const subnetResource: ResourceType = { group: 'kubeovn.io', version: 'v1', kind: 'Subnet', plural: 'subnets', namespaced: false }

/** A stateful firewall around ports; with the driver `kubeOVN` alone. */
export const securityGroupResource: ResourceType = { group: 'kubeovn.io', version: 'v1', kind: 'SecurityGroup', plural: 'security-groups', namespaced: false }

/** Multus' NetworkAttachmentDefinition: the name by which a pod asks for a network. */
export const networkAttachmentResource: ResourceType = {
  group: 'k8s.cni.cncf.io',
  version: 'v1',
  kind: 'NetworkAttachmentDefinition',
  plural: 'network-attachment-definitions',
  namespaced: true,
}

/**
 * What we read of a Kube-OVN Vpc. `standby` is true once its router exists; `enableExternal` while it is connected to the public network;
 * `vpcPeerings` are the names of the Vpcs that it has a port to.
 */
export type Vpc = KubeObject & { status?: { standby?: boolean; enableExternal?: boolean; vpcPeerings?: readonly string[] } }

/** A condition as Kube-OVN writes it: the reason stays empty at times, the generation is not kept. */
export type SubnetCondition = Pick<Condition, 'type' | 'status'> & { reason?: string; message?: string }

/** What we read of a Kube-OVN Subnet. */
export type Subnet = KubeObject & { status?: { conditions?: readonly SubnetCondition[] } }

/** What we read of a Kube-OVN SecurityGroup. Its port group is the thing that ports are put into. */
export type SecurityGroup = KubeObject & { status?: { portGroup?: string; ingressLastSyncSuccess?: boolean; egressLastSyncSuccess?: boolean } }

/** What we read of a NetworkAttachmentDefinition. `privateIPAddress` where it is the network of one port. */
export type NetworkAttachment = KubeObject & { privateIPAddress?: string }
