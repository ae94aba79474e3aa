import test from 'ava'
import { qemuInstalled } from '../../sandbox/hypervisor/qemu.ts'
import { attachment, mounting, ours, startGuestCloud } from '../guest-cloud.ts'

const withQemu = qemuInstalled() ? test : test.skip

withQemu('what a real guest wrote on a volume is in its snapshot of that moment, and on the volume wherever it is attached next', async t => {
  // Two guests boot, by software where there is no KVM.
  t.timeout(600_000)
  const cloud = await startGuestCloud()
  t.teardown(cloud.stop)
  const account = cloud.in('default')
  const mountingOf = async (volume: string, prepare?: string) => mounting(await account.fieldOf(`volumes.kumulus.dev/${volume}`, '.status.volumeID'), prepare)
  await account.apply(
    ...account.quickstart, account.instance('web', '10.0.1.5'), account.instance('other', '10.0.1.6'),
    ours('Volume', 'data', { availabilityZone: 'zone-a', size: '1Gi' }), attachment('first', 'web', 'data', '/dev/sdf'),
  )
  await account.ready('instance/web', 'instance/other', 'volumeattachment.kumulus.dev/first')
  const disk = await mountingOf('data', 'mkfs.ext4 -q $disk')
  // Not written out by its user: the guest does so as it is frozen.
  const hash = await account.runIn('web', `${disk} && dd if=/dev/urandom of=/mnt/payload bs=64k count=16 2>/dev/null && sha256sum /mnt/payload`)
  t.regex(hash, /^[0-9a-f]{64} /)
  // As the handbook finds it: udev, or what a small guest has in its place, follows the kernel in its own time.
  const byID = `/dev/disk/by-id/scsi-0QEMU_QEMU_HARDDISK_${(await account.fieldOf('volumes.kumulus.dev/data', '.status.volumeID')).replace('-', '')}`
  t.regex(await account.runIn('web', `for n in $(seq 30); do readlink ${byID} && break; sleep 1; done`), /^\.\.\/\.\.\/sd[a-z]$/)

  // A guest lets people in before its agent has said that it is there.
  await account.wait('virtualmachineinstance/web', 'condition=AgentConnected')
  await account.apply(ours('Snapshot', 'moment', { volumeRef: { name: 'data' } }))
  await account.ready('snapshot/moment')
  t.is(await account.fieldOf('snapshot/moment', '.status.consistency'), 'Filesystem')
  // A guest keeps what it has mounted, under whichever name.
  t.is(await account.runIn('web', `cp /mnt/payload /mnt/later && umount /mnt && mount ${byID} /mnt && echo mounted`), 'mounted')
  await cloud.kubectl.run(['delete', 'volumeattachment.kumulus.dev/first', '-n', account.namespace, '--wait=false'])
  await account.wait('volumeattachment.kumulus.dev/first', 'jsonpath={.status.state}=busy')
  t.is(await account.runIn('web', 'umount /mnt && echo unmounted'), 'unmounted')
  await account.wait('volumeattachment.kumulus.dev/first', 'delete')

  await account.apply(
    attachment('second', 'other', 'data', '/dev/sdf'),
    ours('Volume', 'restored', { availabilityZone: 'zone-a', snapshotRef: { name: 'moment' } }), attachment('third', 'other', 'restored', '/dev/sdg'),
  )
  await account.ready('volumeattachment.kumulus.dev/second', 'volumeattachment.kumulus.dev/third')
  const lookAt = async (volume: string) => account.runIn('other', `${await mountingOf(volume)} && ls /mnt && sha256sum /mnt/payload; umount /mnt`)
  t.deepEqual((await lookAt('data')).split('\n'), ['later', 'lost+found', 'payload', hash])
  t.deepEqual((await lookAt('restored')).split('\n'), ['lost+found', 'payload', hash])
})
