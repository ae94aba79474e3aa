import test from 'ava'
import type { NewObject, ResourceType } from '../../crds/kubernetes.ts'
import { image, instance, instanceType, keyPair, securityGroup, subnet, volume, volumeType } from '../../crds/v1alpha1/index.ts'
import { dataVolumeResource } from '../../operator/providers/cdi/resources.ts'
import { claimResource } from '../../operator/providers/csi/resources.ts'
import { virtualMachineResource } from '../../operator/providers/kubevirt/resources.ts'
import { networkPolicyResource } from '../../operator/providers/network-policy/resources.ts'
import { storageClassName } from '../../sandbox/stand-ins/cluster.ts'
import { type Anything, createWorld, type World } from './world.ts'

const manifest = (kind: string, name: string, spec: object) => ({ apiVersion: '', kind, metadata: { name }, spec })

const around = [
  manifest('VPC', 'main', { cidrBlocks: ['10.0.0.0/16'] }),
  manifest('Subnet', 'public-a', { vpcRef: { name: 'main' }, cidrBlock: '10.0.1.0/24', availabilityZone: 'zone-a' }),
  manifest('SecurityGroup', 'web', { vpcRef: { name: 'main' }, ingressRules: [{ protocol: 'tcp', fromPort: 22, toPort: 22, cidr: '0.0.0.0/0' }] }),
  manifest('SecurityGroup', 'db', { vpcRef: { name: 'main' } }),
  manifest('InstanceType', 't3.micro', { vcpus: 1, memory: '1Gi' }),
  manifest('VolumeType', 'gp3', { storageClassName }),
  manifest('Image', 'linux', { source: { http: { url: 'http://127.0.0.1:18080/linux.img' } }, minSize: '64Mi' }),
]

const spec = {
  instanceType: 't3.micro', imageRef: { name: 'linux' }, subnetRef: { name: 'public-a' }, securityGroupRefs: [{ name: 'web' }],
  blockDevices: [{ deviceName: '/dev/sda1', size: '1Gi' }],
}
const anInstance = (name: string, more: object = {}) => manifest('Instance', name, { ...spec, ...more })

const find = (world: World, resource: ResourceType, name: string) => world.get(resource, name).catch(() => undefined)
const reasonOf = (object: Anything | undefined): string | undefined =>
  (object?.status?.['conditions'] as { type: string; reason: string }[] | undefined)?.find(({ type }) => type === 'Ready')?.reason
const become = (world: World, resource: ResourceType, name: string, reason: string) =>
  world.until(async () => reasonOf(await find(world, resource, name)) === reason)
const gone = (world: World, resource: ResourceType, name: string) => world.until(async () => await find(world, resource, name) === undefined)
const minutes = (world: World, count: number) => world.clock.advance(count * 60_000)

const worldWith = async (...manifests: readonly (NewObject & Record<string, unknown>)[]): Promise<World> => {
  const world = await createWorld()
  await world.apply(...around)
  await become(world, image, 'linux', 'Available')
  await become(world, subnet, 'public-a', 'Available')
  await world.apply(...manifests)
  return world
}

test('a Volume of the user\'s own in the way of a disk is left as it is, and the launch goes on by itself when it is gone', async t => {
  const world = await worldWith(manifest('Volume', 'web-sda1', { availabilityZone: 'zone-a', size: '1Gi' }))
  await become(world, volume, 'web-sda1', 'Available')
  const own = await find(world, volume, 'web-sda1')
  await world.apply(anInstance('web'))
  await become(world, instance, 'web', 'NameConflict')
  await minutes(world, 5)
  t.is((await find(world, volume, 'web-sda1'))?.metadata.uid, own?.metadata.uid)
  t.is(reasonOf(await find(world, instance, 'web')), 'NameConflict')
  await world.remove(volume, 'web-sda1')
  await become(world, instance, 'web', 'Running')
  await world.stop()
})

test('an address that is taken is waited for, and given as soon as its holder is gone', async t => {
  const world = await worldWith(anInstance('first', { privateIPAddress: '10.0.1.9' }))
  await become(world, instance, 'first', 'Running')
  await world.apply(anInstance('second', { privateIPAddress: '10.0.1.9' }))
  await become(world, instance, 'second', 'InvalidSpec')
  await world.remove(instance, 'first')
  await become(world, instance, 'second', 'Running')
  t.is((await find(world, instance, 'second'))?.status?.['privateIPAddress'], '10.0.1.9')
  await world.stop()
})

test('of two instances that ask for one address at the same moment, one gets it', async t => {
  const world = await worldWith(...['one', 'two'].map(name => anInstance(name, { privateIPAddress: '10.0.1.9' })))
  await minutes(world, 2)
  const reasons = await Promise.all(['one', 'two'].map(async name => reasonOf(await find(world, instance, name)) ?? ''))
  t.deepEqual(reasons.sort(), ['InvalidSpec', 'Running'])
  await world.stop()
})

test('an instance that never ran is never said to have run', async t => {
  const world = await worldWith(anInstance('web', { subnetRef: { name: 'later' } }))
  await become(world, instance, 'web', 'DependencyNotFound')
  await world.apply(anInstance('web', { subnetRef: { name: 'later' }, state: 'Stopped' }))
  await minutes(world, 1)
  t.is((await find(world, instance, 'web'))?.status?.['state'], 'pending')
  await world.apply(manifest('Subnet', 'later', { vpcRef: { name: 'main' }, cidrBlock: '10.0.2.0/24', availabilityZone: 'zone-a' }))
  await become(world, instance, 'web', 'Stopped')
  t.is((await find(world, instance, 'web'))?.status?.['state'], 'stopped')
  await world.stop()
})

test('stop protection keeps an instance running, and its security groups still change', async t => {
  const world = await worldWith(anInstance('web'))
  await become(world, instance, 'web', 'Running')
  await world.apply(anInstance('web', { disableAPIStop: true, state: 'Stopped', securityGroupRefs: [{ name: 'db' }] }))
  await become(world, instance, 'web', 'StopProtected')
  const groups = (await find(world, virtualMachineResource, 'web'))?.spec['template'] as { metadata: { labels: Record<string, string> } }
  const db = await find(world, securityGroup, 'db')
  t.deepEqual(Object.keys(groups.metadata.labels).filter(key => key.startsWith('sg.')), [`sg.kumulus.dev/${db?.status?.['groupID'] as string}`])
  await world.stop()
})

test('a group whose deletion waits for its members can still be closed', async t => {
  const world = await worldWith(anInstance('web'))
  await become(world, instance, 'web', 'Running')
  const id = (await find(world, securityGroup, 'web'))?.status?.['groupID'] as string
  await world.remove(securityGroup, 'web')
  await become(world, securityGroup, 'web', 'DependencyViolation')
  await world.client.mergePatch(securityGroup, { name: 'web', namespace: 'default' }, { spec: { ingressRules: [] } })
  await minutes(world, 1)
  t.deepEqual((await find(world, networkPolicyResource, id))?.spec['ingress'] ?? [], [])
  await world.stop()
})

test('a volume whose claim is lost is said to be lost and never replaced by an empty one', async t => {
  const world = await worldWith(anInstance('web'))
  await become(world, instance, 'web', 'Running')
  await world.apply(anInstance('web', { state: 'Stopped' }))
  await become(world, instance, 'web', 'Stopped')
  await world.remove(dataVolumeResource, 'web-sda1')
  await world.remove(claimResource, 'web-sda1').catch(() => undefined)
  await become(world, volume, 'web-sda1', 'VolumeLost')
  await minutes(world, 5)
  t.is(await find(world, claimResource, 'web-sda1'), undefined)
  t.like((await find(world, volume, 'web-sda1'))?.status, { state: 'error' })
  await world.remove(instance, 'web')
  await gone(world, volume, 'web-sda1')
  await world.stop()
})

test('an instance whose machine somebody deleted comes back with its disks, though its image and key are gone by now', async t => {
  const world = await worldWith(manifest('KeyPair', 'ops', { generate: { type: 'ed25519' } }), anInstance('web', { keyPairRef: { name: 'ops' } }))
  await become(world, instance, 'web', 'Running')
  const [root] = (await world.list(volume)).map(({ metadata }) => metadata.uid)
  await world.remove(image, 'linux')
  await world.remove(keyPair, 'ops')
  await gone(world, image, 'linux')
  const before = (await find(world, virtualMachineResource, 'web'))?.metadata.uid
  await world.remove(virtualMachineResource, 'web')
  await world.until(async () => ![undefined, before].includes((await find(world, virtualMachineResource, 'web'))?.metadata.uid))
  await become(world, instance, 'web', 'Running')
  t.deepEqual((await world.list(volume)).map(({ metadata }) => metadata.uid), [root ?? ''])
  await world.stop()
})

test('what admission let through while it was down stays refused, pass after pass', async t => {
  const world = await worldWith(anInstance('web', { blockDevices: [{ deviceName: '/dev/sda1', size: '32Mi' }] }))
  await become(world, instance, 'web', 'InvalidSpec')
  await world.client.mergePatch(instance, { name: 'web', namespace: 'default' }, { spec: { tags: { looked: 'again' } } })
  await minutes(world, 1)
  t.is(reasonOf(await find(world, instance, 'web')), 'InvalidSpec')
  t.deepEqual(await world.list(volume), [])
  await world.stop()
})

test('types that are deleted while instances use them stay for as long as they do', async t => {
  const world = await worldWith(anInstance('web'))
  await become(world, instance, 'web', 'Running')
  await world.remove(instanceType, 't3.micro')
  await world.remove(volumeType, 'gp3')
  await gone(world, volumeType, 'gp3')
  await world.apply(anInstance('web', { state: 'Stopped' }))
  await become(world, instance, 'web', 'Stopped')
  await world.apply(anInstance('web'))
  await become(world, instance, 'web', 'Running')
  t.is(reasonOf(await find(world, instanceType, 't3.micro')), 'DependencyViolation')
  await world.remove(instance, 'web')
  await gone(world, instanceType, 't3.micro')
  await world.stop()
})
