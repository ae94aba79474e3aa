import test from 'ava'
import type { Image, ImageDevice } from '../../../crds/v1alpha1/image.ts'
import { recordingContext } from '../recording-context.ts'
import { buildVolume, volumesOf } from './block-devices.ts'
import { awaitReferences } from './references.ts'
import { factsFor, machineFor, stored, volumesFor, world } from './sample.ts'
import { instanceStatus } from './status.ts'
import type { StoredInstance } from './store.ts'
import { ensureVolumes } from './volumes.ts'

const settings = { operatorNamespace: 'kumulus', imageSources: [], defaultVolumeType: 'gp3' }
const around = { availabilityZone: 'zone-a', defaultVolumeType: 'gp3' }

const device = (deviceName: string, more: Partial<ImageDevice> = {}): ImageDevice =>
  ({ deviceName, snapshotID: 'snap-1', size: '8Gi', encrypted: false, deleteOnTermination: deviceName === '/dev/sda1', ...more })
const imageWith = (...blockDevices: ImageDevice[]): Image => {
  const image = world.image as unknown as Image
  return { ...image, spec: { ...image.spec, rootDeviceName: '/dev/sda1' }, status: { observedGeneration: 1, ...image.status, state: 'available', blockDevices } }
}
const golden = imageWith(device('/dev/sda1', { volumeType: 'io2', iops: 500 }), device('/dev/sdb', { encrypted: true, deleteOnTermination: true }), device('/dev/sdc'))

/** What a pass finds, and leaves in the status. */
const passOf = async (instance: StoredInstance, image: Image | undefined, volumes: readonly object[] = []) => {
  const facts = factsFor(instance, { volumes, ...image === undefined ? { without: ['image'] } : { image } })
  const context = recordingContext(instance, facts)
  const outcome = awaitReferences(context).kind === 'ready' ? await ensureVolumes(settings, new Set())(context) : awaitReferences(context)
  const status = instanceStatus({ object: instance, facts, outcome, outcomes: {}, now: 0 })
  return { facts, outcome, acts: context.recording.acts, next: { ...instance, status } as StoredInstance }
}

test('an instance gets all volumes of its image, which are on record before the first is made', async t => {
  const first = await passOf(stored(), golden)
  t.deepEqual([first.acts, first.outcome], [[], { kind: 'waiting', reason: 'Pending', message: `${first.facts.id} is being launched or started`, after: 1 }])
  t.deepEqual(first.next.status?.blockDevices?.map(({ deviceName, fromImage, deleteOnTermination }) => [deviceName, fromImage, deleteOnTermination]),
    [['/dev/sda1', true, true], ['/dev/sdb', true, true], ['/dev/sdc', true, false]])
  const second = await passOf(first.next, golden)
  t.deepEqual(second.acts, ['apply Volume team-a/web-sda1', 'apply Volume team-a/web-sdb', 'apply Volume team-a/web-sdc'])
  const [root, data, rest] = volumesOf(second.next).map(disk => buildVolume(second.next as never, disk, { ...around, image: golden }).spec)
  t.like(root, { volumeType: 'io2', iops: 500, encrypted: false, imageRef: { name: 'debian' } })
  t.like(data, { volumeType: 'gp3', encrypted: true, imageRef: { name: 'debian', deviceName: '/dev/sdb' } })
  t.like(rest, { volumeType: 'gp3', encrypted: false, imageRef: { name: 'debian', deviceName: '/dev/sdc' } })
})

test('an image that goes in the middle of a launch is waited for, and no instance starts with some of its disks', async t => {
  const recorded = (await passOf(stored(), golden)).next
  const halfway = await passOf(recorded, undefined, volumesFor(recorded).slice(0, 1))
  t.like(halfway.outcome, { kind: 'waiting', reason: 'DependencyNotFound' })
  t.deepEqual(volumesOf(halfway.next).map(({ name }) => name), ['web-sda1', 'web-sdb', 'web-sdc'])
  t.like((await passOf(recorded, undefined, volumesFor(recorded))).outcome, { kind: 'ready' })
})

test('another image of the name has its own disks, as long as none is made', async t => {
  const recorded = (await passOf(stored(), golden)).next
  const again = await passOf(recorded, imageWith(device('/dev/sda1'), device('/dev/sdd')))
  t.deepEqual(again.acts, [])
  t.deepEqual(volumesOf(again.next).map(({ name }) => name), ['web-sda1', 'web-sdd'])
})

test('blockDevices change what the image has by its name, add to it, and leave out', async t => {
  const instance = stored({ blockDevices: [
    { deviceName: '/dev/xvda', size: '20Gi', volumeType: 'gp3' }, { deviceName: '/dev/sdb', size: '50Gi', deleteOnTermination: false },
    { deviceName: '/dev/sdc', noDevice: true }, { deviceName: '/dev/sdd', size: '1Gi' },
  ] })
  const { next } = await passOf(instance, golden)
  const volumes = volumesOf(next).map(disk => ({ disk, spec: buildVolume(next as never, disk, { ...around, image: golden }).spec }))
  t.deepEqual(volumes.map(({ disk: { name, deleteOnTermination } }) => [name, deleteOnTermination]),
    [['web-xvda', true], ['web-sdb', false], ['web-sdd', false]])
  t.deepEqual(volumes.map(({ spec }) => spec), [
    { availabilityZone: 'zone-a', volumeType: 'gp3', size: '20Gi', encrypted: false, imageRef: { name: 'debian' } },
    { availabilityZone: 'zone-a', volumeType: 'gp3', size: '50Gi', encrypted: true, imageRef: { name: 'debian', deviceName: '/dev/sdb' } },
    { availabilityZone: 'zone-a', volumeType: 'gp3', size: '1Gi', encrypted: false },
  ] as never)
  t.is((await passOf(next, golden)).acts.length, 3, 'all is on record')
})

test('a disk that is made of a Snapshot has nothing of the image\'s disk of its name', async t => {
  const instance = stored({ blockDevices: [{ deviceName: '/dev/sda1' }, { deviceName: '/dev/sdb', snapshotRef: { name: 'data' } }] })
  const { next } = await passOf(instance, golden)
  const disk = volumesOf(next).find(({ deviceName }) => deviceName === '/dev/sdb')
  t.like(disk, { fromImage: false, deleteOnTermination: false })
  t.deepEqual(disk && buildVolume(next as never, disk, { ...around, image: golden }).spec,
    { availabilityZone: 'zone-a', volumeType: 'gp3', encrypted: false, snapshotRef: { name: 'data' } })
})

test('an instance that has disks keeps just those, whatever becomes of its image', t => {
  const instance = stored()
  t.deepEqual(factsFor(instance, { image: golden }).disks.map(({ name }) => name), ['web-sda1'])
})

test('an instance whose status was lost has the disks that its machine mounts', async t => {
  const { next } = await passOf(stored(), golden)
  const volumes = volumesFor(next)
  const lost = stored()
  const machine = { ...machineFor(lost), spec: { runStrategy: 'Halted', template: { spec: { domain: { devices: {} }, volumes: volumes.map(({ metadata: { name } }) => (
    { name, persistentVolumeClaim: { claimName: name } })) } } } }
  const { disks } = factsFor(lost, { volumes, machine, without: ['image'] })
  t.deepEqual(disks.map(({ name, deleteOnTermination }) => [name, deleteOnTermination]), [['web-sda1', true], ['web-sdb', false], ['web-sdc', false]])
})

test('nothing of an image that is not shared is told, neither its ID nor its disks', async t => {
  const instance = stored({ imageRef: { name: 'debian', namespace: 'team-b' } })
  const secret = { ...golden, metadata: { ...golden.metadata, namespace: 'team-b' } }
  const { outcome, next } = await passOf(instance, secret)
  t.like(outcome, { kind: 'waiting', reason: 'DependencyNotFound' })
  const { next: absent } = await passOf(instance, undefined)
  t.deepEqual(next.status, absent.status)
})
