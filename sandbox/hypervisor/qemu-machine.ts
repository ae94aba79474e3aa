import { createHash } from 'node:crypto'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '../../operator/runtime/clock.ts'
import type { MachineDisk, MachineEvent, MachineState } from './hypervisor.ts'
import { boundLog } from './qemu-console.ts'
import { askAgent, createGuestAgent, type GuestAgent } from './guest-agent.ts'
import { openLoginPort } from './qemu-cable.ts'
import { agentPort, blockdevOf, files, hotDiskOf, hotNode, isShared } from './qemu-command.ts'
import { killProcess, lastWords } from './qemu-process.ts'
import { QmpError, type Qmp, type QmpEvent } from './qmp.ts'

/** How long QEMU may take to write out its disks after it was told to quit, in milliseconds. */
const QUIT_MS = 5_000
const SAME_RESET_MS = 1_000
/** How long a guest may take to let go of a disk, in milliseconds. */
const DETACH_MS = 30_000
/** Marks in a machine's directory that its power button was pressed: outlives the sandbox, so that the cause stays true. */
export const PRESSED = 'power-button-pressed'

type BlockNode = { 'node-name': string; drv: string; ro: boolean; image: { filename: string; 'virtual-size': number } }

/** The node of a file that a disk went on in: QEMU calls that file by the whole of what lies below it, not by its path. */
const nodeAbove = (path: string): string => `above-${createHash('sha256').update(path).digest('hex').slice(0, 20)}`

/** One running QEMU process, from its connection until it is gone. */
export class QemuMachine {
  readonly uid: string
  readonly directory: string
  state: MachineState = 'paused'
  sshPort: number | undefined
  /** The agent in the guest, while it listens. */
  agent: GuestAgent | undefined
  /** Resolves when the process is gone and its event was sent. */
  readonly ended: Promise<void>
  /** Names of the disks that may be taken out. */
  readonly hotDisks = new Set<string>()
  readonly #leaving = new Map<string, () => void>()
  readonly #end = Promise.withResolvers<void>()
  readonly #clock: Clock
  readonly #emit: (event: MachineEvent) => void
  #qmp!: Qmp
  #stopBounding = () => {}
  #asked = false
  #restarting = false
  #reason: string | undefined
  #lastReset = -Infinity

  constructor(of: { uid: string; directory: string; clock: Clock; asked: boolean; emit: (event: MachineEvent) => void }) {
    this.uid = of.uid
    this.directory = of.directory
    this.#clock = of.clock
    this.#emit = of.emit
    this.#asked = of.asked
    this.ended = this.#end.promise
  }

  /** Takes the connection over, reads how the machine is, and lets it run unless it already did. */
  async attach(qmp: Qmp): Promise<void> {
    this.#qmp = qmp
    void qmp.closed.then(() => this.#gone())
    const { status } = (await qmp.execute('query-status')) as { status: string }
    const network = (await qmp.execute('human-monitor-command', { 'command-line': 'info usernet' })) as string
    this.sshPort = Number(/HOST_FORWARD\]\s+\S+\s+127\.0\.0\.1\s+(\d+)\s+\S+\s+22\s/.exec(network)?.[1]) || undefined
    await this.#findHotDisks()
    this.#stopBounding = boundLog(join(this.directory, files.consoleLog), this.#clock)
    const ports = (await qmp.execute('query-chardev')) as { label: string; 'frontend-open': boolean }[]
    this.#setAgent(ports.some((port) => port.label === agentPort && port['frontend-open']))
    if (status === 'prelaunch') await qmp.execute('cont')
    if (status !== 'paused') this.state = 'running'
  }

  /** For one whose SSH port is not reached by QEMU itself. */
  async openLogin(path: string): Promise<void> {
    const { port, close } = await openLoginPort(path)
    this.sshPort = port
    void this.ended.then(close)
  }

  /** A predecessor may have plugged them in. */
  async #findHotDisks(): Promise<void> {
    const devices = (await this.#qmp.execute('qom-list', { path: '/machine/peripheral' })) as { name: string }[]
    for (const { name } of devices) {
      const disk = hotDiskOf(name)
      if (disk !== undefined) this.hotDisks.add(disk)
    }
  }

  async pressPowerButton(): Promise<void> {
    this.#asked = true
    await writeFile(join(this.directory, PRESSED), '')
    // A guest that is paused can't hear it.
    if (this.state === 'paused') await this.resume()
    await this.#qmp.execute('set-action', { shutdown: 'poweroff' })
    this.#restarting = false
    await this.#qmp.execute('system_powerdown')
  }

  /**
   * A PC has no button that asks the guest to restart. As libvirt does it: the power button is pressed, and what the guest then
   * does as its end is made a restart.
   */
  async restartSoftly(): Promise<void> {
    this.#restarting = true
    await this.#qmp.execute('set-action', { shutdown: 'pause' })
    await this.#qmp.execute('system_powerdown')
  }

  async reset(): Promise<void> {
    await this.#qmp.execute('system_reset')
    await this.#runOn()
  }

  async pause(): Promise<void> {
    await this.#qmp.execute('stop')
  }

  async resume(): Promise<void> {
    await this.#qmp.execute('cont')
  }

  /** Pulls the plug: QEMU writes out what the guest already gave to its disks and ends; if it hangs it is killed. */
  async destroy(): Promise<void> {
    this.#asked = true
    const cancel = this.#clock.after(QUIT_MS, () => void killProcess(this.directory, this.uid))
    await this.#qmp.execute('quit').catch(() => {})
    await this.ended
    cancel()
  }

  async attachDisk(disk: MachineDisk): Promise<void> {
    if (this.hotDisks.has(disk.name)) return
    const node = hotNode(disk.name)
    // What is left of an attempt that failed half-way.
    await this.#qmp.execute('blockdev-del', { 'node-name': node }).catch(() => {})
    await this.#qmp.execute('blockdev-add', blockdevOf(disk, node))
    const serial = disk.serial === undefined ? {} : { serial: disk.serial }
    await this.#qmp.execute('device_add', { driver: 'scsi-hd', bus: 'scsi.0', drive: node, id: `${node}-device`, 'share-rw': isShared(disk), ...serial })
    this.hotDisks.add(disk.name)
  }

  /** The guest is told, and QEMU says when the device is gone; only then may its file be closed. */
  async detachDisk(name: string): Promise<void> {
    const node = hotNode(name)
    const gone = new Promise<void>((resolve) => this.#leaving.set(`${node}-device`, resolve))
    const left = this.#clock.sleep(DETACH_MS).then(() => Promise.reject(new Error(`the guest does not let go of ${name}`)))
    left.catch(() => {})
    try {
      await this.#qmp.execute('device_del', { id: `${node}-device` })
      await Promise.race([gone, left, this.ended])
    } catch (error) {
      // Gone already: a predecessor of ours had asked for it.
      if (!(error instanceof QmpError)) throw error
    }
    await this.#qmp.execute('blockdev-del', { 'node-name': node }).catch(() => {})
    this.hotDisks.delete(name)
  }

  /** By what QEMU itself has open: a machine that a predecessor started is found too. Never shrinks. */
  async growDisk(path: string, sizeBytes: number): Promise<boolean> {
    const node = await this.#openFor(path)
    if (node === undefined) return false
    if (node.image['virtual-size'] < sizeBytes) await this.#qmp.execute('block_resize', { 'node-name': node['node-name'], size: sizeBytes })
    return true
  }

  /** Between two of the guest's writes, as libvirt takes external snapshots. The new node goes with the device. */
  async goOnIn(overlay: string, path: string): Promise<boolean> {
    const node = await this.#openFor(path)
    if (node === undefined) return false
    await this.#qmp.execute('blockdev-snapshot-sync', {
      'node-name': node['node-name'], 'snapshot-node-name': nodeAbove(overlay),
      'snapshot-file': overlay, format: 'qcow2', mode: 'existing',
    })
    return true
  }

  async #openFor(path: string): Promise<BlockNode | undefined> {
    const nodes = (await this.#qmp.execute('query-named-block-nodes', { flat: true })) as BlockNode[]
    return nodes.find((each) => (each.drv === 'qcow2' || each.drv === 'raw') && !each.ro && (each.image.filename === path || each['node-name'] === nodeAbove(path)))
  }

  onQmpEvent({ event, data }: QmpEvent): void {
    if (event === 'DEVICE_DELETED') this.#leaving.get(String(data['device'] ?? ''))?.()
    if (event === 'VSERPORT_CHANGE' && data['id'] === agentPort) this.#setAgent(data['open'] === true)
    if (event === 'STOP') this.state = 'paused'
    else if (event === 'RESUME') this.state = 'running'
    else if (event === 'RESET') this.#onReset()
    else if (event === 'SHUTDOWN') {
      this.#reason = String(data['reason'])
      if (this.#restarting && this.#reason === 'guest-shutdown') void this.reset().catch(() => {})
    }
  }

  /** A guest that restarts opens the port anew: what it had frozen before is frozen no more. */
  #setAgent(connected: boolean): void {
    if (connected === (this.agent !== undefined)) return
    this.agent?.close()
    const changed = () => this.#emit({ type: 'agent', uid: this.uid })
    const ask = (command: string) => askAgent(join(this.directory, files.agent), command, this.#clock)
    this.agent = connected ? createGuestAgent({ clock: this.#clock, ask, changed }) : undefined
    changed()
  }

  /** The BIOS answers a reset with one of its own: two in a moment are one. */
  #onReset(): void {
    const before = this.#lastReset
    this.#lastReset = this.#clock.now()
    if (this.#lastReset - before > SAME_RESET_MS) this.#emit({ type: 'rebooted', uid: this.uid })
  }

  /** After a restart the guest's end is its end again. */
  async #runOn(): Promise<void> {
    this.#restarting = false
    this.#reason = undefined
    await this.#qmp.execute('set-action', { shutdown: 'poweroff' })
    await this.#qmp.execute('cont')
  }

  async #gone(): Promise<void> {
    this.#stopBounding()
    this.agent?.close()
    this.state = 'stopped'
    // Nothing of a dead machine is needed but its console; the seed holds what only its guest may know.
    const left = [files.seed, files.qmp, files.console, files.agent, files.pid, PRESSED]
    await Promise.all(left.map((name) => rm(join(this.directory, name), { force: true })))
    this.#emit(await this.#lastEvent())
    this.#end.resolve()
  }

  async #lastEvent(): Promise<MachineEvent> {
    const stopped = { type: 'stopped', uid: this.uid } as const
    if (this.#reason === 'guest-panic') return { ...stopped, cause: 'crash', message: 'the guest kernel panicked; see its console' }
    if (this.#asked) return { ...stopped, cause: 'request' }
    if (this.#reason === 'guest-shutdown') return { ...stopped, cause: 'guest' }
    const why = this.#reason === 'host-signal' ? 'it was ended by a signal' : await lastWords(this.directory)
    return { ...stopped, cause: 'crash', message: `QEMU ended on its own: ${why}` }
  }
}
