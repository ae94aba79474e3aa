import test from 'ava'
import { idOf, idPrefixes } from '../../crds/ids.ts'
import { volumeSnapshotResource } from '../../operator/providers/csi/resources.ts'
import { type InstanceCloud, quickstart, startInstanceCloud, web } from './instance-cloud.ts'

const disks = [{ deviceName: '/dev/sda1', size: '1Gi' }, { deviceName: '/dev/sdb', size: '2Gi' }]
const launched = async (spec: object = {}): Promise<InstanceCloud> => {
  const cloud = await startInstanceCloud()
  for (const [kind, name, spec] of quickstart) await cloud.apply(kind, name, spec)
  await cloud.apply('Instance', 'web', { ...web, blockDevices: disks, ...spec })
  await cloud.inState('running')
  return cloud
}
/** With an agent in its guest, which has been heard of. */
const attended = async () => {
  const cloud = await launched({ userData: '#cloud-config\npackages: [qemu-guest-agent]\n' })
  const run = await cloud.until('the agent', async () => {
    const found = await cloud.read('VirtualMachineInstance', 'web')
    return JSON.stringify(found?.status).includes('AgentConnected') && found
  })
  return { cloud, run }
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
  await cloud.apply('Instance', 'web', { ...web, state: 'Stopped', blockDevices: disks })
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

test.serial('a guest with an agent stands still while its volumes are taken, and goes on wherever the operator dies', async t => {
  const { cloud, run } = await attended()
  const froze: number[] = []
  cloud.hypervisor.onEvent(({ type }) => type === 'agent' && cloud.hypervisor.agent(run.metadata.uid)?.frozen === true && froze.push(1))
  for (let n = 1, crashed = true; crashed; n++) {
    const name = `s-${n}`
    cloud.crashAt(n, n % 2 === 0 ? 'before' : 'after')
    await cloud.apply('Snapshot', name, { instanceRef: { name: 'web' } })
    await cloud.pass(5000)
    crashed = cloud.hasCrashed()
    if (crashed) cloud.startOperator()
    const { status } = await inState(cloud, 'Snapshot', name, 'completed')
    t.like(status, { consistency: 'Filesystem', conditions: { 1: { type: 'PointInTime', status: 'True' } } }, name)
    t.truthy((status?.['freeze'] as { endTime?: string }).endTime, name)
    t.false(cloud.hypervisor.agent(run.metadata.uid)?.frozen, name)
    t.is((await keptIn(cloud)).length, 2, name)
    await cloud.remove('Snapshot', name)
    await cloud.pass(10_000)
    if (!crashed && cloud.hasCrashed()) {
      crashed = true
      cloud.startOperator()
    }
    await cloud.until('it to be gone', async () => await cloud.read('Snapshot', name) === undefined)
  }
  t.true(froze.length > 5)
  await cloud.end()
})

test.serial('a guest whose agent does not answer is taken as after a power cut, and two snapshots of one guest come one after the other', async t => {
  const { cloud, run } = await attended()
  await Promise.all([cloud.apply('Snapshot', 'one', { volumeRef: { name: 'web-sda1' } }), cloud.apply('Snapshot', 'two', { volumeRef: { name: 'web-sdb' } })])
  const [one, two] = [await inState(cloud, 'Snapshot', 'one', 'completed'), await inState(cloud, 'Snapshot', 'two', 'completed')]
    .map(({ status }) => status as { consistency: string; freeze: { startTime: string; endTime: string } })
  t.deepEqual([one?.consistency, two?.consistency], ['Filesystem', 'Filesystem'])
  t.true((one?.freeze.endTime ?? '') <= (two?.freeze.startTime ?? '') || (two?.freeze.endTime ?? '') <= (one?.freeze.startTime ?? ''))
  cloud.hypervisor.refuseShutdown(run.metadata.uid)
  await cloud.apply('Snapshot', 'crashed', { instanceRef: { name: 'web' } })
  const { status } = await inState(cloud, 'Snapshot', 'crashed', 'completed')
  t.is(status?.['consistency'], 'Crash')
  t.regex(String(status?.['consistencyMessage']), /the snapshot is as after a power cut: .*Guest agent is not responding/)
  t.false(cloud.hypervisor.agent(run.metadata.uid)?.frozen)
  await cloud.end()
})

test.serial('a stranger under the name that a snapshot needs is left alone, no guest stands still for it, and the snapshot is taken when it is gone', async t => {
  const { cloud, run } = await attended()
  cloud.crashAt(1, 'before')
  await cloud.apply('Snapshot', 'daily', { volumeRef: { name: 'web-sdb' } })
  await cloud.until('the operator to be gone', () => Promise.resolve(cloud.hasCrashed()))
  const idIn = async (kind: string, name: string, prefix: 'snapshot' | 'volume') => idOf(idPrefixes[prefix], (await cloud.read(kind, name))?.metadata.uid ?? '')
  const name = `${await idIn('Snapshot', 'daily', 'snapshot')}-${await idIn('Volume', 'web-sdb', 'volume')}`
  const stranger = { apiVersion: 'snapshot.storage.k8s.io/v1', kind: 'VolumeSnapshot', metadata: { name, namespace: 'a' }, spec: { source: { persistentVolumeClaimName: 'web-sda1' } } }
  const { metadata: { uid } } = await cloud.client.create(volumeSnapshotResource, stranger)
  cloud.startOperator()
  const reasonIs = (reason: string) => cloud.until(reason, async () => JSON.stringify((await cloud.read('Snapshot', 'daily'))?.status).includes(`"${reason}"`))
  await reasonIs('NameConflict')
  t.false(cloud.hypervisor.agent(run.metadata.uid)?.frozen)
  await cloud.pass(120_000)
  t.like(await cloud.read('VolumeSnapshot', name), { metadata: { uid }, spec: stranger.spec })
  t.is((await keptIn(cloud)).length, 0)
  await cloud.remove('VolumeSnapshot', name)
  await inState(cloud, 'Snapshot', 'daily', 'completed')
  t.false(cloud.hypervisor.agent(run.metadata.uid)?.frozen)
  t.is((await keptIn(cloud)).length, 1)
  await cloud.end()
})
