import test from 'ava'
import { quickstart, startInstanceCloud, web } from './instance-cloud.ts'

const twoDisks = { ...web, blockDevices: [...web.blockDevices, { deviceName: '/dev/sdb', size: '2Gi', deleteOnTermination: true }] }

test('an image of an instance: it stops, is taken and goes on; crashes at any write change nothing of that; what is launched from it has clones of all disks', async t => {
  const cloud = await startInstanceCloud()
  const statusOf = async (kind: string, name: string) => (await cloud.read(kind, name))?.status ?? {}
  const inState = (kind: string, name: string, state: string) =>
    cloud.until(`${kind} ${name} to be ${state}`, async () => (await statusOf(kind, name))['state'] === state)
  for (const [kind, name, spec] of quickstart) await cloud.apply(kind, name, spec)
  await cloud.apply('Instance', 'web', twoDisks)
  await cloud.inState('running')
  const first = [...cloud.hypervisor.states().keys()]
  for (let n = 1; n <= 6; n++) {
    const name = `golden-${n}`
    cloud.crashAt(n, n % 2 === 0 ? 'before' : 'after')
    await cloud.apply('Image', name, { source: { instanceRef: { name: 'web' } } })
    await cloud.pass(20_000)
    if (cloud.hasCrashed()) cloud.startOperator()
    await inState('Image', name, 'available')
    await cloud.inState('running')
    const { capture } = await statusOf('Image', name) as { capture: { startTime: string; endTime: string } }
    t.true(capture.endTime >= capture.startTime, name)
    const snapshots = await cloud.list('Snapshot')
    t.deepEqual(snapshots.map(({ status }) => [status?.['state'], status?.['consistency']]), Array<unknown>(n).fill(['completed', 'Crash']), 'one each')
  }
  t.notDeepEqual([...cloud.hypervisor.states().keys()], first, 'it was stopped')
  const { imageID, blockDevices } = await statusOf('Image', 'golden-1') as { imageID: string; blockDevices: { deviceName: string; size: string; deleteOnTermination: boolean }[] }
  t.deepEqual(blockDevices.map(({ deviceName, size, deleteOnTermination }) => [deviceName, size, deleteOnTermination]), [['/dev/sda1', '1Gi', true], ['/dev/sdb', '2Gi', true]])
  const { blockDevices: _, privateIPAddress: __, ...asImage } = { ...web, imageRef: { name: 'golden-1' } }
  for (let n = 1; n <= 6; n++) {
    const name = `clone-${n}`
    cloud.crashAt(n, n % 2 === 0 ? 'before' : 'after')
    await cloud.apply('Instance', name, asImage)
    await cloud.pass(20_000)
    if (cloud.hasCrashed()) cloud.startOperator()
    await cloud.inState('running', name)
    const clone = await statusOf('Instance', name) as { imageID: string; blockDevices: { volumeName: string; fromImage: boolean; deleteOnTermination: boolean }[] }
    t.is(clone.imageID, imageID)
    t.deepEqual(clone.blockDevices.map(({ volumeName, fromImage, deleteOnTermination }) => [volumeName, fromImage, deleteOnTermination]),
      [[`${name}-sda1`, true, true], [`${name}-sdb`, true, true]])
    t.is((await statusOf('Volume', `${name}-sdb`))['size'], '2Gi')
    if (n === 1) continue
    await cloud.remove('Instance', name)
    await cloud.until(`${name} and its disks to go`, async () =>
      await cloud.read('Instance', name) === undefined && (await cloud.list('Volume')).every(({ metadata }) => !metadata.name.startsWith(name)))
  }
  const kept = (await cloud.list('Snapshot'))[0]?.metadata.name ?? ''
  await cloud.apply('Image', 'again', { source: { snapshotRef: { name: kept } } })
  await inState('Image', 'again', 'available')
  for (let n = 1; n <= 6; n++) await cloud.remove('Image', `golden-${n}`)
  await cloud.pass(60_000)
  t.deepEqual((await cloud.list('Snapshot')).map(({ metadata }) => metadata.name), [kept], 'what another image consists of stays')
  await cloud.remove('Image', 'again')
  await cloud.until('all to go', async () => (await cloud.list('Image')).length === 1 && (await cloud.list('VolumeSnapshotContent')).length === 1)
  await cloud.inState('running', 'clone-1')
  await cloud.end()
})
