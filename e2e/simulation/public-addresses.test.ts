import test from 'ava'
import type { KubeObject, ResourceType } from '../../crds/kubernetes.ts'
import { elasticIP, instance, natGateway, publicIPPool } from '../../crds/v1alpha1/index.ts'
import { ovnEipResource, ovnFipResource, ovnSnatRuleResource } from '../../operator/providers/kube-ovn/external-resources.ts'
import { subnetResource } from '../../operator/providers/kube-ovn/resources.ts'
import { quickstart, web } from './instance-cloud.ts'
import { type Anything, createWorld, type World } from './world.ts'

const namespaces: ResourceType = { group: '', version: 'v1', kind: 'Namespace', plural: 'namespaces', namespaced: false }
const manifest = (kind: string, name: string, spec: object) => ({ apiVersion: '', kind, metadata: { name }, spec })
const anEIP = (name: string, spec: object = {}) => manifest('ElasticIP', name, spec)
const toInstance = (name: string) => ({ instanceRef: { name } })
const aTable = (name: string, routes: object[], subnets: string[]) =>
  manifest('RouteTable', name, { vpcRef: { name: 'main' }, routes, subnetRefs: subnets.map(each => ({ name: each })) })

const aPool = async (world: World, cidrs: readonly string[]) => {
  await world.client.create(subnetResource, {
    apiVersion: 'kubeovn.io/v1', kind: 'Subnet', metadata: { name: 'external' },
    spec: {
      cidrBlock: '203.0.113.0/24', gateway: '203.0.113.1', protocol: 'IPv4', vpc: 'ovn-cluster', excludeIps: ['203.0.113.1', '203.0.113.16..203.0.113.63'],
    },
  })
  await world.apply(manifest('PublicIPPool', 'default', { cidrs, externalSubnet: 'external' }))
}

type Conditions = { type: string; status: string; reason: string; message: string }[]
const condition = (object: Anything | undefined, type: string) =>
  (object?.status?.['conditions'] as Conditions | undefined)?.find(each => each.type === type)
const become = (world: World, resource: ResourceType, name: string, reason: string, type = 'Ready') =>
  world.until(async () => condition(await world.get(resource, name).catch(() => undefined), type)?.reason === reason)
const gone = (world: World, resource: ResourceType, name: string) => world.until(async () => world.get(resource, name).then(() => false, () => true))
const names = (objects: readonly KubeObject[]) => objects.map(({ metadata }) => metadata.name).filter(name => name.startsWith('eip-')).sort()
const statusOf = async (world: World, resource: ResourceType, name: string) => (await world.get(resource, name))?.status ?? {}
const publicOf = async (world: World, name: string) => (await statusOf(world, instance, name))['publicIPAddress'] as string | undefined

/** What is still written in ten minutes after those to settle: nothing, if all is said and done. */
const isStill = async (world: World): Promise<string[]> => {
  await world.clock.advance(6 * 60_000)
  const before = world.writes.length
  await world.clock.advance(10 * 60_000)
  return world.writes.slice(before)
}

test('an elastic IP is the tenant\'s until it is released, and rests before the next has it', async t => {
  const world = await createWorld()
  await world.apply(anEIP('early'))
  await become(world, elasticIP, 'early', 'DependencyNotFound')
  await aPool(world, ['203.0.113.16/31'])
  await become(world, elasticIP, 'early', 'Unassociated')
  await world.apply(anEIP('second'), anEIP('third'))
  await become(world, elasticIP, 'second', 'Unassociated')
  await become(world, elasticIP, 'third', 'PoolExhausted')
  t.deepEqual(names(await world.list(ovnEipResource)), ['eip-203-0-113-16', 'eip-203-0-113-17'])
  await world.client.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'mallory' } })
  const wanted = (await statusOf(world, elasticIP, 'early'))['publicIP']
  const thief = anEIP('early', { address: wanted })
  await world.apply({ ...thief, metadata: { name: 'early', namespace: 'mallory' } })
  await world.until(async () => condition(await world.get(elasticIP, 'early', 'mallory'), 'Ready')?.reason === 'AddressInUse')
  await world.remove(elasticIP, 'early', 'mallory')
  t.is((await statusOf(world, elasticIP, 'early'))['publicIP'], wanted)
  await world.remove(elasticIP, 'second')
  await gone(world, elasticIP, 'second')
  await world.clock.advance(4 * 60_000)
  t.is(condition(await world.get(elasticIP, 'third'), 'Ready')?.reason, 'PoolExhausted')
  await become(world, elasticIP, 'third', 'Unassociated')
  t.is(new Set(names(await world.list(ovnEipResource))).size, 2)
  t.deepEqual(await isStill(world), [])
  t.like(await statusOf(world, publicIPPool, 'default'), { totalAddressCount: 2, availableAddressCount: 0 })
  await world.stop()
})

test('public addresses lead to instances, move in one step, make way for elastic ones and go with their instance', async t => {
  const world = await createWorld()
  await aPool(world, ['203.0.113.16/28'])
  const other = { ...web, privateIPAddress: '10.0.1.6' }
  const given = { ...web, associatePublicIP: true }
  await world.apply(...quickstart.map(([kind, name, spec]) => manifest(kind, name, spec)), anEIP('one', toInstance('other')),
    manifest('Instance', 'web', given), manifest('Instance', 'other', other))
  await become(world, elasticIP, 'one', 'Associated')
  await world.until(async () => await publicOf(world, 'web') !== undefined)
  t.is(condition(await world.get(instance, 'web'), 'PubliclyReachable')?.reason, 'NoRouteToInternetGateway')
  const [auto, elastic] = [await publicOf(world, 'web'), (await statusOf(world, elasticIP, 'one'))['publicIP'] as string | undefined]
  t.is(await publicOf(world, 'other'), elastic)

  await world.apply(manifest('InternetGateway', 'igw', { vpcRef: { name: 'main' } }),
    aTable('public', [{ destinationCIDR: '0.0.0.0/0', internetGatewayRef: { name: 'igw' } }], ['public-a']))
  await become(world, instance, 'web', 'RouteToInternetGateway', 'PubliclyReachable')
  await become(world, elasticIP, 'one', 'RouteToInternetGateway', 'PubliclyReachable')

  await world.apply(anEIP('one', toInstance('web')))
  await world.until(async () => await publicOf(world, 'web') === elastic && await publicOf(world, 'other') === undefined)
  await become(world, elasticIP, 'one', 'Associated')
  t.is((await world.list(ovnFipResource)).length, 1)
  await world.apply(anEIP('rival', toInstance('web')))
  await become(world, elasticIP, 'rival', 'TargetInUse')
  await world.remove(elasticIP, 'rival')
  await world.apply(anEIP('one'))
  await world.until(async () => ![undefined, elastic, auto].includes(await publicOf(world, 'web')))
  const again = await publicOf(world, 'web')
  await world.apply(manifest('Instance', 'web', { ...given, state: 'Stopped' }))
  await world.until(async () => (await statusOf(world, instance, 'web'))['state'] === 'stopped' && await publicOf(world, 'web') === undefined)
  await world.apply(manifest('Instance', 'web', given), anEIP('one', toInstance('other')))
  await world.until(async () => ![undefined, elastic, auto, again].includes(await publicOf(world, 'web')))
  await world.until(async () => await publicOf(world, 'other') === elastic)
  await world.apply(manifest('Instance', 'other', { ...other, state: 'Stopped' }))
  await world.until(async () => (await statusOf(world, instance, 'other'))['state'] === 'stopped')
  t.is(await publicOf(world, 'other'), elastic)

  await world.remove(instance, 'web')
  await world.remove(instance, 'other')
  await gone(world, instance, 'web')
  await gone(world, instance, 'other')
  await become(world, elasticIP, 'one', 'DependencyNotFound')
  t.deepEqual(names(await world.list(ovnFipResource)), [])
  t.deepEqual(await isStill(world), [])
  t.deepEqual(names(await world.list(ovnEipResource)), [`eip-${String(elastic).replaceAll('.', '-')}`])

  await world.apply(anEIP('one'), manifest('Subnet', 'private-a', { vpcRef: { name: 'main' }, cidrBlock: '10.0.2.0/24', availabilityZone: 'zone-a' }),
    manifest('NATGateway', 'nat', { subnetRef: { name: 'public-a' }, elasticIPRef: { name: 'one' } }),
    aTable('private', [{ destinationCIDR: '0.0.0.0/0', natGatewayRef: { name: 'nat' } }], ['private-a']))
  await become(world, natGateway, 'nat', 'Available')
  t.like(await statusOf(world, natGateway, 'nat'), { state: 'available', publicIP: elastic })
  t.deepEqual((await world.list(ovnSnatRuleResource)).map(({ spec }) => spec['v4IpCidr']), ['10.0.2.0/24'])
  await world.remove(elasticIP, 'one')
  await become(world, elasticIP, 'one', 'DependencyViolation')
  await world.remove(natGateway, 'nat')
  await gone(world, elasticIP, 'one')
  t.deepEqual(await world.list(ovnSnatRuleResource), [])
  t.deepEqual(await isStill(world), [])
  t.deepEqual(names(await world.list(ovnEipResource)), [])
  await world.stop()
})
