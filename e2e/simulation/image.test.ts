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
  for (let n = 1; n <= 4; n++) {
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

test('a family: each file that its source has becomes a version, once; launches take the newest, and what is used or new stays', async t => {
  const url = 'http://127.0.0.1:18080/linux.img'
  const files: Record<string, { etag?: string }> = { [url]: { etag: '"1"' } }
  const cloud = await startInstanceCloud({ files })
  const hour = 3_600_000
  for (const [kind, name, spec] of quickstart) if (kind !== 'Image') await cloud.apply(kind, name, spec)
  const family = { source: { http: { url, refresh: '0 * * * *' } }, minSize: '64Mi', retain: { count: 1 } }
  await cloud.apply('Image', 'debian', family)
  const statusOf = async (kind: string, name: string) => (await cloud.read(kind, name))?.status ?? {}
  const latest = async () => (await statusOf('Image', 'debian'))['latest'] as { name: string; imageID: string } | undefined
  const versions = async () => (await cloud.list('Image')).map(({ metadata }) => metadata.name).filter(name => name !== 'debian')
  const refreshed = async () => ((await statusOf('Image', 'debian'))['conditions'] as { type: string; status: string; message: string }[]).find(({ type }) => type === 'Refreshed')
  const newer = async (than: string | undefined) => cloud.until('a newer version', async () => {
    const found = await latest()
    return found !== undefined && found.name !== than && found
  })
  const first = await newer(undefined)
  await cloud.apply('Instance', 'web', { ...web, imageRef: { name: 'debian' }, state: 'Stopped' })
  await cloud.inState('stopped')
  t.is((await statusOf('Instance', 'web'))['imageID'], first.imageID)
  t.deepEqual(((await cloud.read('Volume', 'web-sda1'))?.['spec'] as { imageRef: object }).imageRef, { name: first.name })
  await cloud.pass(hour)
  t.deepEqual([await versions(), (await refreshed())?.status], [[first.name], 'True'], 'the same file is not fetched again')

  let last = first.name
  for (const n of [1, 2]) {
    files[url] = { etag: `"${n + 1}"` }
    cloud.crashAt(n, n === 1 ? 'after' : 'before')
    await cloud.pass(hour)
    if (cloud.hasCrashed()) cloud.startOperator()
    last = (await newer(last)).name
  }
  t.is((await versions()).length, 3, 'each once')
  t.is((await statusOf('Image', first.name))['deprecated'], true)
  t.is((await statusOf('Instance', 'web'))['imageID'], first.imageID)
  await cloud.remove('Instance', 'web')
  await cloud.remove('Image', 'debian')
  await cloud.until('all to go', async () => (await cloud.list('Image')).length === 0)
  await cloud.end()
})
