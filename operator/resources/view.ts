import { type KubeObject, keyOf } from '../../crds/kubernetes.ts'
import type { View, Violation } from '../../webhooks/verdicts/view.ts'
import type { Access } from '../runtime/access.ts'
import type { Cache, InformerSpec } from '../runtime/store.ts'
import type { OperatorSettings } from '../settings.ts'
import { elasticIPInformer } from './elastic-ip/store.ts'
import { mayLaunch } from './image/launch-permission.ts'
import { imageInformer } from './image/store.ts'
import { instanceTypeInformer } from './instance-type/store.ts'
import { instanceInformer } from './instance/store.ts'
import { internetGatewayInformer } from './internet-gateway/store.ts'
import { natGatewayInformer } from './nat-gateway/store.ts'
import { networkACLInformer } from './network-acl/store.ts'
import { networkInterfaceInformer } from './network-interface/store.ts'
import { publicIPPoolInformer } from './public-ip-pool/store.ts'
import { routeTableInformer } from './route-table/store.ts'
import { securityGroupInformer } from './security-group/store.ts'
import { snapshotInformer } from './snapshot/store.ts'
import { subnetInformer } from './subnet/store.ts'
import { volumeAttachmentInformer } from './volume-attachment/store.ts'
import { volumeTypeInformer } from './volume-type/store.ts'
import { volumeInformer } from './volume/store.ts'
import { vpcPeeringInformer } from './vpc-peering/store.ts'
import { vpcInformer } from './vpc/store.ts'

type Settings = Partial<Pick<OperatorSettings, 'imageSources' | 'platformRanges' | 'defaultVolumeType'>>

/**
 * What the verdicts see, out of our stores: the same for a controller and for the admission server. Only kinds that have a store are looked up, so
 * a controller need only watch what the verdict on its own kind asks for.
 * @param access - what roles say of the image that the object in question names, where that was asked.
 */
export const viewOf = (cache: Cache, { imageSources = [], platformRanges = [], defaultVolumeType }: Settings = {}, access?: Access): View => ({
  getVPC: (namespace, name) => cache.of(vpcInformer).get(keyOf({ namespace, name })),
  getSubnet: (namespace, name) => cache.of(subnetInformer).get(keyOf({ namespace, name })),
  getInstance: (namespace, name) => cache.of(instanceInformer).get(keyOf({ namespace, name })),
  getInstanceType: name => cache.of(instanceTypeInformer).get(name),
  getImage: (namespace, name) => cache.of(imageInformer).get(keyOf({ namespace, name })),
  mayLaunch: (namespace, ref) => mayLaunch({ namespace, ref }, cache, access),
  getSecurityGroup: (namespace, name) => cache.of(securityGroupInformer).get(keyOf({ namespace, name })),
  getVolume: (namespace, name) => cache.of(volumeInformer).get(keyOf({ namespace, name })),
  getVolumeType: name => cache.of(volumeTypeInformer).get(name),
  getSnapshot: (namespace, name) => cache.of(snapshotInformer).get(keyOf({ namespace, name })),
  attachmentsOfVolume: (namespace, name) => cache.of(volumeAttachmentInformer).by('volume', keyOf({ namespace, name })),
  attachmentsOfInstance: (namespace, name) => cache.of(volumeAttachmentInformer).by('instance', keyOf({ namespace, name })),
  subnetsOfVPC: (namespace, name) => cache.of(subnetInformer).by('vpc', keyOf({ namespace, name })),
  instancesAt: (namespace, name, address) => cache.of(instanceInformer).by('address', `${keyOf({ namespace, name })}/${address}`),
  ...gatewaysIn(cache),
  ...publicAddressesIn(cache),
  allowedImageSources: imageSources,
  platformRanges,
  ...defaultVolumeType === undefined ? {} : { defaultVolumeType },
})

/** What leads out of VPCs, and what is at the edge of subnets. */
const gatewaysIn = (cache: Cache): GatewayLookUps => ({
  getRouteTable: (namespace, name) => cache.of(routeTableInformer).get(keyOf({ namespace, name })),
  getInternetGateway: (namespace, name) => cache.of(internetGatewayInformer).get(keyOf({ namespace, name })),
  getNATGateway: (namespace, name) => cache.of(natGatewayInformer).get(keyOf({ namespace, name })),
  getVPCPeering: (namespace, name) => cache.of(vpcPeeringInformer).get(keyOf({ namespace, name })),
  getNetworkInterface: (namespace, name) => cache.of(networkInterfaceInformer).get(keyOf({ namespace, name })),
  routeTablesOfSubnet: (namespace, name) => cache.of(routeTableInformer).by('subnet', keyOf({ namespace, name })),
  networkACLsOfSubnet: (namespace, name) => cache.of(networkACLInformer).by('subnet', keyOf({ namespace, name })),
  internetGatewaysOfVPC: (namespace, name) => cache.of(internetGatewayInformer).by('vpc', keyOf({ namespace, name })),
  peeringsOfVPC: (namespace, name) => cache.of(vpcPeeringInformer).by('vpc', keyOf({ namespace, name })),
  natGatewaysOfAddress: (namespace, name) => cache.of(natGatewayInformer).by('elasticIP', keyOf({ namespace, name })),
  networkInterfacesAt: (namespace, name, address) => cache.of(networkInterfaceInformer).by('address', `${keyOf({ namespace, name })}/${address}`),
  networkInterfacesOfInstance: (namespace, name) => cache.of(networkInterfaceInformer).by('instance', keyOf({ namespace, name })),
})

const publicAddressesIn = (cache: Cache): AddressLookUps => ({
  getElasticIP: (namespace, name) => cache.of(elasticIPInformer).get(keyOf({ namespace, name })),
  getPublicIPPool: name => cache.of(publicIPPoolInformer).get(name),
  publicIPPools: () => cache.of(publicIPPoolInformer).list(),
  publicAddresses: () => new Set([
    ...[...cache.of(elasticIPInformer).list()].flatMap(({ status }) => status?.publicIP ?? []),
    ...[...cache.of(instanceInformer).list()].flatMap(({ status }) => status?.publicIPAddress ?? []),
  ]),
  elasticIPsOfInstance: (namespace, name) => cache.of(elasticIPInformer).by('instance', keyOf({ namespace, name })),
  elasticIPsOfInterface: (namespace, name) => cache.of(elasticIPInformer).by('networkInterface', keyOf({ namespace, name })),
})

type GatewayLookUps = Pick<View, 'getRouteTable' | 'getInternetGateway' | 'getNATGateway' | 'getVPCPeering' | 'getNetworkInterface' | 'routeTablesOfSubnet' | 'networkACLsOfSubnet'
  | 'internetGatewaysOfVPC' | 'peeringsOfVPC' | 'natGatewaysOfAddress' | 'networkInterfacesAt' | 'networkInterfacesOfInstance'>
type AddressLookUps = Pick<View, 'getElasticIP' | 'getPublicIPPool' | 'publicIPPools' | 'publicAddresses' | 'elasticIPsOfInstance' | 'elasticIPsOfInterface'>

/** All that `viewOf` looks into. */
export const viewInformers: readonly InformerSpec<KubeObject>[] = [
  vpcInformer, subnetInformer, instanceInformer, instanceTypeInformer, imageInformer, securityGroupInformer, volumeInformer,
  volumeAttachmentInformer, volumeTypeInformer, elasticIPInformer, internetGatewayInformer, natGatewayInformer, networkACLInformer,
  networkInterfaceInformer, publicIPPoolInformer, routeTableInformer, snapshotInformer, vpcPeeringInformer,
] as unknown as readonly InformerSpec<KubeObject>[]

/** A violation in one line: the field, what is wrong and the way out. */
export const violationText = ({ field, message }: Violation): string => `${field}: ${message}`
