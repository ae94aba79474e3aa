import test from 'ava'
import { type ResourceType } from '../../crds/kubernetes.ts'
import { image, instance, snapshot, volume, volumeAttachment } from '../../crds/v1alpha1/index.ts'
import { claimResource, storageClassResource } from '../../operator/providers/csi/resources.ts'
import { isNotFound } from '../../operator/runtime/client.ts'
import { basicDriver, driver } from '../../sandbox/stand-ins/csi/drivers.ts'
import { quickstart, web } from './instance-cloud.ts'
import { createWorld, type World } from './world.ts'

type Condition = { type: string; status: string; reason: string; message: string }
type Seen = { state: string; size: string; conditions: Condition[]; modification?: { state: string } }

const found = (world: World, kind: ResourceType, name: string) => world.get(kind, name).catch((error: unknown) => {
  if (!isNotFound(error)) throw error
  return undefined
})
const statusOf = async (world: World, kind: ResourceType, name: string) => (await found(world, kind, name))?.status as Seen | undefined
const readyOf = async (world: World, kind: ResourceType, name: string) => (await statusOf(world, kind, name))?.conditions.find(({ type }) => type === 'Ready')
const inState = (world: World, kind: ResourceType, name: string, state: string) =>
  world.until(async () => (await statusOf(world, kind, name))?.state === state)
const says = (world: World, kind: ResourceType, name: string, reason: string) =>
  world.until(async () => (await readyOf(world, kind, name))?.reason === reason)
const gone = (world: World, kind: ResourceType, name: string) => world.until(async () => await found(world, kind, name) === undefined)
const disk = (volumeType: string, more: object = {}) => ({ ...web, blockDevices: [{ deviceName: '/dev/sda1', size: '2Gi', volumeType }], ...more })

/** Beside the usual storage: one that can do nothing but make volumes, and one that makes them for their first machine. Both are small. */
const classes = {
  plain: { provisioner: basicDriver, volumeBindingMode: 'Immediate' },
  late: { provisioner: driver, volumeBindingMode: 'WaitForFirstConsumer', allowVolumeExpansion: true },
}

const cloud = async () => {
  const world = await createWorld()
  for (const [name, spec] of Object.entries(classes)) {
    await world.client.create(storageClassResource, {
      apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', metadata: { name }, parameters: { capacity: '5Gi' }, reclaimPolicy: 'Delete', ...spec,
    })
  }
  const types = Object.keys(classes).map(name => ['VolumeType', name, { storageClassName: name }] as const)
  await world.apply(...[...quickstart, ...types].map(([kind, name, spec]) => ({ apiVersion: '', kind, metadata: { name }, spec })))
  await inState(world, image, 'linux', 'available')
  return world
}
const make = (world: World, kind: string, name: string, spec: object) => world.apply({ apiVersion: '', kind, metadata: { name }, spec })

test.serial('an instance starts on storage that can\'t clone, of a copy of its image; what such storage can\'t do is said with the way out', async t => {
  const world = await cloud()
  await make(world, 'Instance', 'web', disk('plain'))
  await inState(world, instance, 'web', 'running')
  const { volumeName } = (await world.get(claimResource, 'web-sda1'))?.spec as { volumeName: string }
  t.true(world.disks.all.get(volumeName)?.copied)
  await make(world, 'Snapshot', 'daily', { instanceRef: { name: 'web' } })
  await says(world, snapshot, 'daily', 'SnapshotsNotSupported')
  t.like(await statusOf(world, snapshot, 'daily'), { state: 'error' })
  t.regex((await readyOf(world, snapshot, 'daily'))?.message ?? '', /Volume "web-sda1" \(StorageClass "plain"\) takes no snapshots: have the platform team add a VolumeSnapshotClass.*or copy the data in a guest to a Volume of another volumeType/)
  await make(world, 'Image', 'golden', { source: { instanceRef: { name: 'web' } } })
  await says(world, image, 'golden', 'SnapshotsNotSupported')
  t.like(await statusOf(world, instance, 'web'), { state: 'running' })
  t.deepEqual(world.hypervisor.machines().map(({ uid }) => world.hypervisor.starts(uid)), [1], 'it was not stopped for an image that can\'t be')
  await world.client.mergePatch(volume, { name: 'web-sda1', namespace: 'default' }, { spec: { size: '3Gi' } })
  await says(world, volume, 'web-sda1', 'NotExpandable')
  await world.stop()
})

test.serial('images kept on storage without snapshots are copied for each launch, and a snapshot comes to such storage as a copy too', async t => {
  const world = await createWorld()
  await world.apply(...[...quickstart, ['VolumeType', 'gp3', { storageClassName: 'basic' }], ['VolumeType', 'fast', { storageClassName: 'standard' }]]
    .map(([kind, name, spec]) => ({ apiVersion: '', kind: kind as string, metadata: { name: name as string }, spec })))
  const more = [['web', '10.0.1.5'], ['db', '10.0.1.6']] as const
  for (const [name, privateIPAddress] of more) await make(world, 'Instance', name, { ...web, privateIPAddress })
  for (const [name] of more) await inState(world, instance, name, 'running')
  const diskOf = async (name: string) => world.disks.all.get(((await world.get(claimResource, name))?.spec as { volumeName: string }).volumeName)
  const [one, two] = [await diskOf('web-sda1'), await diskOf('db-sda1')]
  t.true(one?.copied === true && two?.copied === true && one.from === two.from)

  await make(world, 'Volume', 'data', { availabilityZone: 'zone-a', size: '2Gi', volumeType: 'fast' })
  await make(world, 'VolumeAttachment', 'data', { volumeRef: { name: 'data' }, instanceRef: { name: 'web' }, device: '/dev/sdf' })
  await make(world, 'Snapshot', 'daily', { volumeRef: { name: 'data' } })
  await inState(world, snapshot, 'daily', 'completed')
  await make(world, 'Volume', 'elsewhere', { availabilityZone: 'zone-a', snapshotRef: { name: 'daily' } })
  await inState(world, volume, 'elsewhere', 'available')
  t.like(await diskOf('elsewhere'), { copied: true, sizeBytes: 2 * 2 ** 30 })
  await world.stop()
})

test.serial('a volume for which there is no room says so, as does the instance that waits for it, and both come when there is; one that is attached goes again and lets others come', async t => {
  const world = await cloud()
  await make(world, 'Volume', 'data', { availabilityZone: 'zone-a', size: '4Gi', volumeType: 'plain' })
  await inState(world, volume, 'data', 'available')
  await make(world, 'Instance', 'web', disk('plain'))
  await says(world, volume, 'web-sda1', 'InsufficientVolumeCapacity')
  t.like(await statusOf(world, volume, 'web-sda1'), { state: 'creating' })
  const why = /the storage has no room for vol-\w+ \(2Gi of StorageClass "plain"\) and tries again by itself: delete Volumes that nobody needs, .*another volumeType.*ResourceExhausted/
  t.regex((await readyOf(world, volume, 'web-sda1'))?.message ?? '', why)
  await says(world, instance, 'web', 'DependencyNotReady')
  t.regex((await readyOf(world, instance, 'web'))?.message ?? '', why)
  await world.remove(volume, 'data')
  await inState(world, instance, 'web', 'running')
  t.like(await readyOf(world, volume, 'web-sda1'), { status: 'True' })

  await make(world, 'Volume', 'huge', { availabilityZone: 'zone-a', size: '9Gi', volumeType: 'late' })
  await make(world, 'VolumeAttachment', 'huge', { volumeRef: { name: 'huge' }, instanceRef: { name: 'web' }, device: '/dev/sdf' })
  await says(world, volume, 'huge', 'InsufficientVolumeCapacity')
  await make(world, 'Volume', 'small', { availabilityZone: 'zone-a', size: '1Gi' })
  await make(world, 'VolumeAttachment', 'small', { volumeRef: { name: 'small' }, instanceRef: { name: 'web' }, device: '/dev/sdg' })
  await world.until(async () => /small is being attached to web, once the storage of huge, .*delete its VolumeAttachment to go first/.test((await readyOf(world, volumeAttachment, 'small'))?.message ?? ''))
  await world.remove(volumeAttachment, 'huge')
  await world.remove(volume, 'huge')
  await gone(world, volume, 'huge')
  await inState(world, volumeAttachment, 'small', 'attached')
  await world.stop()
})

test.serial('storage that waits for the first machine: a size that was changed before is had after, and where there is no room both say so', async t => {
  const world = await cloud()
  await make(world, 'Instance', 'web', disk('late', { state: 'Stopped' }))
  await inState(world, volume, 'web-sda1', 'in-use')
  await world.client.mergePatch(volume, { name: 'web-sda1', namespace: 'default' }, { spec: { size: '3Gi' } })
  await says(world, volume, 'web-sda1', 'Resizing')
  t.like(await statusOf(world, volume, 'web-sda1'), { state: 'in-use', size: '2Gi', modification: { state: 'modifying' } })
  t.regex((await readyOf(world, volume, 'web-sda1'))?.message ?? '', /waiting for vol-\w+ to be made, at the latest when an instance first starts with it: it grows to 3Gi then/)
  await make(world, 'Instance', 'web', disk('late'))
  await inState(world, instance, 'web', 'running')
  await world.until(async () => (await statusOf(world, volume, 'web-sda1'))?.modification?.state === 'completed')
  t.like(await statusOf(world, volume, 'web-sda1'), { state: 'in-use', size: '3Gi' })

  await make(world, 'Instance', 'db', disk('late', { privateIPAddress: '10.0.1.6', blockDevices: [{ deviceName: '/dev/sda1', size: '3Gi', volumeType: 'late' }] }))
  await says(world, volume, 'db-sda1', 'InsufficientVolumeCapacity')
  await says(world, instance, 'db', 'DependencyNotReady')
  t.regex((await readyOf(world, instance, 'db'))?.message ?? '', /Volume "db-sda1": the storage has no room for vol-\w+ \(3Gi of StorageClass "late"\)/)
  await world.client.mergePatch(volume, { name: 'web-sda1', namespace: 'default' }, { spec: { size: '6Gi' } })
  await says(world, volume, 'web-sda1', 'InsufficientVolumeCapacity')
  t.like(await statusOf(world, volume, 'web-sda1'), { state: 'in-use', size: '3Gi', modification: { state: 'modifying' } })
  await world.remove(instance, 'web')
  await gone(world, volume, 'web-sda1')
  await inState(world, instance, 'db', 'running')
  await world.stop()
})
