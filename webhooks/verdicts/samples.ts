import type { Definition } from '../../crds/definition.ts'
import type { ObjectMeta } from '../../crds/kubernetes.ts'
import {
  imageSpec, instanceSpec, securityGroupSpec, subnetSpec, volumeSpec, volumeTypeSpec, vpcSpec,
  type Image, type Instance, type SecurityGroup, type Subnet, type Volume, type VolumeType, type VPC,
} from '../../crds/v1alpha1/index.ts'
import { permit } from './permissions.ts'
import type { View } from './view.ts'

/** Objects and views for the tests of the verdicts. */
const meta = (name: string, more: Partial<ObjectMeta> = {}): ObjectMeta =>
  ({ name, namespace: 'blue', uid: `uid-${name}`, resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z', ...more })

const envelope = <K extends string>(kind: K, name: string, more: Partial<ObjectMeta> = {}) =>
  ({ apiVersion: 'kumulus.dev/v1alpha1', kind, metadata: meta(name, more) })

export const aVPC = (name: string, cidrBlocks = ['10.0.0.0/16'], more: Partial<VPC> = {}): VPC =>
  ({ ...envelope('VPC', name), spec: vpcSpec.parse({ cidrBlocks }), ...more })

export const aSubnet = (name: string, spec: Record<string, unknown> = {}, more: Partial<ObjectMeta> = {}): Subnet => ({
  ...envelope('Subnet', name, more),
  spec: subnetSpec.parse({ vpcRef: { name: 'main' }, cidrBlock: '10.0.1.0/24', availabilityZone: 'zone-a', ...spec }),
})

export const aGroup = (name: string, vpcName = 'main', spec: Record<string, unknown> = {}): SecurityGroup =>
  ({ ...envelope('SecurityGroup', name), spec: securityGroupSpec.parse({ vpcRef: { name: vpcName }, ...spec }) })

export const anInstance = (name: string, spec: Record<string, unknown> = {}, more: Partial<Instance> = {}): Instance => ({
  ...envelope('Instance', name),
  spec: instanceSpec.parse({ instanceType: 't3.micro', imageRef: { name: 'debian' }, subnetRef: { name: 'public' }, ...spec }),
  ...more,
})

export const anImage = (name: string, spec: Record<string, unknown> = {}, more: Partial<Image> = {}): Image =>
  ({ ...envelope('Image', name), spec: imageSpec.parse({ source: { http: { url: 'https://images.example.com/disk' } }, ...spec }), ...more })

export const aVolume = (name: string, spec: Record<string, unknown> = {}, more: Partial<Volume> = {}): Volume =>
  ({ ...envelope('Volume', name), spec: volumeSpec.parse({ availabilityZone: 'zone-a', size: '20Gi', ...spec }), ...more })

export const aVolumeType = (name: string, spec: Record<string, unknown> = {}): VolumeType =>
  ({ ...envelope('VolumeType', name), spec: volumeTypeSpec.parse({ storageClassName: 'fast', ...spec }) })

/** An object of a kind of the network, defaults filled in. */
export const ofKind = <T>(definition: Definition, name: string, spec: Record<string, unknown>, more: Record<string, unknown> = {}): T =>
  ({ ...envelope(definition.kind, name), spec: definition.spec.parse(spec), ...more }) as T

/** A view in which nothing exists but what `more` brings, and nothing is shared by roles. */
export const aView = (more: Partial<View> = {}): View => ({
  mayLaunch: (namespace, ref) => {
    const shares = (more.getImage?.(ref.namespace ?? namespace, ref.name) as Image | undefined)?.spec.launchPermissions
    return (ref.namespace ?? namespace) === namespace || permit(shares, namespace)
  },
  getVPC: () => undefined,
  getSubnet: () => undefined,
  getInstance: () => undefined,
  getInstanceType: () => undefined,
  getImage: () => undefined,
  getSecurityGroup: () => undefined,
  getVolume: () => undefined,
  getVolumeType: () => undefined,
  getSnapshot: () => undefined,
  attachmentsOfVolume: () => [],
  attachmentsOfInstance: () => [],
  subnetsOfVPC: () => [],
  instancesAt: () => [],
  getRouteTable: () => undefined,
  getInternetGateway: () => undefined,
  getNATGateway: () => undefined,
  getElasticIP: () => undefined,
  getVPCPeering: () => undefined,
  getNetworkInterface: () => undefined,
  getPublicIPPool: () => undefined,
  publicIPPools: () => [],
  publicAddresses: () => [],
  routeTablesOfSubnet: () => [],
  networkACLsOfSubnet: () => [],
  internetGatewaysOfVPC: () => [],
  peeringsOfVPC: () => [],
  elasticIPsOfInstance: () => [],
  elasticIPsOfInterface: () => [],
  natGatewaysOfAddress: () => [],
  networkInterfacesAt: () => [],
  networkInterfacesOfInstance: () => [],
  allowedImageSources: [],
  platformRanges: [],
  ...more,
})
