import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { cpus, totalmem } from 'node:os'
import { join } from 'node:path'
import type { Clock } from '../../operator/runtime/clock.ts'
import type { Hypervisor, Machine, MachineEvent } from './hypervisor.ts'
import { buildISO9660 } from './iso9660.ts'
import { probeAccelerator } from './qemu-accelerator.ts'
import { type Accelerator, files, qemuArguments } from './qemu-command.ts'
import { followLog } from './qemu-console.ts'
import { PRESSED, QemuMachine } from './qemu-machine.ts'
import { findExecutable, type Lifetime, startProcess } from './qemu-process.ts'
import { connectQmp } from './qmp.ts'

export type QemuOptions = {
  /** Where machines have their directories (sockets, console logs). Only one hypervisor may use it at a time. */
  directory: string
  clock: Clock
  lifetime: Lifetime
  /** Found out by running something when left out. */
  accelerator?: Accelerator
  /** Guests may reach this machine's networks, its loopback services included. Default: only their SSH port is reachable, and they reach nothing. */
  openNetwork?: boolean
}

const QEMU = 'qemu-system-x86_64'

/** Whether guests can run here at all. */
export const qemuInstalled = (): boolean => [QEMU, 'qemu-img'].every((name) => findExecutable(name) !== undefined)

/** A hypervisor of one QEMU process a machine, which takes up the machines that a predecessor left running in its directory. */
export const createQemuHypervisor = async (options: QemuOptions): Promise<Hypervisor & { accelerator: Accelerator }> => {
  const { clock, directory } = options
  const accelerator = options.accelerator ?? (await probeAccelerator(clock, QEMU))
  const host = { accelerator, cores: cpus().length, memoryBytes: totalmem(), openNetwork: options.openNetwork ?? false }
  const machines = new Map<string, QemuMachine>()
  const starting = new Map<string, Promise<void>>()
  const listeners = new Set<(event: MachineEvent) => void>()
  const directoryOf = (uid: string) => join(directory, safeName(uid))
  const emit = (event: MachineEvent) => {
    if (event.type === 'stopped') machines.delete(event.uid)
    for (const listener of listeners) listener(event)
  }
  const newMachine = (uid: string, asked: boolean) => new QemuMachine({ uid, directory: directoryOf(uid), clock, asked, emit })

  const launch = async (machine: Machine) => {
    const home = directoryOf(machine.uid)
    await prepare(home, machine)
    const entry = newMachine(machine.uid, false)
    const qmp = await startProcess({
      qemu: QEMU, args: qemuArguments(machine, host), directory: home, lifetime: options.lifetime, clock, onEvent: (event) => entry.onQmpEvent(event),
    })
    await entry.attach(qmp)
    machines.set(machine.uid, entry)
    // QEMU has it open and needs the name no more.
    await rm(join(home, files.seed), { force: true })
  }

  await mkdir(directory, { recursive: true, mode: 0o700 })
  for (const uid of await readdir(directory)) {
    const entry = newMachine(uid, await exists(join(directory, uid, PRESSED)))
    const qmp = await connectQmp(join(directory, uid, files.qmp), (event) => entry.onQmpEvent(event)).catch(() => undefined)
    if (!qmp) await rm(join(directory, uid), { recursive: true, force: true })
    else {
      await entry.attach(qmp)
      machines.set(uid, entry)
    }
  }

  return {
    accelerator,
    start: (machine) => {
      if (machines.has(machine.uid)) return Promise.resolve()
      const started = starting.get(machine.uid) ?? launch(machine).finally(() => starting.delete(machine.uid))
      starting.set(machine.uid, started)
      return started
    },
    shutdown: async (uid) => machines.get(uid)?.pressPowerButton(),
    destroy: async (uid) => {
      await starting.get(uid)?.catch(() => {})
      await machines.get(uid)?.destroy()
    },
    reboot: async (uid, how) => (how === 'soft' ? machines.get(uid)?.restartSoftly() : machines.get(uid)?.reset()),
    pause: async (uid) => machines.get(uid)?.pause(),
    resume: async (uid) => machines.get(uid)?.resume(),
    states: () => new Map([...machines].map(([uid, { state }]) => [uid, state])),
    onEvent: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    console: (uid, how) => followLog(join(directoryOf(uid), files.consoleLog), how),
    sshEndpoint: (uid) => {
      const port = machines.get(uid)?.sshPort
      return port === undefined ? undefined : { host: '127.0.0.1', port }
    },
    close: async () => {
      await Promise.allSettled(starting.values())
      await Promise.all([...machines.values()].map((machine) => machine.destroy()))
    },
  }
}

const prepare = async (home: string, machine: Machine) => {
  await rm(home, { recursive: true, force: true })
  await mkdir(home, { recursive: true, mode: 0o700 })
  await writeFile(join(home, files.consoleLog), '', { mode: 0o600 })
  if (!machine.seed) return
  const { metaData, userData, networkData } = machine.seed
  const disc = { 'meta-data': metaData, 'user-data': userData, ...(networkData !== undefined && { 'network-config': networkData }) }
  await writeFile(join(home, files.seed), buildISO9660('cidata', disc), { mode: 0o600 })
}

/** A UID names a directory: anything that could lead elsewhere is refused. */
const safeName = (uid: string) => {
  if (!/^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/.test(uid)) throw new Error(`${JSON.stringify(uid)} is not a machine's UID`)
  return uid
}

const exists = (path: string) => readFile(path).then(() => true, () => false)
