import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import test from 'ava'
import { systemClock } from '../../operator/runtime/clock.ts'
import type { MachineDisk } from './hypervisor.ts'
import { createQemuHypervisor, qemuInstalled } from './qemu.ts'

const run = promisify(execFile)
const machines = qemuInstalled() ? test : test.skip

machines('a disk is plugged into a machine that runs and out again, and its file is free then', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'qemu-disks-'))
  const at = { directory: join(directory, 'machines'), clock: systemClock, lifetime: 'process' } as const
  const pathOf = (name: string) => join(directory, `${name}.qcow2`)
  for (const name of ['root', 'data']) await run('qemu-img', ['create', '-q', '-f', 'qcow2', pathOf(name), '16M'])
  const data: MachineDisk = { name: 'vol-0123456789abcdef0', path: pathOf('data'), serial: 'vol0123456789abcdef0', bus: 'scsi', readOnly: false, hot: true }
  const hypervisor = await createQemuHypervisor(at)
  t.teardown(async () => {
    await hypervisor.close()
    await rm(directory, { recursive: true, force: true })
  })
  await hypervisor.start({
    uid: 'vmi-1', namespace: 'default', name: 'web', vcpus: 1, memoryBytes: 64 * 1024 * 1024,
    firmware: { uuid: '11111111-2222-4333-8444-555555555555', serial: 'i-0123456789abcdef0' },
    disks: [{ name: 'root', path: pathOf('root'), bus: 'virtio', readOnly: false }], network: { mac: '02:00:00:00:00:01' },
  })
  t.deepEqual([...hypervisor.hotDisks('vmi-1')], [])
  for (const round of [1, 2]) {
    await hypervisor.attachDisk('vmi-1', data)
    await hypervisor.attachDisk('vmi-1', data)
    t.deepEqual([...hypervisor.hotDisks('vmi-1')], [data.name], `round ${round}`)
    await t.throwsAsync(run('qemu-img', ['info', pathOf('data')]), { message: /lock/ }, 'the machine has its file')
    await hypervisor.detachDisk('vmi-1', data.name)
    t.deepEqual([...hypervisor.hotDisks('vmi-1')], [])
    await run('qemu-img', ['info', pathOf('data')])
  }
})
