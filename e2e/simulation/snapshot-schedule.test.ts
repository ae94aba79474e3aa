import test from 'ava'
import { idOf, idPrefixes } from '../../crds/ids.ts'
import { type InstanceCloud, quickstart, startInstanceCloud, web } from './instance-cloud.ts'
import type { Anything } from './world.ts'

const hourMs = 3_600_000
const gold = { selector: { matchTags: { Backup: 'gold' } }, schedule: '30 * * * *', retain: { count: 2 } }

/** An instance whose disks have these names, each with its tags. */
const withVolumes = async (...names: readonly ('web-sda1' | 'web-sdb')[]): Promise<InstanceCloud> => {
  const cloud = await startInstanceCloud()
  for (const [kind, name, spec] of quickstart) await cloud.apply(kind, name, spec)
  await cloud.apply('Instance', 'web', { ...web, blockDevices: names.map(name => ({ deviceName: name.replace('web-', '/dev/'), size: '1Gi' })) })
  await cloud.inState('running')
  await cloud.apply('Instance', 'web', { ...web, state: 'Stopped', blockDevices: names.map(name => ({ deviceName: name.replace('web-', '/dev/'), size: '1Gi' })) })
  await cloud.inState('stopped')
  for (const name of names) await cloud.apply('Volume', name, { tags: { Backup: 'gold', Name: name } })
  return cloud
}
type Run = { scheduledTime: string; state: string; selected?: number; taken?: number; completed?: number; missed?: number; message?: string }
const runsOf = (schedule: Anything | undefined): Run[] => (schedule?.status?.['history'] ?? []) as Run[]
const hourly = (cloud: InstanceCloud) => cloud.read('SnapshotSchedule', 'hourly')
const conditionOf = (object: Anything | undefined, type: string) =>
  (object?.status?.['conditions'] as { type: string; status: string; reason: string; message: string }[]).find(each => each.type === type)
const snapshotsOf = async (cloud: InstanceCloud, volume?: string) =>
  (await cloud.list('Snapshot')).filter(({ spec }) => volume === undefined || (spec['volumeRef'] as { name: string }).name === volume)
/** Until one more run is over: an hour at most. */
const afterNext = async (cloud: InstanceCloud): Promise<Anything> => {
  await cloud.pass(60_000)
  const before = runsOf(await hourly(cloud)).length
  return cloud.until('another run to be over', async () => {
    const found = await hourly(cloud)
    return runsOf(found).filter(({ state }) => !['starting', 'running'].includes(state)).length > before && found
  })
}

test.serial('each volume that is selected is kept once an hour with its tags; what can\'t be is named, and what is in use is not let go', async t => {
  const cloud = await withVolumes('web-sda1', 'web-sdb')
  await cloud.apply('Volume', 'scratch', { availabilityZone: 'zone-a', size: '1Gi' })
  await cloud.apply('SnapshotSchedule', 'hourly', { ...gold, retain: { count: 1 }, tagsToAdd: { By: 'schedule' } })
  const first = await afterNext(cloud)
  t.like(runsOf(first)[0], { state: 'completed', selected: 2, taken: 2, completed: 2 })
  t.regex(runsOf(first)[0]?.scheduledTime ?? '', /:30:00Z$/)
  const policyID = idOf(idPrefixes.snapshotSchedule, first.metadata.uid)
  t.like(first.status, { policyID, state: 'enabled', selected: 2, lastSuccessfulTime: runsOf(first)[0]?.scheduledTime })
  t.is(conditionOf(first, 'LastRunSucceeded')?.status, 'True')
  const [[kept], [other]] = [await snapshotsOf(cloud, 'web-sda1'), await snapshotsOf(cloud, 'web-sdb')]
  t.like(kept?.spec, { tags: { Backup: 'gold', Name: 'web-sda1', By: 'schedule' }, description: `Created for policy: ${policyID} schedule: hourly` })
  await cloud.pass(10_000)
  cloud.writes.length = 0
  await cloud.pass(hourMs / 2)
  t.deepEqual(cloud.writes, [])

  await cloud.apply('Image', 'golden', { source: { snapshotRef: { name: kept?.metadata.name ?? '' } }, rootDeviceName: '/dev/sda1' })
  await cloud.apply('Volume', 'unmade', { availabilityZone: 'zone-a', size: '1Gi', volumeType: 'none', tags: { Backup: 'gold' } })
  // Somebody else's Snapshot has the name that the next one of the root disk would have.
  const { nextScheduleTime } = first.status as { nextScheduleTime: string }
  const volumeID = (await cloud.read('Volume', 'web-sda1'))?.status?.['volumeID'] as string
  const strange = `${policyID}-${nextScheduleTime.slice(0, 16).replaceAll(/[-:]/g, '').toLowerCase()}z-${volumeID}`
  await cloud.apply('Snapshot', strange, { volumeRef: { name: 'unmade' } })
  const second = await afterNext(cloud)
  t.like(runsOf(second)[0], { state: 'partial', selected: 3, taken: 1, completed: 1 })
  t.is(runsOf(second)[0]?.message, 'not taken: Volume "web-sda1" (another Snapshot has its name), Volume "unmade" (it holds no bytes yet)')
  t.like(conditionOf(second, 'LastRunSucceeded'), { status: 'False', reason: 'NotAllTaken' })
  await cloud.until('the older one of the second disk to go', async () => await cloud.read('Snapshot', other?.metadata.name ?? '') === undefined)

  await afterNext(cloud)
  await cloud.pass(10_000)
  const third = await hourly(cloud)
  t.like(runsOf(third)[0], { state: 'partial', taken: 2, completed: 2 })
  t.like(conditionOf(third, 'RetentionMet'), { status: 'False', reason: 'SnapshotInUse' })
  t.regex(conditionOf(third, 'RetentionMet')?.message ?? '', new RegExp(`^kept beyond their time.*Snapshot "${kept?.metadata.name}" \\(by Image "golden"\\)$`))
  t.is((await cloud.read('Snapshot', kept?.metadata.name ?? ''))?.metadata.deletionTimestamp, undefined)
  await cloud.remove('Image', 'golden')
  await cloud.until('the snapshot to go', async () => await cloud.read('Snapshot', kept?.metadata.name ?? '') === undefined)
  await cloud.pass(10_000)
  t.is(conditionOf(await hourly(cloud), 'RetentionMet'), undefined)
  t.is((await hourly(cloud))?.status?.['snapshots'], 2)

  // Its end takes none along, and brings none that its users have deleted.
  const [last] = (await snapshotsOf(cloud, 'web-sdb'))
  await cloud.remove('Snapshot', last?.metadata.name ?? '')
  await cloud.remove('SnapshotSchedule', 'hourly')
  await cloud.pass(hourMs)
  t.deepEqual((await snapshotsOf(cloud)).map(({ spec }) => (spec['volumeRef'] as { name: string }).name).sort(), ['unmade', 'web-sda1'])
  await cloud.end()
})

test.serial('after hours in which nothing ran one time is made up for; one that is too late, or was due while suspended, is not', async t => {
  const cloud = await withVolumes('web-sda1')
  await cloud.apply('SnapshotSchedule', 'hourly', { ...gold, retain: { count: 9 } })
  await afterNext(cloud)
  // Dies with the run on record and nothing asked for.
  cloud.crashAt(1, 'after')
  await cloud.pass(3 * hourMs)
  t.true(cloud.hasCrashed())
  cloud.startOperator()
  await cloud.pass(60_000)
  const [latest, cut, ...more] = runsOf(await hourly(cloud))
  t.like(latest, { state: 'completed', missed: 1 })
  t.like(cut, { state: 'failed', taken: 0, message: 'not taken: Volume "web-sda1" (it could not be asked for in time)' })
  t.is(more.length, 1)
  t.is((await snapshotsOf(cloud)).length, 2)
  await cloud.apply('SnapshotSchedule', 'hourly', { ...gold, retain: { count: 9 }, suspend: true })
  await cloud.pass(hourMs)
  t.like((await hourly(cloud))?.status, { state: 'disabled', nextScheduleTime: undefined, conditions: { 0: { reason: 'Suspended', status: 'True' } } })
  await cloud.apply('SnapshotSchedule', 'hourly', { ...gold, retain: { count: 9 }, startingDeadlineSeconds: 600 })
  await cloud.pass(1000)
  t.is((await snapshotsOf(cloud)).length, 2)
  cloud.crashAt(1, 'before')
  await cloud.pass(hourMs + 11 * 60_000)
  cloud.startOperator()
  await cloud.pass(60_000)
  t.like(await hourly(cloud), { status: { history: { 0: { state: 'missed' } } } })
  t.is(conditionOf(await hourly(cloud), 'LastRunSucceeded')?.reason, 'Missed')
  t.is((await snapshotsOf(cloud)).length, 2)
  await cloud.end()
})
