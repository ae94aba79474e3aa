import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import test from 'ava'
import { systemClock } from '../../operator/runtime/clock.ts'
import { ensureGuestImage } from '../guest/image.ts'
import type { Hypervisor, Machine, MachineEvent } from './hypervisor.ts'
import { createQemuHypervisor, qemuInstalled } from './qemu.ts'
import { sshAnswers } from './ssh-banner.ts'

const run = promisify(execFile)
const guests = qemuInstalled() ? test.serial : test.serial.skip
if (!qemuInstalled()) console.log('Tests with real guests are skipped: qemu-system-x86_64 and qemu-img are not installed (sandbox/tools/debian.sh installs them).')

let directory: string
let hypervisor: Hypervisor
const events: MachineEvent[] = []
const waiting = new Set<() => void>()

const listen = (to: Hypervisor) =>
  to.onEvent((event) => {
    events.push(event)
    for (const wake of waiting) wake()
  })

/** The next event of this type, also if it came already. */
const nextEvent = async (type: MachineEvent['type']): Promise<MachineEvent> => {
  for (;;) {
    const index = events.findIndex((event) => event.type === type)
    if (index >= 0) return events.splice(index, 1)[0]!
    await new Promise<void>((resolve) => {
      const wake = () => {
        waiting.delete(wake)
        resolve()
      }
      waiting.add(wake)
    })
  }
}

const userData = `#cloud-config
hostname: shop
users:
- name: ops
  ssh_authorized_keys: [ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGSe8dSyVt08yT2xZ/ffnJ41z8xgKnV8jOP35SJD0CEc ops@example.com]
write_files:
- path: /opt/app/settings
  permissions: '0640'
  owner: ops:ops
  content: |
    greeting: "good day"
      indented: yes
- {path: /opt/app/packed, encoding: b64, content: ${Buffer.from('packed\n').toString('base64')}}
runcmd:
- echo ran >> /var/mark
- [sh, -c, 'echo "user data speaks of $HOME" "$0"', "two words"]
`

const machine = async (): Promise<Machine> => ({
  uid: 'vmi-1', namespace: 'default', name: 'web', vcpus: 1, memoryBytes: 256 * 1024 * 1024,
  firmware: { uuid: '11111111-2222-4333-8444-555555555555', serial: 'i-0123456789abcdef0' },
  disks: [
    { name: 'root', path: join(directory, 'root.qcow2'), bus: 'virtio', serial: 'vol0123456789abcdef0', readOnly: false },
    { name: 'ephemeral0', path: '', bus: 'virtio', serial: 'ephemeral0', readOnly: false, emptyBytes: 16 * 1024 * 1024 },
  ],
  seed: {
    metaData: JSON.stringify({ 'instance-id': 'i-1', 'local-hostname': 'web', 'public-keys': { 0: (await readFile(join(directory, 'key.pub'), 'utf8')).trim() } }),
    userData,
  },
  network: { mac: '02:00:00:00:00:01', address: '10.0.1.5' },
})

/** Runs a command in the guest as soon as it can be logged in to. */
const ssh = async (command: string): Promise<string> => {
  for (;;) {
    const endpoint = hypervisor.sshEndpoint('vmi-1')
    if (!endpoint) throw new Error('the machine is gone')
    await sshAnswers(endpoint, systemClock, AbortSignal.timeout(200_000))
    const options = ['BatchMode=yes', 'StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'LogLevel=ERROR', 'ConnectTimeout=3'].flatMap((option) => ['-o', option])
    const args = ['-i', join(directory, 'key'), ...options, '-p', String(endpoint.port), `admin@${endpoint.host}`, command]
    const answer = await run('ssh', args, { timeout: 30_000 }).catch(() => undefined)
    if (answer) return answer.stdout
    await systemClock.sleep(300)
  }
}

test.before(async (t) => {
  if (!qemuInstalled()) return
  t.timeout(180_000)
  directory = await mkdtemp(join(tmpdir(), 'qemu-test-'))
  const image = await ensureGuestImage((line) => t.log(line))
  await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(directory, 'key')])
  await run('qemu-img', ['create', '-q', '-f', 'qcow2', '-F', 'qcow2', '-b', image, join(directory, 'root.qcow2'), '1G'])
  hypervisor = await createQemuHypervisor({ directory: join(directory, 'machines'), clock: systemClock, lifetime: 'process' })
  listen(hypervisor)
})

test.after.always(async () => {
  await hypervisor?.close()
  if (directory) await rm(directory, { recursive: true, force: true })
})

guests('a guest boots, takes its address, its name, its key and its disk, and does what its #cloud-config says', async (t) => {
  t.timeout(240_000)
  await hypervisor.start(await machine())
  t.is(hypervisor.states().get('vmi-1'), 'running')
  await hypervisor.start(await machine())
  let console = ''
  for await (const text of hypervisor.console('vmi-1', { follow: true, signal: AbortSignal.timeout(200_000) })) {
    console += text
    if (console.includes('cloud-init: finished')) break
  }
  t.true(console.includes('user data speaks of /root two words'))
  const seen = await ssh('cat /var/mark; hostname; cat /opt/app/settings /opt/app/packed; stat -c "%a %U:%G" /opt/app/settings; grep -c ops@example.com ~ops/.ssh/authorized_keys; ip -4 -o addr show dev eth0; cat /sys/class/dmi/id/product_uuid /sys/class/dmi/id/product_serial; cat /sys/block/vda/serial; df -m / | tail -n 1')
  for (const fact of [
    /^ran$/m, /^shop$/m, /^greeting: "good day"\n {2}indented: yes\npacked\n640 ops:ops\n1$/m, / 10\.0\.1\.5\/24 /, /^11111111-2222-/m, /^i-0123456789abcdef0$/m, /^vol0123456789abcdef0/m,
  ]) t.regex(seen, fact)
  t.true(Number(seen.trim().split('\n').at(-1)?.trim().split(/\s+/)[1]) > 900, 'the root file system has grown to the disk')
  t.deepEqual((await readdir(join(directory, 'machines/vmi-1'))).filter((name) => name === 'seed.iso'), [], 'the seed does not stay on disk')
})

guests('a paused machine goes on where it was', async (t) => {
  t.timeout(120_000)
  await ssh('echo kept > /root/data; sync')
  await hypervisor.pause('vmi-1')
  t.is(hypervisor.states().get('vmi-1'), 'paused')
  await hypervisor.resume('vmi-1')
  t.is(await ssh('cat /root/data'), 'kept\n')
})

guests('a disk grows under a guest that runs: it sees so at once, and finds its bytes as they were', async (t) => {
  t.timeout(120_000)
  const path = join(directory, 'root.qcow2')
  const sectors = async () => Number(await ssh('cat /sys/block/vda/size'))
  const hash = await ssh('dd if=/dev/urandom of=/root/blob bs=1M count=4 2>/dev/null; sync; sha256sum /root/blob')
  const before = await sectors()
  t.true(await hypervisor.growDisk(path, before * 512 + 64 * 1024 * 1024))
  t.is(await sectors(), before + 131_072)
  t.true(await hypervisor.growDisk(path, 1024), 'and never shrinks')
  t.is(await sectors(), before + 131_072)
  t.is(await ssh('echo 3 > /proc/sys/vm/drop_caches; sha256sum /root/blob'), hash)
  t.false(await hypervisor.growDisk(join(directory, 'other.qcow2'), 1024), 'what no machine has open is left to others')
})

guests('a disk of the host is empty at the start and leaves nothing behind', async (t) => {
  t.timeout(120_000)
  t.is(await ssh('echo $(cat /sys/block/vdb/serial); cat /sys/block/vdb/size; head -c 1048576 /dev/vdb | tr -d "\\000" | wc -c'), `ephemeral0\n${16 * 2048}\n0\n`)
  t.is(await ssh('echo scratch > /dev/vdb; sync; head -c 7 /dev/vdb'), 'scratch')
  t.false((await readdir(join(directory, 'machines/vmi-1'))).includes('ephemeral0.qcow2'))
})

guests('the agent in a guest says what is mounted, holds the file systems still, and lets them go when it is told or the time is over', async (t) => {
  t.timeout(120_000)
  while (hypervisor.agent('vmi-1') === undefined) await nextEvent('agent')
  const agent = hypervisor.agent('vmi-1')
  t.like((await agent?.fileSystems())?.find(({ mountPoint }) => mountPoint === '/'), { type: 'ext4', serials: ['vol0123456789abcdef0'] })
  const writes = () => ssh('(echo new > /root/frozen) & sleep 1; kill -0 $! 2>/dev/null && echo waits || echo done; kill $! 2>/dev/null; true')
  t.is(await writes(), 'done\n')
  await agent?.freeze(60_000)
  await agent?.freeze(60_000)
  t.is(await writes(), 'waits\n')
  await agent?.thaw()
  t.is(await writes(), 'done\n')
  await agent?.freeze(500)
  while (agent?.frozen === true) await nextEvent('agent')
  t.is(await writes(), 'done\n', 'whoever froze it may be gone')
})

guests('a soft reboot restarts the guest with its data and runs the user data no second time', async (t) => {
  t.timeout(240_000)
  await hypervisor.reboot('vmi-1', 'soft')
  t.deepEqual(await nextEvent('rebooted'), { type: 'rebooted', uid: 'vmi-1' })
  t.is(await ssh('cat /root/data /var/mark'), 'kept\nran\n')
})

guests('the power button ends the guest in order, and a start finds its data', async (t) => {
  t.timeout(240_000)
  await ssh('echo more >> /root/data')
  await hypervisor.shutdown('vmi-1')
  t.deepEqual(await nextEvent('stopped'), { type: 'stopped', uid: 'vmi-1', cause: 'request' })
  t.is(hypervisor.states().size, 0)
  await hypervisor.start(await machine())
  // It ends in the same boot: each boot costs seconds where it is emulated.
  t.is(await ssh('cat /root/data /var/mark; (sleep 1; poweroff) >/dev/null 2>&1 </dev/null &'), 'kept\nmore\nran\n')
  t.like(await nextEvent('stopped'), { cause: 'guest' }, 'a guest that powers itself off is told from one that was told to')
})

guests('a machine that breaks is told from one that ended', async (t) => {
  t.timeout(60_000)
  await hypervisor.start(await machine())
  process.kill(Number(await readFile(join(directory, 'machines/vmi-1/qemu.pid'), 'utf8')), 'SIGKILL')
  t.like(await nextEvent('stopped'), { cause: 'crash' })
})
