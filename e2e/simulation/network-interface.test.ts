import test from 'ava'
import type { ResourceType } from '../../crds/kubernetes.ts'
import { instance, networkInterface, securityGroup, subnet, vpc } from '../../crds/v1alpha1/index.ts'
import { controllers } from '../../operator/controllers.ts'
import { networkAttachmentResource } from '../../operator/providers/kube-ovn/resources.ts'
import { podResource, virtualMachineResource } from '../../operator/providers/kubevirt/resources.ts'
import { quickstart, web } from './instance-cloud.ts'
import { createWorld, type World } from './world.ts'

const ips: ResourceType = { group: 'kubeovn.io', version: 'v1', kind: 'IP', plural: 'ips', namespaced: false }
const manifest = (kind: string, name: string, spec: object) => ({ apiVersion: '', kind, metadata: { name }, spec })
const eni = (name: string, spec: object = {}) => manifest('NetworkInterface', name, { subnetRef: { name: 'public-a' }, ...spec })
const at = (deviceIndex: number, more: object = {}) => ({ attachment: { instanceRef: { name: 'web' }, deviceIndex, ...more } })
const isGone = (world: World, resource: ResourceType, name: string) => world.get(resource, name).then(() => false, () => true)
const statusOf = async (world: World, name: string) => (await world.get(networkInterface, name))?.status ?? {}
const idOf = async (world: World, name: string) => String((await statusOf(world, name))['networkInterfaceID'])
const inState = (world: World, name: string, state: string) => world.until(async () => (await statusOf(world, name))['state'] === state)
const isRunning = (world: World) => world.until(async () => (await world.get(instance, 'web'))?.status?.['state'] === 'running')
const reasonOf = async (world: World, name: string, type = 'Ready') =>
  ((await statusOf(world, name))['conditions'] as { type: string; reason: string }[] | undefined)?.find(each => each.type === type)?.reason
const portsOfPod = async (world: World): Promise<Record<string, string>> =>
  (await world.list(podResource)).find(({ metadata }) => metadata.labels?.['kubevirt.io'] === 'virt-launcher')?.metadata.annotations ?? {}
const free = async (world: World) => (await world.get(subnet, 'public-a'))?.status?.['availableIPAddressCount']
const restartRequired = async (world: World) => JSON.stringify((await world.get(virtualMachineResource, 'web'))?.status).includes('RestartRequired')

const started = async (driver: 'kubeOVN' | 'networkPolicy'): Promise<World> => {
  const world = await createWorld()
  world.crash()
  world.start({ kinds: settings => controllers({ ...settings, securityGroupDriver: driver }) })
  await world.apply(...quickstart.map(([kind, name, spec]) => manifest(kind, name, spec)))
  return world
}

test('with groups on ports, interfaces have addresses and groups of their own, come and go while the instance runs, and go with it if they are to', async t => {
  const world = await started('kubeOVN')
  await world.apply(manifest('SecurityGroup', 'db', { vpcRef: { name: 'main' } }), eni('first', { ...at(1), securityGroupRefs: [{ name: 'db' }] }))
  await world.until(async () => await reasonOf(world, 'first') === 'DependencyNotFound')
  t.like(await statusOf(world, 'first'), { state: 'available' })
  const addressOfFirst = String((await statusOf(world, 'first'))['privateIPAddress'])
  await world.apply(manifest('Instance', 'web', web))
  await isRunning(world)
  await inState(world, 'first', 'in-use')
  const first = await idOf(world, 'first')
  const key = (id: string, name: string) => `${id}.default.ovn.kubernetes.io/${name}`
  const groupIDs = async (name: string) => [
    String((await world.get(vpc, 'main'))?.status?.['vpcID']), String((await world.get(securityGroup, name))?.status?.['groupID']),
  ].join()
  const atLaunch = await portsOfPod(world)
  t.is(atLaunch[key(first, 'security_groups')], await groupIDs('db'))
  t.is(atLaunch[key(first, 'ip_address')], addressOfFirst)
  t.is(atLaunch['public-a.default.ovn.kubernetes.io/security_groups'], await groupIDs('web'))

  // Live, beside the one that is there.
  await world.apply(eni('second', { ...at(2, { deleteOnTermination: true }), sourceDestCheck: false, privateIPAddress: '10.0.1.77' }))
  await inState(world, 'second', 'in-use')
  const second = await idOf(world, 'second')
  const live = await portsOfPod(world)
  t.is(live[key(second, 'ip_address')], '10.0.1.77')
  t.is(live[key(second, 'port_security')], 'false')
  t.is(live[key(second, 'security_groups')], await groupIDs('main-default'))
  t.true((await world.list(ips)).some(({ metadata, spec }) => metadata.name === `web.default.${second}.default.ovn` && spec['v4IpAddress'] === '10.0.1.77'))
  t.false(await restartRequired(world))
  await world.until(async () => await free(world) === 256 - 5 - 3)
  const shown = (await world.get(instance, 'web'))?.status?.['networkInterfaces'] as { deviceIndex: number; networkInterfaceName?: string; state: string }[]
  t.deepEqual(shown.map(({ deviceIndex, networkInterfaceName, state }) => [deviceIndex, networkInterfaceName, state]),
    [[0, undefined, 'attached'], [1, 'first', 'attached'], [2, 'second', 'attached']])
  await world.apply(eni('second', { ...at(2, { deleteOnTermination: true }), securityGroupRefs: [{ name: 'web' }], privateIPAddress: '10.0.1.77' }))
  await world.until(async () => (await portsOfPod(world))[key(second, 'security_groups')] === await groupIDs('web'))
  t.is((await portsOfPod(world))[key(second, 'port_security')], 'true')

  // A deletion waits; what is taken off is free again, with the address that it had.
  await world.remove(networkInterface, 'first')
  await world.until(async () => await reasonOf(world, 'first') === 'DependencyViolation')
  await world.apply(eni('first', { securityGroupRefs: [{ name: 'db' }] }))
  await world.until(() => isGone(world, networkInterface, 'first'))
  await world.until(async () => !JSON.stringify([await portsOfPod(world), await world.get(virtualMachineResource, 'web')]).includes(first))
  t.false((await world.list(ips)).some(({ metadata }) => metadata.name.includes(first)))
  t.false((await world.list(networkAttachmentResource)).some(({ metadata }) => metadata.name === first))
  t.false(await restartRequired(world))
  await world.clock.advance(60_000)
  const before = world.writes.length
  await world.clock.advance(600_000)
  t.deepEqual(world.writes.slice(before).filter(write => !write.includes('/leases/')), [])

  // Another operator finds the same address.
  world.crash()
  world.start({ kinds: settings => controllers({ ...settings, securityGroupDriver: 'kubeOVN' }) })
  await world.apply(manifest('Instance', 'web', { ...web, state: 'Stopped' }))
  await world.until(async () => (await world.get(instance, 'web'))?.status?.['state'] === 'stopped')
  t.like(await statusOf(world, 'second'), { state: 'in-use', privateIPAddress: '10.0.1.77' })
  await world.remove(instance, 'web')
  await world.until(() => isGone(world, networkInterface, 'second'))
  await world.until(async () => await free(world) === 256 - 5)
  await world.stop()
})

test('with policies on pods, an interface of other groups than its instance stays out and says so, and comes when they are the same', async t => {
  const world = await started('networkPolicy')
  await world.apply(eni('first', at(1)), manifest('Instance', 'web', web))
  await isRunning(world)
  await world.until(async () => await reasonOf(world, 'first', 'Enforced') === 'GroupsNotSupported')
  t.like(await statusOf(world, 'first'), { state: 'available' })
  await world.apply(eni('first', { ...at(1), securityGroupRefs: [{ name: 'web' }] }))
  await inState(world, 'first', 'in-use')
  t.is(await reasonOf(world, 'first', 'Enforced'), 'Enforced')
  // Should they come to differ, it is closed, not under the wrong ones.
  await world.apply(manifest('SecurityGroup', 'db', { vpcRef: { name: 'main' } }), manifest('Instance', 'web', { ...web, securityGroupRefs: [{ name: 'db' }] }))
  await inState(world, 'first', 'available')
  t.false(JSON.stringify(await portsOfPod(world)).includes(await idOf(world, 'first')))
  await world.stop()
})
