import type { ObjectMeta } from '../../crds/kubernetes.ts'
import type {
  ElasticIP, Image, Instance, InstanceType, InternetGateway, NATGateway, NetworkACL, NetworkInterface, PublicIPPool, RouteTable, SecurityGroup,
  Snapshot, Subnet, Volume, VolumeAttachment, VolumeType, VPC, VPCPeering,
} from '../../crds/v1alpha1/index.ts'
import type { ValidationRule } from '../../crds/structural-schema.ts'

/** One thing that is wrong. `field` is a path as in `spec.subnetRef`; the message names what is wrong and the way out. */
export type Violation = { field: string; message: string; reason?: NonNullable<ValidationRule['reason']> }

/**
 * What is wrong with an object beside what its CustomResourceDefinition can see. Pure.
 *
 * @param old - the stored object when this is an update at admission; undefined on creation and at reconcile.
 */
export type Verdict<T> = (object: T, old: T | undefined, view: View) => Violation[]

/** Why an object may not be deleted now. Pure. */
export type DeletionVerdict<T> = (object: T, view: View) => Violation[]

type Seen<T extends { metadata: ObjectMeta; spec: object; status?: object }, Spec extends keyof T['spec'], Status extends keyof NonNullable<T['status']> = never> = {
  metadata: Pick<ObjectMeta, 'name' | 'uid'> & Partial<Pick<ObjectMeta, 'namespace' | 'creationTimestamp' | 'deletionTimestamp'>>
  spec: Pick<T['spec'], Spec>
  status?: Partial<Pick<NonNullable<T['status']>, Status>>
}

export type SeenVPC = Seen<VPC, 'cidrBlocks' | 'mainRouteTableRef', 'defaultSecurityGroup'>
export type SeenSubnet = Seen<Subnet, 'vpcRef' | 'cidrBlock' | 'availabilityZone', 'state'>
export type SeenInstance = Seen<Instance, 'subnetRef' | 'privateIPAddress' | 'disableAPIStop' | 'blockDevices', 'privateIPAddress' | 'blockDevices'>
export type SeenInstanceType = Seen<InstanceType, 'state' | 'architecture'>
export type SeenImage = Seen<Image, 'architecture' | 'minSize' | 'rootDeviceName', 'state' | 'size' | 'encrypted' | 'blockDevices'>
export type SeenSecurityGroup = Seen<SecurityGroup, 'vpcRef'>
export type SeenVolume = Seen<Volume, 'availabilityZone' | 'multiAttach'>
export type SeenVolumeAttachment = Seen<VolumeAttachment, 'volumeRef' | 'instanceRef' | 'device'>
export type SeenVolumeType = Seen<VolumeType, 'storageClassName' | 'iops' | 'throughput' | 'volumeAttributeParameters' | 'sizeLimits' | 'multiAttach' | 'encryptedStorageClassName'>
export type SeenRouteTable = Seen<RouteTable, 'vpcRef' | 'subnetRefs'>
export type SeenNetworkACL = Seen<NetworkACL, 'vpcRef' | 'subnetRefs'>
export type SeenInternetGateway = Seen<InternetGateway, 'vpcRef'>
export type SeenNATGateway = Seen<NATGateway, 'subnetRef' | 'elasticIPRef'>
export type SeenElasticIP = Seen<ElasticIP, 'poolName' | 'instanceRef' | 'networkInterfaceRef'>
export type SeenPublicIPPool = Seen<PublicIPPool, 'cidrs'>
export type SeenVPCPeering = Seen<VPCPeering, 'vpcRef' | 'peer', 'peerCIDRBlocks'>
export type SeenNetworkInterface = Seen<NetworkInterface, 'subnetRef' | 'privateIPAddress' | 'attachment', 'privateIPAddress' | 'attachment'>
export type SeenSnapshot = Omit<Seen<Snapshot, never, 'size' | 'volumes'>, 'spec'> & { spec: Partial<Pick<Snapshot['spec'], 'createVolumePermissions'>> }

/**
 * What verdicts look up. A missing object is `undefined` and never a violation: objects arrive in any order. Both the admission server and
 * the controllers answer from their stores, which may be behind; that is why verdicts are asked twice.
 */
export type View = {
  getVPC: (namespace: string, name: string) => SeenVPC | undefined
  getSubnet: (namespace: string, name: string) => SeenSubnet | undefined
  getInstance: (namespace: string, name: string) => SeenInstance | undefined
  getInstanceType: (name: string) => SeenInstanceType | undefined
  getImage: (namespace: string, name: string) => SeenImage | undefined
  /** Whether a namespace may launch what a reference from it names; undefined while that isn't known. */
  mayLaunch: (namespace: string, ref: { name: string; namespace?: string }) => boolean | undefined
  getSecurityGroup: (namespace: string, name: string) => SeenSecurityGroup | undefined
  getVolume: (namespace: string, name: string) => SeenVolume | undefined
  getVolumeType: (name: string) => SeenVolumeType | undefined
  getSnapshot: (namespace: string, name: string) => SeenSnapshot | undefined
  /** VolumeAttachments that name this Volume. */
  attachmentsOfVolume: (namespace: string, volumeName: string) => Iterable<SeenVolumeAttachment>
  /** VolumeAttachments that name this Instance. */
  attachmentsOfInstance: (namespace: string, instanceName: string) => Iterable<SeenVolumeAttachment>
  /** Subnets whose `vpcRef` names this VPC. */
  subnetsOfVPC: (namespace: string, vpcName: string) => Iterable<SeenSubnet>
  /** Instances whose `subnetRef` names this subnet and that have this address in it, or ask for it. */
  instancesAt: (namespace: string, subnetName: string, address: string) => Iterable<SeenInstance>
  getRouteTable: (namespace: string, name: string) => SeenRouteTable | undefined
  getInternetGateway: (namespace: string, name: string) => SeenInternetGateway | undefined
  getNATGateway: (namespace: string, name: string) => SeenNATGateway | undefined
  getElasticIP: (namespace: string, name: string) => SeenElasticIP | undefined
  getVPCPeering: (namespace: string, name: string) => SeenVPCPeering | undefined
  getNetworkInterface: (namespace: string, name: string) => SeenNetworkInterface | undefined
  getPublicIPPool: (name: string) => SeenPublicIPPool | undefined
  publicIPPools: () => Iterable<SeenPublicIPPool>
  /** Every public address that is somebody's. */
  publicAddresses: () => Iterable<string>
  /** RouteTables that name this subnet. */
  routeTablesOfSubnet: (namespace: string, subnetName: string) => Iterable<SeenRouteTable>
  /** NetworkACLs that name this subnet. */
  networkACLsOfSubnet: (namespace: string, subnetName: string) => Iterable<SeenNetworkACL>
  internetGatewaysOfVPC: (namespace: string, vpcName: string) => Iterable<SeenInternetGateway>
  /** VPCPeerings of this account whose `vpcRef` names this VPC. */
  peeringsOfVPC: (namespace: string, vpcName: string) => Iterable<SeenVPCPeering>
  elasticIPsOfInstance: (namespace: string, instanceName: string) => Iterable<SeenElasticIP>
  elasticIPsOfInterface: (namespace: string, interfaceName: string) => Iterable<SeenElasticIP>
  /** NATGateways whose `elasticIPRef` names this address. */
  natGatewaysOfAddress: (namespace: string, elasticIPName: string) => Iterable<SeenNATGateway>
  /** NetworkInterfaces of this subnet that have this address, or ask for it. */
  networkInterfacesAt: (namespace: string, subnetName: string, address: string) => Iterable<SeenNetworkInterface>
  /** NetworkInterfaces whose attachment names this instance. */
  networkInterfacesOfInstance: (namespace: string, instanceName: string) => Iterable<SeenNetworkInterface>
  /** URL prefixes that the operator allows as image sources although they lie inside the platform, for example `http://127.0.0.1:8080/images/`. */
  allowedImageSources: readonly string[]
  /** Blocks of public addresses that are the platform's own. */
  platformRanges: readonly string[]
  /** VolumeType of a block device that names none. */
  defaultVolumeType?: string
}
