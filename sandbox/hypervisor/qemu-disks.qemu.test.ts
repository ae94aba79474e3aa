import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import test from 'ava'
import { systemClock } from '../../operator/runtime/clock.ts'
import { createFileDisks } from '../disks/files.ts'
import { isInUse } from '../disks/qemu-img.ts'
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

machines('a snapshot is taken of a disk that a machine writes to, which goes on in a file of its own, and all are free in the end', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'qemu-disks-'))
  const hypervisor = await createQemuHypervisor({ directory: join(directory, 'machines'), clock: systemClock, lifetime: 'process' })
  t.teardown(async () => {
    await hypervisor.close()
    await rm(directory, { recursive: true, force: true })
  })
  const disks = await createFileDisks(join(directory, 'disks'), hypervisor)
  for (const id of ['root', 'data']) await disks.createBlank(id, 16 * 1024 * 1024)
  const pathOf = (id: string) => disks.pathOf(id) ?? ''
  await hypervisor.start({
    uid: 'vmi-1', namespace: 'default', name: 'web', vcpus: 1, memoryBytes: 64 * 1024 * 1024,
    firmware: { uuid: '11111111-2222-4333-8444-555555555555', serial: 'i-0123456789abcdef0' },
    disks: [{ name: 'root', path: pathOf('root'), bus: 'virtio', readOnly: false }], network: { mac: '02:00:00:00:00:01' },
  })
  await hypervisor.attachDisk('vmi-1', { name: 'data', path: pathOf('data'), bus: 'scsi', readOnly: false, hot: true })
  for (const id of ['root', 'data', 'data']) {
    const before = pathOf(id)
    const taken = `snapshot-of-${id}-${before.length}-${Math.random().toString(36).slice(2)}`
    await disks.snapshot(taken, id)
    t.is(pathOf(taken), before)
    t.not(pathOf(id), before)
    t.deepEqual([await isInUse(before), await isInUse(pathOf(id))], [false, true], `${id}: written to is what lies on the snapshot`)
  }
  await disks.resize('data', 32 * 1024 * 1024)
  await hypervisor.detachDisk('vmi-1', 'data')
  t.false(await isInUse(pathOf('data'), 'orBelow'))
  await hypervisor.attachDisk('vmi-1', { name: 'data', path: pathOf('data'), bus: 'scsi', readOnly: false, hot: true })
  t.true(await isInUse(pathOf('data')))
})
