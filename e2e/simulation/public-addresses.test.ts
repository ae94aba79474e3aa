import test from 'ava'
import type { KubeObject, ResourceType } from '../../crds/kubernetes.ts'
import { elasticIP, instance, natGateway, networkInterface, publicIPPool } from '../../crds/v1alpha1/index.ts'
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

test('an elastic IP leads to a network interface, in no instance too, goes with it to another, moves between two, and stays through crashes', async t => {
  const world = await createWorld()
  await aPool(world, ['203.0.113.16/28'])
  const interfaceOf = (name: string, more: object = {}) => manifest('NetworkInterface', name, { subnetRef: { name: 'public-a' }, securityGroupRefs: [{ name: 'web' }], ...more })
  const attachment = (name: string) => ({ attachment: { instanceRef: { name }, deviceIndex: 1 } })
  const toInterface = (name: string) => anEIP('one', { networkInterfaceRef: { name } })
  const leadsTo = async () => (await world.list(ovnFipResource)).map(({ spec }) => `${String(spec['ovnEip'])} ${String(spec['v4Ip'])}`)
  const eip = () => statusOf(world, elasticIP, 'one')
  const idIn = async (name: string, field: string, resource: ResourceType = networkInterface) => (await statusOf(world, resource, name))[field]
  await world.apply(...quickstart.map(([kind, name, spec]) => manifest(kind, name, spec)), toInterface('data'))
  await become(world, elasticIP, 'one', 'DependencyNotFound')
  await world.apply(interfaceOf('data', { privateIPAddress: '10.0.1.77' }), interfaceOf('spare', { privateIPAddress: '10.0.1.78' }))
  await become(world, elasticIP, 'one', 'Associated')
  const first = await eip()
  const held = `eip-${String(first['publicIP']).replaceAll('.', '-')}`
  t.like(first, { privateIPAddress: '10.0.1.77', networkInterfaceID: await idIn('data', 'networkInterfaceID'), instanceID: undefined })
  t.deepEqual(await leadsTo(), [`${held} 10.0.1.77`])

  const thief = anEIP('thief', { networkInterfaceRef: { name: 'data' } })
  await world.client.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'mallory' } })
  await world.apply({ ...thief, metadata: { name: 'thief', namespace: 'mallory' } })
  await world.until(async () => condition(await world.get(elasticIP, 'thief', 'mallory'), 'Ready')?.reason === 'DependencyNotFound')
  await world.remove(elasticIP, 'thief', 'mallory')

  // The instance has two addresses then: its own, and that of its interface.
  await world.apply(manifest('Instance', 'web', web), manifest('Instance', 'other', { ...web, privateIPAddress: '10.0.1.6' }),
    interfaceOf('data', { privateIPAddress: '10.0.1.77', ...attachment('web') }))
  await world.until(async () => (await eip())['instanceID'] !== undefined)
  t.is((await eip())['instanceID'], await idIn('web', 'instanceID', instance))
  const [fip] = await world.list(ovnFipResource)
  await world.apply(interfaceOf('data', { privateIPAddress: '10.0.1.77' }))
  await world.until(async () => await idIn('data', 'state') === 'available' && (await eip())['instanceID'] === undefined)
  await world.apply(interfaceOf('data', { privateIPAddress: '10.0.1.77', ...attachment('other') }))
  const other = await idIn('other', 'instanceID', instance)
  await world.until(async () => (await eip())['instanceID'] === other)
  t.like(await eip(), { publicIP: first['publicIP'], associationID: first['associationID'], privateIPAddress: '10.0.1.77' })
  t.is((await world.list(ovnFipResource))[0]?.metadata.uid, fip?.metadata.uid, 'not one packet is lost by it')

  await world.apply(manifest('ElasticIP', 'rival', { networkInterfaceRef: { name: 'data' } }))
  await become(world, elasticIP, 'rival', 'TargetInUse')
  await world.remove(elasticIP, 'rival')
  await gone(world, elasticIP, 'rival')
  await world.apply(toInterface('spare'))
  world.crash()
  world.start()
  await world.until(async () => (await eip())['privateIPAddress'] === '10.0.1.78')
  t.like(await eip(), { publicIP: first['publicIP'], networkInterfaceID: await idIn('spare', 'networkInterfaceID'), instanceID: undefined })
  t.deepEqual(await leadsTo(), [`${held} 10.0.1.78`])

  // An interface that goes takes nothing along but the way to it.
  await world.remove(networkInterface, 'spare')
  await gone(world, networkInterface, 'spare')
  await become(world, elasticIP, 'one', 'DependencyNotFound')
  t.deepEqual(await leadsTo(), [])
  t.is((await eip())['publicIP'], first['publicIP'])
  t.deepEqual(await isStill(world), [])
  await world.stop()
})
