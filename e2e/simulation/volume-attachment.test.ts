import test from 'ava'
import { storageClassName } from '../../sandbox/stand-ins/cluster.ts'
import { type InstanceCloud, quickstart, startInstanceCloud, web } from './instance-cloud.ts'

const data = { availabilityZone: 'zone-a', volumeType: 'gp3', size: '1Gi' }
const db = { ...web, privateIPAddress: '10.0.1.6' }
const attachment = (instance: string, more: object = {}) => ({ volumeRef: { name: 'data' }, instanceRef: { name: instance }, device: '/dev/sdf', ...more })

/** The instances whose machines, and none else, have the disk of a Volume in them now. */
const machinesWithData = async (cloud: InstanceCloud, volume = 'data'): Promise<string[]> => {
  const id = (await cloud.read('Volume', volume))?.status?.['volumeID'] as string
  return cloud.hypervisor.machines().filter(({ uid }) => cloud.hypervisor.hotDisks(uid).has(id)).map(({ name }) => name).sort()
}
const attachmentState = async (cloud: InstanceCloud, name: string) => (await cloud.read('VolumeAttachment', name))?.status?.['state']
const becomes = (cloud: InstanceCloud, name: string, state: string) =>
  cloud.until(`${name} to be ${state}`, async () => await attachmentState(cloud, name) === state)
const gone = (cloud: InstanceCloud, kind: string, name: string) => cloud.until(`${kind} ${name} to be gone`, async () => await cloud.read(kind, name) === undefined)

const launch = async (): Promise<InstanceCloud> => {
  const cloud = await startInstanceCloud({ guestAgent: () => true })
  for (const [kind, name, spec] of quickstart) await cloud.apply(kind, name, spec)
  await cloud.apply('Volume', 'data', data)
  await cloud.apply('Instance', 'web', web)
  await cloud.apply('Instance', 'db', db)
  await cloud.inState('running')
  await cloud.inState('running', 'db')
  return cloud
}

test('a volume is attached to an instance that runs, moves to another, outlives stops, goes with the one that it is to go with, and is on two where it is made for that', async t => {
  const cloud = await launch()
  const runs = cloud.hypervisor.machines().map(({ uid }) => uid)
  await cloud.apply('VolumeAttachment', 'web-data', attachment('web'))
  await becomes(cloud, 'web-data', 'attached')
  t.deepEqual(await machinesWithData(cloud), ['web'])
  t.deepEqual(cloud.hypervisor.machines().map(({ uid }) => uid), runs, 'nothing was started again for it')
  const volume = await cloud.until('the volume to tell', async () => {
    const found = await cloud.read('Volume', 'data')
    return found?.status?.['state'] === 'in-use' && found
  })
  t.like((volume.status?.['attachments'] as object[])[0], { instanceName: 'web', device: '/dev/sdf', state: 'attached' })
  t.like(((await cloud.read('Instance', 'web'))?.status?.['blockDevices'] as object[])[1], { deviceName: '/dev/sdf', volumeName: 'data', state: 'attached', deleteOnTermination: false })

  await cloud.apply('Instance', 'web', { ...web, state: 'Stopped' })
  await cloud.inState('stopped')
  t.is(await attachmentState(cloud, 'web-data'), 'attached')
  await cloud.apply('Instance', 'web', web)
  await cloud.inState('running')
  t.deepEqual(await machinesWithData(cloud), ['web'])

  await cloud.remove('Volume', 'data')
  await cloud.pass(60_000)
  t.is((await cloud.read('Volume', 'data'))?.status?.['state'], 'deleting', 'what is in use stays')
  t.deepEqual(await machinesWithData(cloud), ['web'])
  await cloud.remove('VolumeAttachment', 'web-data')
  await gone(cloud, 'VolumeAttachment', 'web-data')
  await gone(cloud, 'Volume', 'data')
  t.deepEqual(cloud.hypervisor.machines().map(({ uid }) => cloud.hypervisor.hotDisks(uid).size), [0, 0])

  await cloud.apply('Volume', 'data', data)
  await cloud.apply('VolumeAttachment', 'web-data', attachment('web'))
  await becomes(cloud, 'web-data', 'attached')
  await cloud.apply('VolumeAttachment', 'db-data', attachment('db', { deleteOnTermination: true }))
  await cloud.pass(60_000)
  t.deepEqual(await machinesWithData(cloud), ['web'], 'not before the first lets go')
  const { uid = '' } = cloud.hypervisor.machines().find(({ name }) => name === 'web') ?? {}
  const serial = ((await cloud.read('Volume', 'data'))?.status?.['volumeID'] as string).replace('-', '')
  cloud.hypervisor.mount(uid, '/srv', serial)
  await cloud.remove('VolumeAttachment', 'web-data')
  await becomes(cloud, 'web-data', 'busy')
  await cloud.pass(120_000)
  t.deepEqual(await machinesWithData(cloud), ['web'], 'a guest is not robbed of what it has mounted')
  t.regex(JSON.stringify((await cloud.read('VolumeAttachment', 'web-data'))?.status), /mounted at \/srv: unmount it there, or annotate this with kumulus.dev\/force-detach=true/)
  cloud.hypervisor.mount(uid, '/srv')
  await becomes(cloud, 'db-data', 'attached')
  t.deepEqual(await machinesWithData(cloud), ['db'])

  cloud.crashAt(3, 'after')
  await cloud.remove('Instance', 'db')
  await cloud.until('the crash', async () => cloud.hasCrashed())
  cloud.startOperator()
  await gone(cloud, 'Instance', 'db')
  await gone(cloud, 'Volume', 'data')
  await becomes(cloud, 'db-data', 'detached')
  await cloud.apply('Volume', 'data', data)
  await cloud.apply('Instance', 'db', db)
  await cloud.inState('running', 'db')
  await cloud.pass(60_000)
  t.deepEqual(await machinesWithData(cloud), [], 'a volume of the same name is another')

  await cloud.apply('VolumeType', 'io2', { storageClassName, multiAttach: true })
  await cloud.apply('Volume', 'shared', { ...data, volumeType: 'io2', multiAttach: true })
  await cloud.apply('Subnet', 'far', { vpcRef: { name: 'main' }, cidrBlock: '10.0.9.0/24', availabilityZone: 'zone-b' })
  await cloud.apply('Instance', 'far', { ...web, subnetRef: { name: 'far' }, privateIPAddress: '10.0.9.9', state: 'Stopped' })
  for (const each of ['web', 'db', 'far']) {
    await cloud.apply('VolumeAttachment', `${each}-shared`, { volumeRef: { name: 'shared' }, instanceRef: { name: each }, device: '/dev/sdg' })
  }
  await becomes(cloud, 'web-shared', 'attached')
  await becomes(cloud, 'db-shared', 'attached')
  t.deepEqual(await machinesWithData(cloud, 'shared'), ['db', 'web'], 'two at once have what is made for several')
  t.regex(JSON.stringify((await cloud.read('VolumeAttachment', 'far-shared'))?.status), /"InvalidSpec".*shared is in zone-a, the instance far in zone-b/)
  await t.throwsAsync(cloud.apply('Volume', 'shared', { ...data, volumeType: 'io2', multiAttach: false }), { message: /multiAttach is immutable: make a Snapshot/ })
  await cloud.remove('VolumeAttachment', 'web-shared')
  await gone(cloud, 'VolumeAttachment', 'web-shared')
  t.deepEqual(await machinesWithData(cloud, 'shared'), ['db'], 'one lets go, and the other keeps it')
  await cloud.end()
})
