import test from 'ava'
import {
  elasticIP, type ElasticIP, internetGateway, natGateway, type NATGateway, networkACL, networkInterface, type NetworkInterface, publicIPPool,
  type PublicIPPool, routeTable, type RouteTable, vpcPeering, type VPCPeering,
} from '../../crds/v1alpha1/index.ts'
import type { Definition } from '../../crds/definition.ts'
import { deletionViolationsOf, violationsOf } from './index.ts'
import { aGroup, anInstance, aSubnet, aView, aVPC, ofKind } from './samples.ts'
import type { View } from './view.ts'

/** An account with two VPCs, and two of most that can be in them. */
const subnets = {
  public: aSubnet('public'), private: aSubnet('private', { cidrBlock: '10.0.2.0/24', availabilityZone: 'zone-b' }),
  foreign: aSubnet('foreign', { vpcRef: { name: 'other' }, cidrBlock: '10.1.1.0/24' }),
}
const vpcs = { main: aVPC('main'), other: aVPC('other', ['10.1.0.0/16']), same: aVPC('same', ['10.0.128.0/17']) }
const instances = {
  web: anInstance('web'), far: anInstance('far', { subnetRef: { name: 'private' } }), foreign: anInstance('foreign', { subnetRef: { name: 'foreign' } }),
}
const groups = { web: aGroup('web'), foreign: aGroup('foreign', 'other') }
const gateway = (name: string, vpcName: string) => ofKind<never>(internetGateway, name, { vpcRef: { name: vpcName } })
const table = (name: string, spec: Record<string, unknown> = {}) => ofKind<RouteTable>(routeTable, name, { vpcRef: { name: 'main' }, ...spec })
const acl = (name: string, spec: Record<string, unknown> = {}) => ofKind<never>(networkACL, name, { vpcRef: { name: 'main' }, ...spec })
const nat = (name: string, spec: Record<string, unknown> = {}) => ofKind<NATGateway>(natGateway, name, { subnetRef: { name: 'public' }, elasticIPRef: { name: 'nat' }, ...spec })
const eip = (name: string, spec: Record<string, unknown> = {}) => ofKind<ElasticIP>(elasticIP, name, spec)
const pool = (name: string, cidrs: string[]) => ofKind<PublicIPPool>(publicIPPool, name, { cidrs, externalSubnet: 'external' })
const peering = (name: string, spec: Record<string, unknown>, more = {}) => ofKind<VPCPeering>(vpcPeering, name, { vpcRef: { name: 'main' }, ...spec }, more)
const eni = (name: string, spec: Record<string, unknown> = {}, more = {}) => ofKind<NetworkInterface>(networkInterface, name, { subnetRef: { name: 'public' }, ...spec }, more)

const at = <T>(objects: Readonly<Record<string, T>>) => (_namespace: string, name: string): T | undefined => objects[name]
const account = aView({
  getVPC: at(vpcs), getSubnet: at(subnets), getInstance: at(instances), getSecurityGroup: at(groups),
  getInternetGateway: at({ igw: gateway('igw', 'main'), foreign: gateway('foreign', 'other') }),
  getNATGateway: at({ nat: nat('nat'), foreign: nat('foreign', { subnetRef: { name: 'foreign' } }) }),
  getVPCPeering: at({ db: peering('db', { peer: { name: 'other' } }), foreign: peering('foreign', { vpcRef: { name: 'other' }, peer: { name: 'main' } }) }),
  getPublicIPPool: name => name === 'default' ? pool('default', ['203.0.113.0/24']) : undefined,
})

type Spec = Record<string, unknown>
type Case = { title: string; definition: Definition; spec: Spec; was?: Spec; view?: Partial<View>; says?: string }
const inMain = { vpcRef: { name: 'main' } }
const routes = (...routes: object[]) => ({ ...inMain, routes })
const named = (...names: string[]) => ({ ...inMain, subnetRefs: names.map(name => ({ name })) })
const inPublic = { subnetRef: { name: 'public' } }
const attached = (name: string, deviceIndex = 1) => ({ ...inPublic, attachment: { instanceRef: { name }, deviceIndex } })
const publicTables: Partial<View> = { routeTablesOfSubnet: (_namespace, name) => name === 'public' ? [table('first', named('public'))] : [] }

const cases: readonly Case[] = [
  { title: 'with routes to targets of its VPC, and to such as are still to come', definition: routeTable, spec: routes(
    { destinationCIDR: '0.0.0.0/0', internetGatewayRef: { name: 'igw' } }, { destinationCIDR: '192.0.2.0/24', natGatewayRef: { name: 'nat' } },
    { destinationCIDR: '10.1.0.0/16', vpcPeeringRef: { name: 'db' } }, { destinationCIDR: '10.2.0.0/16', instanceRef: { name: 'web' } },
    { destinationCIDR: '10.3.0.0/16', instanceRef: { name: 'later' } }, { destinationCIDR: '10.0.0.0/8', natGatewayRef: { name: 'later' } },
  ) },
  {
    title: 'with a route into its VPC', definition: routeTable, spec: routes({ destinationCIDR: '10.0.7.0/24', instanceRef: { name: 'web' } }),
    says: 'spec.routes[0].destinationCIDR: 10.0.7.0/24 is inside the VPC main (10.0.0.0/16), where traffic always goes straight to its destination: remove the route',
  },
  {
    title: 'whose route has been overtaken by a block of its VPC', definition: routeTable, spec: { ...routes({ destinationCIDR: '10.0.7.0/24', instanceRef: { name: 'web' } }), ...named('private') },
    was: routes({ destinationCIDR: '10.0.7.0/24', instanceRef: { name: 'far' } }),
  },
  ...([['internetGatewayRef', 'other'], ['natGatewayRef', 'other'], ['vpcPeeringRef', 'other'], ['instanceRef', 'other']] as const).map(([field, vpcName]) => ({
    title: `with a route to a target of another VPC by ${field}`, definition: routeTable, spec: routes({ destinationCIDR: '0.0.0.0/0', [field]: { name: 'foreign' } }),
    says: `spec.routes[0].${field}: foreign is of the VPC ${vpcName}, this route table of main: name a target of the same VPC`,
  })),
  {
    title: 'for a subnet of another VPC', definition: routeTable, spec: named('private', 'foreign'),
    says: 'spec.subnetRefs[1]: the subnet foreign is of the VPC other, this route table of main: name subnets of that VPC',
  },
  {
    title: 'for a subnet that has another', definition: routeTable, spec: named('public'), view: publicTables,
    says: 'spec.subnetRefs[0]: the subnet public has the route table first, and has one only: take it out of the subnetRefs of first first',
  },
  { title: 'that changes while another names its subnet too', definition: routeTable, spec: { ...named('public'), routes: [] }, was: named('public'), view: publicTables },
  {
    title: 'for a subnet that has another', definition: networkACL, spec: named('public'), view: { networkACLsOfSubnet: () => [acl('first', named('public'))] },
    says: 'spec.subnetRefs[0]: the subnet public has the network ACL first, and has one only: take it out of the subnetRefs of first first',
  },
  { title: 'for a subnet that is still to come', definition: networkACL, spec: named('later') },
  { title: 'of a VPC without one', definition: internetGateway, spec: inMain },
  {
    title: 'of a VPC that has one', definition: internetGateway, spec: inMain, view: { internetGatewaysOfVPC: () => [gateway('igw', 'main')] },
    says: 'spec.vpcRef: the VPC main has the internet gateway igw, and has one only: use that one, or delete it first',
  },
  { title: 'with an address of its own', definition: natGateway, spec: { ...inPublic, elasticIPRef: { name: 'nat' } }, view: { getElasticIP: at({ nat: eip('nat') }) } },
  {
    title: 'with an address that another gateway has', definition: natGateway, spec: { ...inPublic, elasticIPRef: { name: 'nat' } }, view: { natGatewaysOfAddress: () => [nat('first')] },
    says: 'spec.elasticIPRef: the ElasticIP nat is the NAT gateway first\'s: name another',
  },
  {
    title: 'with an address that leads to an instance', definition: natGateway, spec: { ...inPublic, elasticIPRef: { name: 'nat' } },
    view: { getElasticIP: at({ nat: eip('nat', { instanceRef: { name: 'web' } }) }) },
    says: 'spec.elasticIPRef: the ElasticIP nat leads to web: name another, or take its target off first',
  },
  { title: 'with an address of its pool', definition: elasticIP, spec: { address: '203.0.113.9', instanceRef: { name: 'web' } } },
  { title: 'of a pool that is still to come', definition: elasticIP, spec: { address: '198.51.100.9', poolName: 'later' } },
  {
    title: 'with an address outside its pool', definition: elasticIP, spec: { address: '198.51.100.9' },
    says: 'spec.address: 198.51.100.9 is not in the pool default (203.0.113.0/24): choose an address inside, or leave it out',
  },
  {
    title: 'for an instance that has another', definition: elasticIP, spec: { instanceRef: { name: 'web' } }, was: {}, view: { elasticIPsOfInstance: () => [eip('first')] },
    says: 'spec.instanceRef: the ElasticIP first leads to web, which has one address only: take its instanceRef off first',
  },
  {
    title: 'for a network interface that has another', definition: elasticIP, spec: { networkInterfaceRef: { name: 'data' } }, view: { elasticIPsOfInterface: () => [eip('first')] },
    says: 'spec.networkInterfaceRef: the ElasticIP first leads to data, which has one address only: take its networkInterfaceRef off first',
  },
  {
    title: 'that a NAT gateway has, for an instance', definition: elasticIP, spec: { instanceRef: { name: 'web' } }, was: {}, view: { natGatewaysOfAddress: () => [nat('nat')] },
    says: 'spec.instanceRef: the address is the NAT gateway nat\'s: take instanceRef off, or delete the gateway first',
  },
  {
    title: 'that overlaps another', definition: publicIPPool, spec: { cidrs: ['198.51.100.0/24', '203.0.113.128/25'], externalSubnet: 'external' },
    view: { publicIPPools: () => [pool('default', ['203.0.113.0/24'])] },
    says: 'spec.cidrs[1]: 203.0.113.128/25 overlaps the pool default (203.0.113.0/24): choose a free block',
  },
  {
    title: 'that gives back a block whose addresses are in use', definition: publicIPPool, spec: { cidrs: ['198.51.100.0/24'], externalSubnet: 'external' },
    was: { cidrs: ['198.51.100.0/24', '203.0.113.0/24'], externalSubnet: 'external' }, view: { publicAddresses: () => ['203.0.113.9', '203.0.113.10', '198.51.100.1'] },
    says: 'spec.cidrs: 2 addresses of a block that would be removed are in use: keep the block until they are released',
  },
  {
    title: 'that gives back a free block', definition: publicIPPool, spec: { cidrs: ['198.51.100.0/24'], externalSubnet: 'external' },
    was: { cidrs: ['198.51.100.0/24', '203.0.113.0/24'], externalSubnet: 'external' }, view: { publicAddresses: () => ['198.51.100.1'] },
  },
  { title: 'of two VPCs of one account', definition: vpcPeering, spec: { ...inMain, peer: { name: 'other' } } },
  {
    title: 'of a VPC with itself', definition: vpcPeering, spec: { ...inMain, peer: { name: 'main', namespace: 'blue' } },
    says: 'spec.peer: main is the VPC itself: name another VPC',
  },
  {
    title: 'of VPCs that overlap', definition: vpcPeering, spec: { ...inMain, peer: { name: 'same' } },
    says: 'spec.peer: 10.0.0.0/16 of the VPC main overlaps 10.0.128.0/17 of same: peer VPCs whose blocks don\'t overlap',
  },
  {
    title: 'with another account\'s VPC, which nobody looks at', definition: vpcPeering, spec: { ...inMain, peer: { name: 'same', namespace: 'red' } },
    view: { getVPC: (namespace, name) => namespace === 'blue' ? at(vpcs)(namespace, name) : (() => { throw new Error('looked') })() },
  },
  {
    title: 'that is asked for already', definition: vpcPeering, spec: { ...inMain, peer: { name: 'other', namespace: 'blue' } },
    view: { peeringsOfVPC: () => [peering('first', { peer: { name: 'other' } })] }, says: 'spec.peer: the peering first asks for the same: use that one, or delete it first',
  },
  { title: 'in its subnet, at an instance of its zone', definition: networkInterface, spec: { ...attached('web'), privateIPAddress: '10.0.1.20', securityGroupRefs: [{ name: 'web' }] } },
  { title: 'for an instance that is still to come', definition: networkInterface, spec: attached('later') },
  { title: 'with a reserved address', definition: networkInterface, spec: { ...inPublic, privateIPAddress: '10.0.1.3' }, says: 'spec.privateIPAddress: 10.0.1.3 is reserved: the first four' },
  {
    title: 'with an address that an instance has', definition: networkInterface, spec: { ...inPublic, privateIPAddress: '10.0.1.9' },
    view: { instancesAt: () => [anInstance('db', { privateIPAddress: '10.0.1.9' })] }, says: 'spec.privateIPAddress: 10.0.1.9 is taken by the instance db: choose another',
  },
  {
    title: 'with a group of another VPC', definition: networkInterface, spec: { ...inPublic, securityGroupRefs: [{ name: 'foreign' }] },
    says: 'spec.securityGroupRefs[0]: the group foreign is of the VPC other, the subnet public of main',
  },
  { title: 'at an instance of another zone', definition: networkInterface, spec: attached('far'), was: inPublic, says: 'spec.attachment.instanceRef: the instance far is in zone-b' },
  { title: 'at an instance of another VPC', definition: networkInterface, spec: attached('foreign'), was: inPublic, says: 'the instance foreign is in the VPC other, the subnet public in main' },
  {
    title: 'at a place that another has', definition: networkInterface, spec: attached('web', 2), was: inPublic,
    view: { networkInterfacesOfInstance: () => [eni('first', attached('web', 2)), eni('second', attached('web'))] },
    says: 'spec.attachment.deviceIndex: the network interface first is at 2 of the instance web: choose a free index, 1 to 15',
  },
]

for (const { title, definition, spec, was, view, says } of cases) {
  test(`${/^[EI]/.test(definition.kind) ? 'An' : 'A'} ${definition.kind} ${title} is ${says === undefined ? 'accepted' : 'refused with the way out'}`, t => {
    type Judged = Parameters<typeof violationsOf>[0]
    const old = was === undefined ? undefined : ofKind<Judged>(definition, 'example', was)
    const said = violationsOf(ofKind<Judged>(definition, 'example', spec), old, { ...account, ...view }).map(({ field, message }) => `${field}: ${message}`)
    if (says === undefined) t.deepEqual(said, [])
    else t.true(said.some(each => each.includes(says)), said.join('\n'))
  })
}

test('The main route table and the default network ACL of a VPC can\'t be deleted before the VPC', t => {
  const view = (vpc = vpcs.main) => aView({ getVPC: () => vpc })
  const refusal = (object: unknown, vpc = vpcs.main) => deletionViolationsOf(object as never, view(vpc)).map(({ message }) => message).join()
  const going = aVPC('main', undefined, { metadata: { ...vpcs.main.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } })
  t.regex(refusal(table('main-main')), /is the main route table of the VPC main and can't be deleted: name another in the VPC's mainRouteTableRef first/)
  t.regex(refusal(acl('main-default')), /is the default network ACL of the VPC main and can't be deleted: change its entries/)
  for (const object of [table('main-main'), acl('main-default')]) t.is(refusal(object, going), '')
  for (const object of [table('nat'), acl('strict')]) t.is(refusal(object), '')
  const natted = { ...vpcs.main, spec: { ...vpcs.main.spec, mainRouteTableRef: { name: 'nat' } } }
  t.is(refusal(table('main-main'), natted), '')
  t.regex(refusal(table('nat'), natted), /is the main route table/)
})

test('A VPC takes no block that a peer has, and no main table of another VPC', t => {
  const bound = peering('db', { peer: { name: 'other' } }, { status: { observedGeneration: 1, peerCIDRBlocks: ['10.1.0.0/16'] } })
  const view = { ...account, peeringsOfVPC: () => [bound], getRouteTable: at({ own: table('own'), foreign: table('foreign', { vpcRef: { name: 'other' } }) }) }
  const said = (after: typeof vpcs.main) => violationsOf(after, vpcs.main, view).map(({ field, message }) => `${field}: ${message}`)
  t.deepEqual(said(aVPC('main', ['10.0.0.0/16', '10.1.128.0/17'])), [
    'spec.cidrBlocks[1]: 10.1.128.0/17 overlaps 10.1.0.0/16 at the other end of the peering db: choose another block, or delete the peering first',
  ])
  t.deepEqual(said(aVPC('main', ['10.0.0.0/16', '10.2.0.0/16'])), [])
  const mainTable = (name: string) => ({ ...vpcs.main, spec: { ...vpcs.main.spec, mainRouteTableRef: { name } } })
  t.deepEqual(said(mainTable('foreign')), ['spec.mainRouteTableRef: the route table foreign is of the VPC other: name one of this VPC'])
  for (const name of ['own', 'later']) t.deepEqual(said(mainTable(name)), [])
})

test('A rule may name a group of a VPC that is peered, and one of another account unseen', t => {
  const group = (ref: object) => aGroup('app', 'main', { ingressRules: [{ protocol: 'all', securityGroupRef: ref }] })
  const said = (ref: object, view: Partial<View> = {}) =>
    violationsOf(group(ref), undefined, { ...account, ...view }).map(({ message }) => message).join()
  t.regex(said({ name: 'foreign' }), /make a VPCPeering of the two first/)
  t.regex(said({ name: 'foreign', namespace: 'blue' }), /make a VPCPeering of the two first/)
  t.is(said({ name: 'foreign' }, { peeringsOfVPC: () => [peering('db', { peer: { name: 'other' } })] }), '')
  t.is(said({ name: 'foreign', namespace: 'red' }, { getSecurityGroup: () => { throw new Error('looked') } }), '')
})
