import test from 'ava'
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startDisksAtStake, type DisksAtStake } from '../disks-at-stake.ts'

let left: string
const clouds: DisksAtStake[] = []
test.before(async () => {
  left = await mkdtemp(join(tmpdir(), 'kumulus-left-'))
})
test.after.always(async () => {
  for (const cloud of clouds) await cloud.stop()
  await rm(left, { recursive: true, force: true })
})

test.serial('a control plane that is lost comes back on a new one from its backup: every volume with its bytes, none made anew', async (t) => {
  const first = await startDisksAtStake()
  clouds.push(first)
  await first.launch('team-a')
  await take(first)
  const before = { a: await first.bytes('team-a'), b: await first.launch('team-b') }
  const ids = await idsOf(first)
  await first.recipe('backup')
  // etcd is gone with all that was in it; the storage and the backup are what is left.
  for (const [from, to] of [[first.disks, 'disks'], [first.backup, 'backup']] as const) await cp(from, join(left, to), { recursive: true })
  await first.stop()
  clouds.pop()

  const second = await startDisksAtStake(join(left, 'disks'))
  clouds.push(second)
  await second.plane.operator.kill()
  t.deepEqual(await second.onDisk(before.a), before.a)
  await second.recipe('restore', { BACKUP: join(left, 'backup') })
  await second.recipe('offer')
  await second.recipe('owners')
  await second.plane.operator.start()
  for (const [namespace, bytes] of [['team-a', before.a], ['team-b', before.b]] as const) {
    await second.wait('instance/web', 'condition=Ready', namespace)
    for (const name of Object.keys(bytes)) await second.wait(`volumes.kumulus.dev/${name}`, 'condition=Ready', namespace)
    t.deepEqual(await second.bytes(namespace), bytes, namespace)
  }
  const now = await idsOf(second)
  t.deepEqual(now.filter((id) => ids.includes(id)), [], 'a restored object is another one, and so is its ID')
  t.is(now.length, ids.length)

  t.deepEqual(await namesOf(second, 'snapshots.kumulus.dev,volumesnapshots'), [], 'no bytes of today are under the name of a snapshot of yesterday')
  const saved = async (file: string) => (await readFile(join(left, 'backup', file), 'utf8')).match(/^    (?:name|snapshotHandle): .*$/gm)?.map((line) => line.trim()) ?? []
  t.deepEqual(await saved('images.yaml'), ['name: linux', 'name: linux'], 'nor under that of an image: those that are imported are restored, and no others')
  const record = await saved('taken.yaml')
  for (const kept of ['name: yesterday', 'name: golden']) t.true(record.includes(kept), kept)
  t.true(record.filter((line) => line.startsWith('snapshotHandle: ')).length >= 4, 'of the snapshot, and of the three disks of the image')
})

/** A snapshot that everybody may use with a volume made of it, and an image of the instance. */
const take = async ({ kubectl, wait }: DisksAtStake): Promise<void> => {
  const apply = (kind: string, name: string, spec: object) =>
    kubectl.run(['apply', '-n', 'team-a', { apiVersion: 'kumulus.dev/v1alpha1', kind, metadata: { name }, spec }])
  await apply('Snapshot', 'yesterday', { volumeRef: { name: 'web-sdb' }, createVolumePermissions: { public: true } })
  await wait('snapshots.kumulus.dev/yesterday', 'condition=Ready', 'team-a')
  await apply('Volume', 'copy', { availabilityZone: 'zone-a', volumeType: 'gp3', snapshotRef: { name: 'yesterday' } })
  await apply('VolumeAttachment', 'web-copy', { volumeRef: { name: 'copy' }, instanceRef: { name: 'web' }, device: '/dev/sdf' })
  await wait('va/web-copy', 'condition=Ready', 'team-a')
  await apply('Image', 'golden', { source: { instanceRef: { name: 'web', noReboot: true } } })
  await wait('images.kumulus.dev/golden', 'condition=Ready', 'team-a')
}

const namesOf = async (cloud: DisksAtStake, kinds: string): Promise<string[]> =>
  (await cloud.get<{ items: { metadata: { name: string } }[] }>(kinds, '-A')).items.map(({ metadata }) => metadata.name)

const idsOf = async (cloud: DisksAtStake): Promise<string[]> => {
  const { items } = await cloud.get<{ items: { status: { volumeID: string } }[] }>('volumes.kumulus.dev', '-A')
  return items.map(({ status }) => status.volumeID)
}
