import { subnetResource } from '../../../../operator/providers/kube-ovn/resources.ts'
import type { Manifest, Scenario, User } from '../scenario.ts'
import { aSubnet, aVPC } from './manifests.ts'

const inMain = { vpcRef: { name: 'main' } }
const anywhere = { destinationCIDR: '0.0.0.0/0', internetGatewayRef: { name: 'igw' } }
const aTable = (name: string, spec: object): Manifest => ({ kind: 'RouteTable', name, spec: { ...inMain, ...spec } })
const aPeering = (name: string, own: string, peer: string): Manifest => ({ kind: 'VPCPeering', name, spec: { vpcRef: { name: own }, peer: { name: peer } } })

/** A network of public addresses, and the platform's pool on it. */
export const publicAddresses = async (user: User): Promise<void> => {
  await user.client.create(subnetResource, {
    apiVersion: 'kubeovn.io/v1', kind: 'Subnet', metadata: { name: 'external' },
    spec: { cidrBlock: '203.0.113.0/24', gateway: '203.0.113.1', protocol: 'IPv4', vpc: 'ovn-cluster', excludeIps: ['203.0.113.1', '203.0.113.16..203.0.113.31'] },
  })
  await user.apply({ kind: 'PublicIPPool', name: 'default', spec: { cidrs: ['203.0.113.16/28'], externalSubnet: 'external' } })
}

/** A subnet is made public, moved to the main table and back, and all of it goes at once. */
const routes: Scenario = {
  name: 'routes-to-the-internet',
  base: 'network',
  play: async (user) => {
    await user.apply(aTable('public', { routes: [anywhere], subnetRefs: [{ name: 'public-a' }] }), { kind: 'InternetGateway', name: 'igw', spec: inMain })
    await publicAddresses(user)
    await user.becomes('RouteTable', 'public', 'Available')
    await user.apply(aTable('public', { routes: [anywhere], subnetRefs: [] }), aTable('main-main', { routes: [anywhere] }))
    await user.becomes('RouteTable', 'main-main', 'Available')
    await user.remove({ kind: 'InternetGateway', name: 'igw' })
    await user.gone('InternetGateway', 'igw')
    await user.becomes('RouteTable', 'main-main', 'DependencyNotFound')
    await user.remove({ kind: 'RouteTable', name: 'public' }, { kind: 'Subnet', name: 'public-a' }, { kind: 'SecurityGroup', name: 'web' }, { kind: 'VPC', name: 'main' })
    await user.gone('VPC', 'main')
  },
}

/** Two VPCs are peered, and one goes with its side of it; what is made anew under its name is a stranger. */
const peering: Scenario = {
  name: 'peering-begun-and-ended',
  base: 'network',
  play: async (user) => {
    await user.apply(aVPC('second', '10.9.0.0/16'), aPeering('there', 'main', 'second'),
      aTable('peered', { routes: [{ destinationCIDR: '10.9.0.0/16', vpcPeeringRef: { name: 'there' } }], subnetRefs: [{ name: 'public-a' }] }))
    await user.becomes('VPCPeering', 'there', 'PendingAcceptance')
    await user.apply(aPeering('back', 'second', 'main'), aSubnet('far', '10.9.1.0/24', 'second'))
    await user.becomes('VPCPeering', 'there', 'Active')
    await user.becomes('RouteTable', 'peered', 'Available')
    await user.remove({ kind: 'VPCPeering', name: 'back' }, { kind: 'Subnet', name: 'far' }, { kind: 'VPC', name: 'second' })
    await user.gone('VPC', 'second')
    await user.becomes('VPCPeering', 'there', 'PeerReplaced')
    await user.apply(aVPC('second', '10.9.0.0/16'), aPeering('back', 'second', 'main'))
    await user.becomes('VPCPeering', 'back', 'PendingAcceptance')
  },
}

/** Tables, gateways and peerings. */
export const routingScenarios: readonly Scenario[] = [routes, peering]
