import type { ResourceType } from '../../crds/kubernetes.ts'

/** A resource that a stand-in reads or writes. `status` says where its status is written. */
export type StandInResource = ResourceType & {
  /** `subresource`: PUT/PATCH on `/status`; `object`: upstream's CRD declares no status subresource. */
  status: 'subresource' | 'object'
}

const resource = (
  group: string,
  version: string,
  kind: string,
  plural: string,
  options: { cluster?: boolean; statusInObject?: boolean } = {},
): StandInResource => ({
  group,
  version,
  kind,
  plural,
  namespaced: options.cluster !== true,
  status: options.statusInObject === true ? 'object' : 'subresource',
})

const cluster = { cluster: true }

/** Every resource of the stand-ins. Where a status lives follows the CRDs of KubeVirt 1.9, CDI 1.66, Kube-OVN 1.16 and external-snapshotter 8. */
export const resources = {
  namespaces: resource('', 'v1', 'Namespace', 'namespaces', cluster),
  nodes: resource('', 'v1', 'Node', 'nodes', cluster),
  pods: resource('', 'v1', 'Pod', 'pods'),
  secrets: resource('', 'v1', 'Secret', 'secrets'),
  events: resource('', 'v1', 'Event', 'events'),
  claims: resource('', 'v1', 'PersistentVolumeClaim', 'persistentvolumeclaims'),
  volumes: resource('', 'v1', 'PersistentVolume', 'persistentvolumes', cluster),
  mutatingWebhooks: resource('admissionregistration.k8s.io', 'v1', 'MutatingWebhookConfiguration', 'mutatingwebhookconfigurations', {
    cluster: true, statusInObject: true,
  }),
  validatingWebhooks: resource('admissionregistration.k8s.io', 'v1', 'ValidatingWebhookConfiguration', 'validatingwebhookconfigurations', {
    cluster: true, statusInObject: true,
  }),
  deployments: resource('apps', 'v1', 'Deployment', 'deployments'),
  controllerRevisions: resource('apps', 'v1', 'ControllerRevision', 'controllerrevisions', { statusInObject: true }),
  leases: resource('coordination.k8s.io', 'v1', 'Lease', 'leases', { statusInObject: true }),
  networkPolicies: resource('networking.k8s.io', 'v1', 'NetworkPolicy', 'networkpolicies', { statusInObject: true }),
  storageClasses: resource('storage.k8s.io', 'v1', 'StorageClass', 'storageclasses', { cluster: true, statusInObject: true }),
  attributesClasses: resource('storage.k8s.io', 'v1', 'VolumeAttributesClass', 'volumeattributesclasses', { cluster: true, statusInObject: true }),
  csiDrivers: resource('storage.k8s.io', 'v1', 'CSIDriver', 'csidrivers', { cluster: true, statusInObject: true }),
  virtualMachines: resource('kubevirt.io', 'v1', 'VirtualMachine', 'virtualmachines'),
  virtualMachineInstances: resource('kubevirt.io', 'v1', 'VirtualMachineInstance', 'virtualmachineinstances', { statusInObject: true }),
  migrations: resource('kubevirt.io', 'v1', 'VirtualMachineInstanceMigration', 'virtualmachineinstancemigrations'),
  kubeVirts: resource('kubevirt.io', 'v1', 'KubeVirt', 'kubevirts'),
  instancetypes: resource('instancetype.kubevirt.io', 'v1beta1', 'VirtualMachineInstancetype', 'virtualmachineinstancetypes', {
    statusInObject: true,
  }),
  clusterInstancetypes: resource(
    'instancetype.kubevirt.io',
    'v1beta1',
    'VirtualMachineClusterInstancetype',
    'virtualmachineclusterinstancetypes',
    { cluster: true, statusInObject: true },
  ),
  dataVolumes: resource('cdi.kubevirt.io', 'v1beta1', 'DataVolume', 'datavolumes'),
  dataSources: resource('cdi.kubevirt.io', 'v1beta1', 'DataSource', 'datasources', { statusInObject: true }),
  cdis: resource('cdi.kubevirt.io', 'v1beta1', 'CDI', 'cdis', { cluster: true, statusInObject: true }),
  cdiConfigs: resource('cdi.kubevirt.io', 'v1beta1', 'CDIConfig', 'cdiconfigs', { cluster: true, statusInObject: true }),
  storageProfiles: resource('cdi.kubevirt.io', 'v1beta1', 'StorageProfile', 'storageprofiles', cluster),
  snapshots: resource('snapshot.storage.k8s.io', 'v1', 'VolumeSnapshot', 'volumesnapshots'),
  snapshotContents: resource('snapshot.storage.k8s.io', 'v1', 'VolumeSnapshotContent', 'volumesnapshotcontents', cluster),
  snapshotClasses: resource('snapshot.storage.k8s.io', 'v1', 'VolumeSnapshotClass', 'volumesnapshotclasses', {
    cluster: true,
    statusInObject: true,
  }),
  vpcs: resource('kubeovn.io', 'v1', 'Vpc', 'vpcs', cluster),
  subnets: resource('kubeovn.io', 'v1', 'Subnet', 'subnets', cluster),
  ips: resource('kubeovn.io', 'v1', 'IP', 'ips', { cluster: true, statusInObject: true }),
  securityGroups: resource('kubeovn.io', 'v1', 'SecurityGroup', 'security-groups', cluster),
  ovnEips: resource('kubeovn.io', 'v1', 'OvnEip', 'ovn-eips', cluster),
  ovnFips: resource('kubeovn.io', 'v1', 'OvnFip', 'ovn-fips', cluster),
  ovnSnatRules: resource('kubeovn.io', 'v1', 'OvnSnatRule', 'ovn-snat-rules', cluster),
  networkAttachments: resource('k8s.cni.cncf.io', 'v1', 'NetworkAttachmentDefinition', 'network-attachment-definitions', {
    statusInObject: true,
  }),
} as const satisfies Record<string, StandInResource>
