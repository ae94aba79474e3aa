import test from 'ava'
import { cp, mkdtemp, rm } from 'node:fs/promises'
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
  const before = { a: await first.launch('team-a'), b: await first.launch('team-b') }
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
})

const idsOf = async (cloud: DisksAtStake): Promise<string[]> => {
  const { items } = await cloud.get<{ items: { status: { volumeID: string } }[] }>('volumes.kumulus.dev', '-A')
  return items.map(({ status }) => status.volumeID)
}
