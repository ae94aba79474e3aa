import type { KubeObject, ObjectMeta } from '../../crds/kubernetes.ts'
import type { InformerSpec } from '../../operator/runtime/store.ts'
import type { DataSource, DataVolume, StorageProfile } from './cdi/types.ts'
import type { AttributesClass, Claim, Snapshot, SnapshotClass, SnapshotContent, StorageClass, Volume } from './csi/types.ts'
import type { Ip, NetworkAttachment, OvnEip, OvnFip, OvnSnatRule, SecurityGroup, Subnet, Vpc } from './kube-ovn/types.ts'
import type { NetworkPolicy } from './cdi/egress.ts'
import type { Node, Pod } from './kubelet/types.ts'
import type { Instancetype, Migration, VirtualMachine, VirtualMachineInstance } from './kubevirt/types.ts'
import { claimNameOf } from './kubevirt/instances.ts'
import { resources } from './resources.ts'
import type { StandInResource } from './resources.ts'
import type { Deployment } from './workloads/deployments.ts'

/** The stand-ins keep whole objects but for managedFields: they play a cluster, not a tenant of one. */
const spec = <T extends KubeObject>(
  resource: StandInResource,
  indexes: Record<string, (object: T) => readonly string[]> = {},
): InformerSpec<T> => ({ resource, trim: trim as unknown as (object: never) => T, indexes })

const trim = (object: KubeObject): KubeObject => {
  const { managedFields: _, ...metadata } = object.metadata
  return { ...object, metadata }
}

/** UIDs of an object's owners. */
const owners = (object: { metadata: ObjectMeta }): string[] => (object.metadata.ownerReferences ?? []).map((owner) => owner.uid)

const inNamespace = (object: { metadata: ObjectMeta }, names: (string | undefined)[]): string[] =>
  names.filter((name) => name !== undefined).map((name) => `${object.metadata.namespace}/${name}`)

/** One informer for each resource that any stand-in watches. */
export const specs = {
  namespaces: spec<KubeObject>(resources.namespaces),
  nodes: spec<Node>(resources.nodes),
  pods: spec<Pod>(resources.pods, {
    owner: owners,
    node: (pod) => (pod.spec.nodeName === undefined ? [] : [pod.spec.nodeName]),
    claim: (pod) => inNamespace(pod, (pod.spec.volumes ?? []).map((volume) => volume.persistentVolumeClaim?.claimName)),
  }),
  deployments: spec<Deployment>(resources.deployments),
  claims: spec<Claim>(resources.claims, { owner: owners }),
  volumes: spec<Volume>(resources.volumes, {
    claim: (volume) => (volume.spec.claimRef === undefined ? [] : [`${volume.spec.claimRef.namespace}/${volume.spec.claimRef.name}`]),
  }),
  networkPolicies: spec<NetworkPolicy>(resources.networkPolicies),
  storageClasses: spec<StorageClass>(resources.storageClasses),
  attributesClasses: spec<AttributesClass>(resources.attributesClasses),
  virtualMachines: spec<VirtualMachine>(resources.virtualMachines, {
    claim: (vm) => inNamespace(vm, (vm.spec.template.spec.volumes ?? []).map(claimNameOf)),
  }),
  virtualMachineInstances: spec<VirtualMachineInstance>(resources.virtualMachineInstances, {
    owner: owners,
    uid: (vmi) => [vmi.metadata.uid],
    claim: (vmi) => inNamespace(vmi, (vmi.spec.volumes ?? []).map(claimNameOf)),
  }),
  migrations: spec<Migration>(resources.migrations),
  instancetypes: spec<Instancetype>(resources.instancetypes),
  clusterInstancetypes: spec<Instancetype>(resources.clusterInstancetypes),
  dataVolumes: spec<DataVolume>(resources.dataVolumes),
  dataSources: spec<DataSource>(resources.dataSources),
  storageProfiles: spec<StorageProfile>(resources.storageProfiles),
  snapshots: spec<Snapshot>(resources.snapshots, { source: (snapshot) => inNamespace(snapshot, [snapshot.spec.source.persistentVolumeClaimName]) }),
  snapshotContents: spec<SnapshotContent>(resources.snapshotContents),
  snapshotClasses: spec<SnapshotClass>(resources.snapshotClasses),
  vpcs: spec<Vpc>(resources.vpcs),
  subnets: spec<Subnet>(resources.subnets, { vpc: (subnet) => [subnet.spec.vpc ?? 'ovn-cluster'] }),
  ips: spec<Ip>(resources.ips, { subnet: (ip) => [ip.spec.subnet], owner: (ip) => [`${ip.spec.namespace}/${ip.spec.podName}`] }),
  securityGroups: spec<SecurityGroup>(resources.securityGroups),
  networkAttachments: spec<NetworkAttachment>(resources.networkAttachments),
  ovnEips: spec<OvnEip>(resources.ovnEips),
  ovnFips: spec<OvnFip>(resources.ovnFips),
  ovnSnatRules: spec<OvnSnatRule>(resources.ovnSnatRules),
}
