import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { systemClock } from '../../operator/runtime/clock.ts'
import { createFileDisks } from '../disks/files.ts'
import { createQemuHypervisor, qemuInstalled } from './qemu.ts'

const guests = qemuInstalled() ? test : test.skip
if (!qemuInstalled()) console.log('Tests of guests left alone are skipped: QEMU is not installed (sandbox/tools/debian.sh installs it).')

/** Starts a machine from another process, and kills that process the moment the machine runs. */
const SCRIPT = (directory: string, disk: string, lifetime: string) => `
  const { createQemuHypervisor } = await import(${JSON.stringify(new URL('./qemu.ts', import.meta.url).href)})
  const { systemClock } = await import(${JSON.stringify(new URL('../../operator/runtime/clock.ts', import.meta.url).href)})
  const hypervisor = await createQemuHypervisor({ directory: ${JSON.stringify(directory)}, clock: systemClock, lifetime: '${lifetime}', accelerator: 'tcg' })
  await hypervisor.start({
    uid: 'left', namespace: 'default', name: 'left', vcpus: 1, memoryBytes: 64 * 1024 * 1024,
    firmware: { uuid: '11111111-2222-4333-8444-555555555555', serial: 'x' },
    disks: [{ name: 'root', path: ${JSON.stringify(disk)}, bus: 'virtio', readOnly: false }], network: { mac: '02:00:00:00:00:01' },
  })
  process.kill(process.pid, 'SIGKILL')`

const leftBehind = async (lifetime: 'kept' | 'process') => {
  const directory = await mkdtemp(join(tmpdir(), 'qemu-left-'))
  const disks = await createFileDisks(join(directory, 'disks'))
  await disks.createBlank('root', 1024 * 1024)
  const child = spawn(process.execPath, ['--input-type=module', '-e', SCRIPT(join(directory, 'machines'), disks.pathOf('root') ?? '', lifetime)], { stdio: 'ignore' })
  const [, signal] = (await once(child, 'exit')) as [number | null, string | null]
  // The kernel tells QEMU of its parent's end; QEMU then closes its socket.
  if (lifetime === 'process') await systemClock.sleep(1_000)
  const hypervisor = await createQemuHypervisor({ directory: join(directory, 'machines'), clock: systemClock, lifetime, accelerator: 'tcg' })
  const found = { signal, states: new Map(hypervisor.states()), endpoint: hypervisor.sshEndpoint('left') }
  await hypervisor.close()
  await rm(directory, { recursive: true, force: true })
  return found
}

guests('with a kept data directory a machine outlives a killed sandbox and is found again, with its SSH port', async (t) => {
  const { signal, states, endpoint } = await leftBehind('kept')
  t.is(signal, 'SIGKILL')
  t.deepEqual([...states], [['left', 'running']])
  t.is(endpoint?.host, '127.0.0.1')
})

guests('without one no machine outlives a killed sandbox', async (t) => {
  const { signal, states } = await leftBehind('process')
  t.is(signal, 'SIGKILL')
  t.deepEqual([...states], [])
})
