import test from 'ava'
import { type InstanceCloud, quickstart, startInstanceCloud, web } from './instance-cloud.ts'

const launched = async (): Promise<InstanceCloud> => {
  const cloud = await startInstanceCloud()
  for (const [kind, name, spec] of quickstart) await cloud.apply(kind, name, spec)
  await cloud.apply('Instance', 'web', { ...web, blockDevices: [{ deviceName: '/dev/sda1', size: '1Gi' }, { deviceName: '/dev/sdb', size: '2Gi' }] })
  await cloud.inState('running')
  return cloud
}
const inState = (cloud: InstanceCloud, kind: string, name: string, state: string) => cloud.until(`${name} to be ${state}`, async () => {
  const found = await cloud.read(kind, name)
  return found?.status?.['state'] === state && found
})
/** What the storage keeps for Snapshots: images have theirs too. */
const keptIn = async (cloud: InstanceCloud) => (await cloud.list('VolumeSnapshotContent')).filter(({ metadata }) => metadata.labels?.['kumulus.dev/snapshot-id'] !== undefined)

test.serial('a snapshot of an instance keeps every volume, outlives them, and gives a new volume of each', async t => {
  const cloud = await launched()
  await cloud.apply('Snapshot', 'daily', { instanceRef: { name: 'web' } })
  t.like((await inState(cloud, 'Snapshot', 'daily', 'completed')).status, { progress: '100%', size: '3Gi', consistency: 'Crash' })
  t.deepEqual((await keptIn(cloud)).map(({ spec }) => spec['deletionPolicy']), ['Retain', 'Retain'])
  cloud.writes.length = 0
  await cloud.pass(600_000)
  t.deepEqual(cloud.writes, [])
  await cloud.remove('Instance', 'web')
  await cloud.until('the instance to be gone', async () => await cloud.read('Instance', 'web') === undefined)
  await cloud.remove('Volume', 'web-sdb')
  await cloud.until('the volumes to be gone', async () => (await cloud.list('Volume')).length === 0)
  await cloud.apply('Volume', 'again', { availabilityZone: 'zone-a', snapshotRef: { name: 'daily', deviceName: '/dev/sdb' } })
  t.is((await inState(cloud, 'Volume', 'again', 'available')).status?.['size'], '2Gi')
  await cloud.remove('Snapshot', 'daily')
  await cloud.pass(60_000)
  t.like(await cloud.read('Snapshot', 'daily'), { status: { conditions: { 0: { reason: 'DependencyViolation' } } } }, 'it waits for the volume that is still to be filled')
  await cloud.remove('Volume', 'again')
  await cloud.until('the snapshot to be gone', async () => await cloud.read('Snapshot', 'daily') === undefined)
  t.deepEqual(await keptIn(cloud), [])
  await cloud.end()
})

test.serial('a volume with deletionPolicy Snapshot goes only once a last snapshot has its bytes, and a new volume has them again', async t => {
  const cloud = await launched()
  await cloud.apply('Instance', 'web', { ...web, state: 'Stopped', blockDevices: [{ deviceName: '/dev/sda1', size: '1Gi' }, { deviceName: '/dev/sdb', size: '2Gi' }] })
  await cloud.inState('stopped')
  await cloud.remove('Instance', 'web')
  await cloud.until('the instance to be gone', async () => await cloud.read('Instance', 'web') === undefined)
  const { spec } = await inState(cloud, 'Volume', 'web-sdb', 'available')
  await cloud.apply('Volume', 'web-sdb', { ...spec, deletionPolicy: 'Snapshot' })
  cloud.writes.length = 0
  await cloud.remove('Volume', 'web-sdb')
  await cloud.until('the volume to be gone', async () => await cloud.read('Volume', 'web-sdb') === undefined)
  const [last, ...more] = await cloud.list('Snapshot')
  t.deepEqual(more, [])
  t.like(last?.status, { state: 'completed', size: '2Gi' })
  const name = last?.metadata.name ?? ''
  t.true(cloud.writes.findIndex(each => each.includes(`snapshots/${name}`)) < cloud.writes.findIndex(each => /^DELETE .*datavolumes/.test(each)))
  await cloud.apply('Volume', 'again', { availabilityZone: 'zone-a', snapshotRef: { name } })
  t.is((await inState(cloud, 'Volume', 'again', 'available')).status?.['size'], '2Gi')
  await cloud.end()
})
