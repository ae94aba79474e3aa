import test from 'ava'
import { qemuInstalled } from '../../sandbox/hypervisor/qemu.ts'
import { ours, startGuestCloud } from '../guest-cloud.ts'

const withQemu = qemuInstalled() ? test : test.skip

withQemu('what a real guest wrote is in every instance of the image that is made of it, and in itself when it is back', async t => {
  // Three guests boot, by software where there is no KVM.
  t.timeout(600_000)
  const cloud = await startGuestCloud()
  t.teardown(cloud.stop)
  const account = cloud.in('default')
  await account.apply(...account.quickstart, account.instance('web', '10.0.1.5'))
  await account.ready('instance/web')
  const hash = await account.runIn('web', 'dd if=/dev/urandom of=/var/payload bs=64k count=16 2>/dev/null && sync && sha256sum /var/payload')
  t.regex(hash, /^[0-9a-f]{64} /)

  await account.apply(ours('Image', 'golden', { source: { instanceRef: { name: 'web' } } }))
  await account.ready('image/golden')
  await account.apply(account.instance('clone', '10.0.1.6', { imageRef: { name: 'golden' } }))
  await account.ready('instance/clone')
  t.is(await account.runIn('clone', 'sha256sum /var/payload'), hash)
  await account.ready('instance/web')
  t.is(await account.runIn('web', 'sha256sum /var/payload'), hash)
})
