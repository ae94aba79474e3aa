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

  // A guest lets people in before its agent has said that it is there.
  await account.wait('virtualmachineinstance/web', 'condition=AgentConnected')
  await account.apply(ours('Snapshot', 'moment', { volumeRef: { name: 'data' } }))
  await account.ready('snapshot/moment')
  t.is(await account.fieldOf('snapshot/moment', '.status.consistency'), 'Filesystem')
  t.is(await account.runIn('web', 'cp /mnt/payload /mnt/later && umount /mnt && echo written'), 'written')
  await account.remove('volumeattachment.kumulus.dev/first')

  await account.apply(
    attachment('second', 'other', 'data', '/dev/sdf'),
    ours('Volume', 'restored', { availabilityZone: 'zone-a', snapshotRef: { name: 'moment' } }), attachment('third', 'other', 'restored', '/dev/sdg'),
  )
  await account.ready('volumeattachment.kumulus.dev/second', 'volumeattachment.kumulus.dev/third')
  const lookAt = async (volume: string) => account.runIn('other', `${await mountingOf(volume)} && ls /mnt && sha256sum /mnt/payload; umount /mnt`)
  t.deepEqual((await lookAt('data')).split('\n'), ['later', 'lost+found', 'payload', hash])
  t.deepEqual((await lookAt('restored')).split('\n'), ['lost+found', 'payload', hash])
})
