import test from 'ava'
import { quickstart, startInstanceCloud, web } from './instance-cloud.ts'

test('an image of an instance: it stops, is taken and goes on; crashes at any write change nothing of that; what is launched from the image is a clone', async t => {
  const cloud = await startInstanceCloud()
  const statusOf = async (kind: string, name: string) => (await cloud.read(kind, name))?.status ?? {}
  const inState = (kind: string, name: string, state: string) =>
    cloud.until(`${kind} ${name} to be ${state}`, async () => (await statusOf(kind, name))['state'] === state)
  for (const [kind, name, spec] of quickstart) await cloud.apply(kind, name, spec)
  await cloud.apply('Instance', 'web', web)
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
  await cloud.apply('Instance', 'clone', { ...web, imageRef: { name: 'golden-1' }, privateIPAddress: undefined })
  await cloud.inState('running', 'clone')
  t.is((await statusOf('Instance', 'clone'))['imageID'], (await statusOf('Image', 'golden-1'))['imageID'])
  const kept = (await cloud.list('Snapshot'))[0]?.metadata.name ?? ''
  await cloud.apply('Image', 'again', { source: { snapshotRef: { name: kept } } })
  await inState('Image', 'again', 'available')
  for (let n = 1; n <= 6; n++) await cloud.remove('Image', `golden-${n}`)
  await cloud.pass(60_000)
  t.deepEqual((await cloud.list('Snapshot')).map(({ metadata }) => metadata.name), [kept], 'what another image consists of stays')
  await cloud.remove('Image', 'again')
  await cloud.until('all to go', async () => (await cloud.list('Image')).length === 1 && (await cloud.list('VolumeSnapshotContent')).length === 1)
  await cloud.inState('running', 'clone')
  await cloud.end()
})
