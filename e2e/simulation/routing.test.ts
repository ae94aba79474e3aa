import test from 'ava'
import { idOf, idPrefixes } from '../../crds/ids.ts'
import type { ResourceType } from '../../crds/kubernetes.ts'
import { internetGateway, routeTable, subnet, vpc, vpcPeering } from '../../crds/v1alpha1/index.ts'
import { peerLink } from '../../operator/providers/kube-ovn/peer-link.ts'
import { subnetResource, vpcResource } from '../../operator/providers/kube-ovn/resources.ts'
import { type Anything, createWorld, type World } from './world.ts'

const manifest = (kind: string, name: string, spec: object, namespace?: string) =>
  ({ apiVersion: '', kind, metadata: { name, ...namespace === undefined ? {} : { namespace } }, spec })
const aVPC = (name: string, block: string, namespace?: string) => manifest('VPC', name, { cidrBlocks: [block] }, namespace)
const aSubnet = (name: string, cidrBlock: string) => manifest('Subnet', name, { vpcRef: { name: 'main' }, cidrBlock, availabilityZone: 'zone-a' })
const aTable = (name: string, spec: object) => manifest('RouteTable', name, { vpcRef: { name: 'main' }, ...spec })
const aGateway = (name = 'igw') => manifest('InternetGateway', name, { vpcRef: { name: 'main' } })
const aPeering = (name: string, own: string, peer: object, namespace?: string) => manifest('VPCPeering', name, { vpcRef: { name: own }, peer }, namespace)
const toInternet = { destinationCIDR: '0.0.0.0/0', internetGatewayRef: { name: 'igw' } }

type Conditions = { type: string; status: string; reason: string; message: string }[]
const conditionOf = (object: Anything | undefined, type: string) => (object?.status?.['conditions'] as Conditions | undefined)?.find(each => each.type === type)
const find = (world: World, resource: ResourceType, name: string, namespace = 'default') => world.get(resource, name, namespace).catch(() => undefined)
const become = (world: World, resource: ResourceType, name: string, reason: string, namespace?: string) =>
  world.until(async () => conditionOf(await find(world, resource, name, namespace), 'Ready')?.reason === reason)
const gone = (world: World, resource: ResourceType, name: string, namespace?: string) =>
  world.until(async () => await find(world, resource, name, namespace) === undefined)
const idIn = async (world: World, resource: ResourceType, prefix: Parameters<typeof idOf>[0], name: string, namespace?: string) =>
  idOf(prefix, (await find(world, resource, name, namespace))?.metadata.uid ?? '')
const routerOf = async (world: World, name: string, namespace?: string) =>
  (await find(world, vpcResource, await idIn(world, vpc, idPrefixes.vpc, name, namespace)))?.spec ?? {}
const routesOf = async (world: World, name: string) =>
  ((await find(world, routeTable, name))?.status?.['routes'] as { destinationCIDR: string; target: string; state: string }[] | undefined)
    ?.map(({ destinationCIDR, state }) => `${destinationCIDR} ${state}`)

const offerAddresses = async (world: World) => {
  await world.client.create(subnetResource, {
    apiVersion: 'kubeovn.io/v1', kind: 'Subnet', metadata: { name: 'external' },
    spec: { cidrBlock: '203.0.113.0/24', gateway: '203.0.113.1', protocol: 'IPv4', vpc: 'ovn-cluster', excludeIps: ['203.0.113.1', '203.0.113.16..203.0.113.63'] },
  })
  await world.apply(manifest('PublicIPPool', 'default', { cidrs: ['203.0.113.16/28'], externalSubnet: 'external' }))
}

const isStill = async (world: World): Promise<string[]> => {
  await world.clock.advance(60_000)
  const before = world.writes.length
  await world.clock.advance(6 * 60_000)
  return world.writes.slice(before)
}

test('a subnet follows one table, in any order of arrival, and is cut off the moment that its gateway is gone', async t => {
  const world = await createWorld()
  await world.apply(aTable('public', { routes: [toInternet], subnetRefs: [{ name: 'a' }] }), aGateway())
  await become(world, routeTable, 'public', 'DependencyNotFound')
  await world.apply(aSubnet('a', '10.0.1.0/24'), aSubnet('b', '10.0.2.0/24'), aVPC('main', '10.0.0.0/16'))
  for (const name of ['a', 'b']) await become(world, subnet, name, 'Available')
  await become(world, internetGateway, 'igw', 'DependencyNotFound')
  t.deepEqual(await routesOf(world, 'public'), ['10.0.0.0/16 active', '0.0.0.0/0 blackhole'])
  await offerAddresses(world)
  await become(world, internetGateway, 'igw', 'Available')
  await become(world, routeTable, 'public', 'Available')
  const [own, main] = [await idIn(world, routeTable, idPrefixes.routeTable, 'public'), await idIn(world, routeTable, idPrefixes.routeTable, 'main-main')]
  const tableOf = async (name: string) => (await find(world, subnetResource, await idIn(world, subnet, idPrefixes.subnet, name)))?.spec['routeTable']
  t.deepEqual([await tableOf('a'), await tableOf('b')], [own, main])
  t.like(await routerOf(world, 'main'), {
    enableExternal: true, extraExternalSubnets: ['external'],
    staticRoutes: [{ policy: 'policyDst', cidr: '0.0.0.0/0', nextHopIP: '203.0.113.1', ecmpMode: '', bfdId: '', routeTable: own }],
  })
  t.deepEqual(await isStill(world), [])
  // The table can't go while a subnet follows it; the gateway can, and leaves a hole.
  await world.remove(routeTable, 'public')
  await become(world, routeTable, 'public', 'DependencyViolation')
  await world.remove(internetGateway, 'igw')
  await gone(world, internetGateway, 'igw')
  await world.until(async () => (await routesOf(world, 'public'))?.[1] === '0.0.0.0/0 blackhole')
  const router = await routerOf(world, 'main')
  t.deepEqual([router['enableExternal'], router['staticRoutes']], [undefined, undefined])
  t.true((router['policyRoutes'] as { action: string; priority: number }[]).some(({ action, priority }) => action === 'drop' && priority === 1000))
  await world.remove(vpc, 'main')
  await become(world, vpc, 'main', 'DependencyViolation')
  t.is(conditionOf(await find(world, vpc, 'main'), 'Ready')?.message,
    'can\'t be deleted while in use by RouteTable "public", Subnet "a", Subnet "b": delete them first')
  for (const name of ['a', 'b']) await world.remove(subnet, name)
  await gone(world, vpc, 'main')
  t.deepEqual((await world.list(routeTable)).map(({ metadata }) => metadata.name), [])
  await world.stop()
})

test('of two tables that name a subnet, and of two gateways, the older has it until it goes, and the main table stays with its VPC', async t => {
  const world = await createWorld()
  await offerAddresses(world)
  await world.apply(aVPC('main', '10.0.0.0/16'), aSubnet('a', '10.0.1.0/24'), aTable('old', { subnetRefs: [{ name: 'a' }] }), aGateway('old'))
  await become(world, routeTable, 'old', 'Available')
  await become(world, internetGateway, 'old', 'Available')
  await world.clock.advance(2000)
  await world.apply(aTable('young', { subnetRefs: [{ name: 'a' }], routes: [{ destinationCIDR: '10.0.7.0/24', internetGatewayRef: { name: 'old' } }] }), aGateway('young'))
  await become(world, routeTable, 'young', 'InvalidSpec')
  await become(world, internetGateway, 'young', 'InvalidSpec')
  t.regex(conditionOf(await find(world, routeTable, 'young'), 'Ready')?.message ?? '', /10\.0\.7\.0\/24 is inside VPC "main".*subnet "a" follows the table "old"/)
  await world.remove(routeTable, 'main-main')
  await become(world, routeTable, 'main-main', 'DependencyViolation')
  await world.apply(aTable('old', { subnetRefs: [] }))
  await world.remove(internetGateway, 'old')
  await become(world, internetGateway, 'young', 'Available')
  await world.apply(aTable('young', { subnetRefs: [{ name: 'a' }] }))
  await become(world, routeTable, 'young', 'Available')
  // Another main table lets the first one go, and it stays gone.
  await world.apply(manifest('VPC', 'main', { cidrBlocks: ['10.0.0.0/16', '10.1.0.0/16'], mainRouteTableRef: { name: 'old' } }))
  await gone(world, routeTable, 'main-main')
  await world.until(async () => (await find(world, vpc, 'main'))?.status?.['mainRouteTable'] === 'old')
  t.deepEqual(await routesOf(world, 'old'), ['10.0.0.0/16 active', '10.1.0.0/16 active'])
  t.deepEqual(await isStill(world), [])
  await world.stop()
})

test('two accounts are connected while both ask, know nothing of each other before, and a new VPC of an old name gets nothing', async t => {
  const world = await createWorld()
  await world.client.create({ group: '', version: 'v1', kind: 'Namespace', plural: 'namespaces', namespaced: false },
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'other' } })
  const peeringOf = async (name: string, namespace?: string) => (await find(world, vpcPeering, name, namespace))?.status
  await world.apply(aVPC('main', '10.0.0.0/16'), aVPC('main', '10.9.0.0/16', 'other'), aSubnet('a', '10.0.1.0/24'),
    aPeering('there', 'main', { name: 'main', namespace: 'other' }), aTable('peered', {
      subnetRefs: [{ name: 'a' }], routes: [{ destinationCIDR: '10.9.0.0/16', vpcPeeringRef: { name: 'there' } }],
    }))
  await become(world, vpcPeering, 'there', 'PendingAcceptance')
  const [id, otherID] = [await idIn(world, vpc, idPrefixes.vpc, 'main'), await idIn(world, vpc, idPrefixes.vpc, 'main', 'other')]
  t.notRegex(JSON.stringify(await peeringOf('there')), new RegExp(`${otherID}|10\\.9|${(await find(world, vpc, 'main', 'other'))?.metadata.uid}`))
  await world.apply(aPeering('back', 'main', { name: 'main', namespace: 'default' }, 'other'))
  await become(world, vpcPeering, 'there', 'Active')
  await become(world, vpcPeering, 'back', 'Active', 'other')
  await become(world, routeTable, 'peered', 'Available')
  t.like(await peeringOf('there'), { state: 'active', peerVPCID: otherID, peerCIDRBlocks: ['10.9.0.0/16'] })
  t.deepEqual((await routerOf(world, 'main'))['vpcPeerings'], [{ remoteVpc: otherID, localConnectIP: peerLink(id, otherID).local }])
  t.deepEqual((await routerOf(world, 'main', 'other'))['vpcPeerings'], [{ remoteVpc: id, localConnectIP: peerLink(otherID, id).local }])
  t.deepEqual(await isStill(world), [])
  const back = aPeering('back', 'main', { name: 'main', namespace: 'default' }, 'other')
  await world.remove(vpcPeering, 'back', 'other')
  await gone(world, vpcPeering, 'back', 'other')
  await become(world, vpcPeering, 'there', 'PendingAcceptance')
  t.is((await peeringOf('there'))?.['peerCIDRBlocks'], undefined)
  t.deepEqual([(await routerOf(world, 'main'))['vpcPeerings'], (await routerOf(world, 'main'))['staticRoutes']], [undefined, undefined])
  await world.apply(back)
  await become(world, vpcPeering, 'there', 'Active')
  // A VPC that is waiting to go lets go of its peer all the same.
  await world.remove(vpc, 'main', 'other')
  await become(world, vpc, 'main', 'DependencyViolation', 'other')
  await world.remove(vpcPeering, 'back', 'other')
  await gone(world, vpc, 'main', 'other')
  await become(world, vpcPeering, 'there', 'PeerReplaced')
  await world.apply(aVPC('main', '10.9.0.0/16', 'other'), back)
  await become(world, vpcPeering, 'back', 'PendingAcceptance', 'other')
  t.is((await routerOf(world, 'main', 'other'))['vpcPeerings'], undefined)
  t.like(await peeringOf('there'), { state: 'failed' })
  await world.stop()
})
