import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import test, { type ExecutionContext } from 'ava'
import { systemClock } from '../../operator/runtime/clock.ts'
import { createFileDisks } from '../disks/files.ts'
import { isInUse } from '../disks/qemu-img.ts'
import type { MachineDisk } from './hypervisor.ts'
import { createQemuHypervisor, qemuInstalled } from './qemu.ts'

const run = promisify(execFile)
const machines = qemuInstalled() ? test : test.skip
const MiB = 1024 * 1024

/** A hypervisor and the disks of its machines, gone with the test. */
const startWithDisks = async (t: ExecutionContext) => {
  const directory = await mkdtemp(join(tmpdir(), 'qemu-disks-'))
  const hypervisor = await createQemuHypervisor({ directory: join(directory, 'machines'), clock: systemClock, lifetime: 'process' })
  t.teardown(async () => {
    await hypervisor.close()
    await rm(directory, { recursive: true, force: true })
  })
  return { hypervisor, disks: await createFileDisks(join(directory, 'disks'), hypervisor) }
}

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

machines('a disk that is made to be shared is on two machines at once, grows for both, and is copied when nobody has it', async (t) => {
  const { hypervisor, disks } = await startWithDisks(t)
  await disks.createBlank('shared', 16 * MiB, true)
  await disks.createBlank('own', 16 * MiB)
  const diskOf = (id: string): MachineDisk => ({ name: id, path: disks.pathOf(id) ?? '', bus: 'scsi', readOnly: false, hot: true })
  for (const number of [1, 2]) {
    await disks.createBlank(`root-${number}`, 16 * MiB)
    await hypervisor.start({
      uid: `vmi-${number}`, namespace: 'default', name: `web-${number}`, vcpus: 1, memoryBytes: 64 * MiB,
      firmware: { uuid: `11111111-2222-4333-8444-55555555555${number}`, serial: `i-0123456789abcdef${number}` },
      // One begins with it, the other gets it while it runs.
      disks: [{ name: 'root', path: disks.pathOf(`root-${number}`) ?? '', bus: 'virtio', readOnly: false }, ...number === 1 ? [diskOf('shared')] : []],
      network: { mac: `02:00:00:00:00:0${number}` },
    })
  }
  await hypervisor.attachDisk('vmi-2', diskOf('shared'))
  t.deepEqual([...hypervisor.hotDisks('vmi-1'), ...hypervisor.hotDisks('vmi-2')], ['shared', 'shared'])
  await hypervisor.attachDisk('vmi-1', diskOf('own'))
  await t.throwsAsync(hypervisor.attachDisk('vmi-2', diskOf('own')), { message: /lock/ }, 'any other is on one alone')
  await t.throwsAsync(disks.snapshot('moment', 'shared'), { message: /is shared and a machine has it/ })
  await disks.resize('shared', 32 * MiB)
  t.is((await stat(disks.pathOf('shared') ?? '')).size, 32 * MiB)
  for (const number of [1, 2]) await hypervisor.detachDisk(`vmi-${number}`, 'shared')
  await writeFile(disks.pathOf('shared') ?? '', 'what they wrote', { flag: 'r+' })
  await disks.snapshot('moment', 'shared')
  await writeFile(disks.pathOf('shared') ?? '', 'what came later', { flag: 'r+' })
  await disks.clone('restored', 'moment', 64 * MiB, true)
  t.is((await readFile(disks.pathOf('restored') ?? '')).subarray(0, 15).toString(), 'what they wrote')
  t.is((await stat(disks.pathOf('restored') ?? '')).size, 64 * MiB)
})

machines('a snapshot is taken of a disk that a machine writes to, which goes on in a file of its own, and all are free in the end', async (t) => {
  const { hypervisor, disks } = await startWithDisks(t)
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
