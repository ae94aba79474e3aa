import { equal, ok } from 'node:assert/strict'
import { systemClock } from '../operator/runtime/clock.ts'
import { attachment, finding, mounting, ours, type GuestAccount, type GuestCloud } from './guest-cloud.ts'

/** Where the flows play. */
export type Stage = {
  cloud: GuestCloud
  /** Has two instances that run, `web` and `other`, and a volume `data` with a file system on one of them. */
  account: GuestAccount
  /** Has `web` and `data` of its own, for whoever deletes the whole of it. */
  doomed: GuestAccount
  /** Ends the operator for what an administrator does without it, and starts it again. */
  withoutOperator: (act: () => Promise<void>) => Promise<void>
}

/** What a user does with a disk that a guest has written to. It throws where the bytes are not those that were written, and ends as it began. */
export type Flow = (stage: Stage, turn: string) => Promise<void>

const PAYLOAD = '/var/payload'
const GiB = 2 ** 30

/** Makes what both accounts of a stage use. */
export const prepareTypes = (account: GuestAccount): Promise<void> =>
  account.apply(...account.quickstart, ours('VolumeType', 'io2', { storageClassName: 'standard', multiAttach: true }))

/** Launches what an account of a stage has. */
export const prepare = async (account: GuestAccount, ...others: string[]): Promise<void> => {
  await account.apply(
    ...account.quickstart, account.instance('web', '10.0.1.5'), ...others.map((name, index) => account.instance(name, `10.0.1.${6 + index}`)),
    ours('Volume', 'data', { availabilityZone: 'zone-a', size: '1Gi' }), attachment('data-of-web', 'web', 'data', '/dev/sdf'),
  )
  await account.ready('volumeattachment.kumulus.dev/data-of-web', ...['web', ...others].map((name) => `instance/${name}`))
  await account.runIn('web', `${await diskOf(account, 'data', 'mkfs.ext4 -q $disk')} && umount /mnt`)
}

const stopStart: Flow = async ({ account }) => {
  const hash = await write(account, 'web')
  await account.patch('instance/web', { state: 'Stopped' })
  await account.wait('instance/web', 'jsonpath={.status.state}=stopped')
  await account.patch('instance/web', { state: 'Running' })
  await runs(account, 'web')
  await has(account, 'web', hash)
}

const reboot: Flow = async ({ account }, turn) => {
  const hash = await write(account, 'web')
  const boot = 'cat /proc/sys/kernel/random/boot_id'
  const before = await account.runIn('web', boot)
  await account.apply(ours('InstanceAction', `reboot-${turn}`, { instanceRef: { name: 'web' }, type: 'Reboot' }))
  await account.wait(`instanceaction/reboot-${turn}`, 'jsonpath={.status.phase}=Completed')
  await until('the guest to have booted again', async () => await account.runIn('web', boot) !== before)
  await has(account, 'web', hash)
  await account.remove(`instanceaction/reboot-${turn}`)
}

const move: Flow = async ({ account }) => {
  const [from, to] = await holderOf(account)
  const hash = await onData(account, from, writing('/mnt/payload'))
  await account.remove(`volumeattachment.kumulus.dev/data-of-${from}`)
  await account.apply(attachment(`data-of-${to}`, to, 'data', '/dev/sdf'))
  await account.ready(`volumeattachment.kumulus.dev/data-of-${to}`)
  equal(await onData(account, to, reading('/mnt/payload')), hash)
}

const grow: Flow = async ({ account }) => {
  const [holder] = await holderOf(account)
  const hash = await account.runIn(holder, `${await diskOf(account, 'data')} && ${writing('/mnt/payload')}`)
  const size = Number.parseInt(await account.fieldOf('volumes.kumulus.dev/data', '.status.size'), 10) + 1
  await account.patch('volumes.kumulus.dev/data', { size: `${size}Gi` })
  await account.wait('volumes.kumulus.dev/data', `jsonpath={.status.size}=${size}Gi`)
  await account.ready('volumes.kumulus.dev/data')
  const sectors = size * GiB / 512
  // The guest has the volume mounted all the while, and is told of nothing but the disk's new size.
  const grown = `device=$(awk '$2 == "/mnt" { print $1 }' /proc/mounts)
    for n in $(seq 60); do [ $(cat /sys/class/block/\${device#/dev/}/size) -ge ${sectors} ] && break; sleep 1; done
    resize2fs $device >/dev/null 2>&1; df -k /mnt | awk 'END { print $2 }'; ${reading('/mnt/payload')}; umount /mnt`
  const [kilobytes, after] = (await account.runIn(holder, grown)).split('\n')
  ok(Number(kilobytes) > (size - 0.5) * GiB / 1024, `the file system has ${kilobytes} KiB of ${size} GiB`)
  equal(after, hash)
}

const snapshot: Flow = async ({ account }, turn) => {
  const [holder, other] = await holderOf(account)
  const [moment, restored] = [`moment-${turn}`, `restored-${turn}`]
  await account.wait(`virtualmachineinstance/${holder}`, 'condition=AgentConnected')
  const hash = await account.runIn(holder, `${await diskOf(account, 'data')} && ${writing('/mnt/payload')}`)
  // Not written out by its user: the guest does so as it is frozen.
  const late = await account.runIn(holder, writing('/mnt/late', ':'))
  await account.apply(ours('Snapshot', moment, { volumeRef: { name: 'data' } }))
  await account.ready(`snapshot/${moment}`)
  const isFrozen = await account.fieldOf(`snapshot/${moment}`, '.status.consistency') === 'Filesystem'
  const now = await account.runIn(holder, `${writing('/mnt/payload')} && umount /mnt`)
  await account.apply(ours('Volume', restored, { availabilityZone: 'zone-a', snapshotRef: { name: moment } }), attachment(restored, other, restored, '/dev/sdg'))
  await account.ready(`volumeattachment.kumulus.dev/${restored}`)
  const look = `${await diskOf(account, restored)} && ${reading('/mnt/payload')} && ${reading('/mnt/late')}; umount /mnt`
  const found = (await account.runIn(other, look)).split('\n')
  equal(found[0], hash)
  if (isFrozen) equal(found[1], late)
  equal(await onData(account, holder, reading('/mnt/payload')), now)
  await account.remove(`volumeattachment.kumulus.dev/${restored}`)
  await account.remove(`volumes.kumulus.dev/${restored}`)
  await account.remove(`snapshot/${moment}`)
}

const image: Flow = async ({ account }, turn) => {
  const [holder] = await holderOf(account)
  const [golden, clone] = [`golden-${turn}`, `clone-${turn}`]
  const [root, data] = [await write(account, holder), await onData(account, holder, writing('/mnt/payload'))]
  await account.apply(ours('Image', golden, { source: { instanceRef: { name: holder } } }))
  await account.ready(`image/${golden}`)
  await account.apply(account.instance(clone, '10.0.1.7', { imageRef: { name: golden } }))
  await runs(account, clone)
  await has(account, clone, root)
  equal(await account.runIn(clone, `${await diskOf(account, `${clone}-sdf`)} && ${reading('/mnt/payload')}; umount /mnt`), data)
  await runs(account, holder)
  await has(account, holder, root)
  equal(await onData(account, holder, reading('/mnt/payload')), data)
  await account.remove(`instance/${clone}`)
  // Attached by its user and not to go with the instance, and so it is in each launch of the image.
  await account.remove(`volumes.kumulus.dev/${clone}-sdf`)
  await account.remove(`image/${golden}`)
}

const share: Flow = async ({ account }, turn) => {
  const shared = `shared-${turn}`
  const names = ['web', 'other'].map((instance) => `volumeattachment.kumulus.dev/${shared}-${instance}`)
  await account.apply(
    ours('Volume', shared, { availabilityZone: 'zone-a', size: '1Gi', volumeType: 'io2', multiAttach: true }),
    attachment(`${shared}-web`, 'web', shared, '/dev/sdh'), attachment(`${shared}-other`, 'other', shared, '/dev/sdh'),
  )
  await account.ready(...names)
  const find = finding(await account.fieldOf(`volumes.kumulus.dev/${shared}`, '.status.volumeID'))
  // No file system of the usual sort bears two guests: what is on the disk itself is looked at.
  const look = `${find} && sync && echo 3 >/proc/sys/vm/drop_caches && dd if=$disk bs=64k count=16 2>/dev/null | sha256sum | cut -d ' ' -f 1`
  for (const [writer, reader] of [['web', 'other'], ['other', 'web']] as const) {
    const hash = await account.runIn(writer, `${find} && dd if=/dev/urandom of=$disk bs=64k count=16 2>/dev/null && ${look}`)
    equal(await account.runIn(reader, look), hash, `what ${writer} wrote is not what ${reader} reads`)
  }
  await account.remove(...names)
  await account.remove(`volumes.kumulus.dev/${shared}`)
}

const namespace: Flow = async ({ cloud, doomed, withoutOperator }) => {
  const { namespace: name } = doomed
  const [root, data] = [await write(doomed, 'web'), await onData(doomed, 'web', writing('/mnt/payload'))]
  await cloud.recipe('backup')
  await cloud.kubectl.run(['delete', 'namespace', name, '--timeout=600s'])
  await withoutOperator(async () => {
    for (const recipe of ['restore', 'offer', 'owners']) await cloud.recipe(recipe, { NAMESPACE: name })
  })
  await runs(doomed, 'web')
  await doomed.ready('volumeattachment.kumulus.dev/data-of-web')
  await has(doomed, 'web', root)
  equal(await onData(doomed, 'web', reading('/mnt/payload')), data)
}

/** Every flow, by what a user would call it. */
export const flows: Readonly<Record<string, Flow>> = {
  'a stop and a start': stopStart,
  'a reboot': reboot,
  'a move to another instance': move,
  'a growth of the volume': grow,
  'a snapshot and a new volume of it': snapshot,
  'a volume that two instances write to': share,
  'an image of the running instance and a launch of it': image,
  'the deletion of the namespace and its restoration': namespace,
}

const runs = async (account: GuestAccount, instance: string): Promise<void> => {
  await account.wait(`instance/${instance}`, 'jsonpath={.status.state}=running')
  await account.ready(`instance/${instance}`)
}

/** Shell that writes random bytes, and says their digest. @param then - `sync`, unless that is left to the guest. */
const writing = (file: string, then = 'sync'): string => `dd if=/dev/urandom of=${file} bs=64k count=16 2>/dev/null && ${then} && ${digest(file)}`
/** Shell that says the digest of what is on the disk: nothing that the guest has kept in memory counts. */
const reading = (file: string): string => `sync && echo 3 >/proc/sys/vm/drop_caches && ${digest(file)}`
const digest = (file: string): string => `sha256sum ${file} | cut -d ' ' -f 1`

const write = async (account: GuestAccount, instance: string): Promise<string> => {
  const hash = await account.runIn(instance, writing(PAYLOAD))
  ok(/^[0-9a-f]{64}$/.test(hash), `no digest: ${hash}`)
  return hash
}
const has = async (account: GuestAccount, instance: string, hash: string): Promise<void> =>
  equal(await account.runIn(instance, reading(PAYLOAD)), hash, `what ${instance} has on its disk is not what was written`)

const diskOf = async (account: GuestAccount, volume: string, first?: string): Promise<string> =>
  mounting(await account.fieldOf(`volumes.kumulus.dev/${volume}`, '.status.volumeID'), first)
/** What a command says with the volume mounted at /mnt. */
const onData = async (account: GuestAccount, instance: string, command: string): Promise<string> =>
  account.runIn(instance, `${await diskOf(account, 'data')} && ${command}; umount /mnt`)

/** The instance that has the volume, and the one that has it not. */
const holderOf = async (account: GuestAccount): Promise<[string, string]> =>
  await account.fieldOf('volumes.kumulus.dev/data', '.status.attachments[0].instanceName') === 'web' ? ['web', 'other'] : ['other', 'web']

const until = async (what: string, holds: () => Promise<boolean>): Promise<void> => {
  const end = systemClock.now() + 120_000
  while (!await holds()) {
    if (systemClock.now() > end) throw new Error(`waited in vain for ${what}`)
    await systemClock.sleep(1000)
  }
}
