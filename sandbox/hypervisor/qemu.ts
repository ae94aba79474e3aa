import { access, mkdir, readdir, rm } from 'node:fs/promises'
import { cpus, totalmem } from 'node:os'
import { join } from 'node:path'
import type { Clock } from '../../operator/runtime/clock.ts'
import type { Hypervisor, Machine, MachineDisk, MachineEvent } from './hypervisor.ts'
import type { Plug } from './qemu-cable.ts'
import { acceleratorOfThisBoot } from './qemu-accelerator.ts'
import { type Accelerator, files, type HostLimits, qemuArguments } from './qemu-command.ts'
import { followLog } from './qemu-console.ts'
import { prepareMachine, removeStartFiles, safeName } from './qemu-files.ts'
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
  /** Gives each machine its place on a network that is not its own. */
  plug?: Plug
}

const QEMU = 'qemu-system-x86_64'

/** Whether guests can run here at all. */
export const qemuInstalled = (): boolean => [QEMU, 'qemu-img'].every((name) => findExecutable(name) !== undefined)

/** A hypervisor of one QEMU process a machine, which takes up the machines that a predecessor left running in its directory. */
export const createQemuHypervisor = async (options: QemuOptions): Promise<QemuHypervisor> => {
  const accelerator = options.accelerator ?? (await acceleratorOfThisBoot(options.clock, QEMU))
  const hypervisor = new QemuHypervisor(options, accelerator)
  await hypervisor.takeUp()
  return hypervisor
}

class QemuHypervisor implements Hypervisor {
  readonly accelerator: Accelerator
  readonly #options: QemuOptions
  readonly #host: HostLimits
  readonly #machines = new Map<string, QemuMachine>()
  readonly #starting = new Map<string, Promise<void>>()
  readonly #listeners = new Set<(event: MachineEvent) => void>()

  constructor(options: QemuOptions, accelerator: Accelerator) {
    this.accelerator = accelerator
    this.#options = options
    this.#host = { accelerator, cores: cpus().length, memoryBytes: totalmem(), openNetwork: options.openNetwork ?? false }
  }

  /** Finds the machines that a predecessor left running; what is left of others goes. */
  async takeUp(): Promise<void> {
    const { directory } = this.#options
    await mkdir(directory, { recursive: true, mode: 0o700 })
    for (const uid of await readdir(directory)) {
      const home = join(directory, uid)
      const entry = this.#newMachine(uid, await access(join(home, PRESSED)).then(() => true, () => false))
      const qmp = await connectQmp(join(home, files.qmp), (event) => entry.onQmpEvent(event)).catch(() => undefined)
      if (!qmp) await rm(home, { recursive: true, force: true })
      else {
        await entry.attach(qmp)
        this.#machines.set(uid, entry)
      }
    }
  }

  start(machine: Machine): Promise<void> {
    if (this.#machines.has(machine.uid)) return Promise.resolve()
    const started = this.#starting.get(machine.uid) ?? this.#launch(machine).finally(() => this.#starting.delete(machine.uid))
    this.#starting.set(machine.uid, started)
    return started
  }

  async shutdown(uid: string): Promise<void> {
    await this.#machines.get(uid)?.pressPowerButton()
  }

  async destroy(uid: string): Promise<void> {
    await this.#starting.get(uid)?.catch(() => {})
    await this.#machines.get(uid)?.destroy()
  }

  async reboot(uid: string, how: 'soft' | 'reset'): Promise<void> {
    const machine = this.#machines.get(uid)
    await (how === 'soft' ? machine?.restartSoftly() : machine?.reset())
  }

  async pause(uid: string): Promise<void> {
    await this.#machines.get(uid)?.pause()
  }

  async resume(uid: string): Promise<void> {
    await this.#machines.get(uid)?.resume()
  }

  async attachDisk(uid: string, disk: MachineDisk): Promise<void> {
    await this.#machines.get(uid)?.attachDisk(disk)
  }

  async detachDisk(uid: string, name: string): Promise<void> {
    await this.#machines.get(uid)?.detachDisk(name)
  }

  async growDisk(path: string, sizeBytes: number): Promise<boolean> {
    let grown = false
    // Each that shares it has to be told.
    for (const machine of this.#machines.values()) grown = await machine.growDisk(path, sizeBytes) || grown
    return grown
  }

  async goOnIn(overlay: string, path: string): Promise<boolean> {
    for (const machine of this.#machines.values()) if (await machine.goOnIn(overlay, path)) return true
    return false
  }

  hotDisks: Hypervisor['hotDisks'] = (uid) => this.#machines.get(uid)?.hotDisks ?? new Set()

  fileSystems: Hypervisor['fileSystems'] = async (uid) => (await this.#machines.get(uid)?.agent?.fileSystems()) ?? []

  agent: Hypervisor['agent'] = (uid) => this.#machines.get(uid)?.agent

  states: Hypervisor['states'] = () => new Map([...this.#machines].map(([uid, { state }]) => [uid, state]))

  onEvent(listener: (event: MachineEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  console: Hypervisor['console'] = (uid, how) => followLog(join(this.#directoryOf(uid), files.consoleLog), how)

  sshEndpoint(uid: string): { host: string; port: number } | undefined {
    const port = this.#machines.get(uid)?.sshPort
    return port === undefined ? undefined : { host: '127.0.0.1', port }
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#starting.values())
    await Promise.all([...this.#machines.values()].map((machine) => machine.destroy()))
  }

  async #launch(machine: Machine): Promise<void> {
    const { lifetime, clock, plug } = this.#options
    const cable = await plug?.(machine)
    const directory = this.#directoryOf(machine.uid)
    await prepareMachine(directory, machine)
    const entry = this.#newMachine(machine.uid, false)
    const args = qemuArguments(machine, this.#host, cable)
    const enter = cable?.enter ?? []
    const qmp = await startProcess({ qemu: QEMU, args, enter, directory, lifetime, clock, onEvent: (event) => entry.onQmpEvent(event) })
    await entry.attach(qmp)
    if (cable !== undefined) await entry.openLogin(cable.login)
    this.#machines.set(machine.uid, entry)
    await removeStartFiles(directory, machine)
  }

  #directoryOf(uid: string): string {
    return join(this.#options.directory, safeName(uid))
  }

  #newMachine(uid: string, asked: boolean): QemuMachine {
    const emit = (event: MachineEvent) => {
      if (event.type === 'stopped') this.#machines.delete(event.uid)
      for (const listener of this.#listeners) listener(event)
    }
    return new QemuMachine({ uid, directory: this.#directoryOf(uid), clock: this.#options.clock, asked, emit })
  }
}
