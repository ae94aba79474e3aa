import type { Clock } from '../../operator/runtime/clock.ts'
import { createGuestAgent, type GuestAgent } from './guest-agent.ts'
import type { FileSystem, Hypervisor, Machine, MachineDisk, MachineEvent, MachineState } from './hypervisor.ts'
import { SimulatedConsoles } from './simulated-console.ts'
import { bootText, type Guest, hasAgent, newGuest, powersOff } from './simulated-guest.ts'

export type SimulatedOptions = {
  clock: Clock
  /** Milliseconds until a started guest executes. Default 0. */
  bootTime?: number
  /** Milliseconds from the power button to the end. Default 0. */
  shutdownTime?: number
  /** Guests that run from the beginning: `machines` of another one. */
  initial?: Iterable<Machine>
}

/** Milliseconds from a restarted guest to its agent: whoever looks at conditions sees that it was away, which no real guest hides. */
const AGENT_BACK_MS = 1_000

/** A hypervisor without machines: a state machine on the clock, and what a test may do to its guests. */
export class SimulatedHypervisor implements Hypervisor {
  readonly #guests = new Map<string, Guest>()
  readonly #starts = new Map<string, number>()
  readonly #listeners = new Set<(event: MachineEvent) => void>()
  readonly #consoles = new SimulatedConsoles()
  readonly #clock: Clock
  readonly #bootTime: number
  readonly #shutdownTime: number
  #failure: string | undefined

  constructor({ clock, bootTime = 0, shutdownTime = 0, initial = [] }: SimulatedOptions) {
    this.#clock = clock
    this.#bootTime = bootTime
    this.#shutdownTime = shutdownTime
    for (const machine of initial) {
      this.#guests.set(machine.uid, newGuest(machine))
      this.#starts.set(machine.uid, 1)
    }
  }

  async start(machine: Machine): Promise<void> {
    if (this.#guests.has(machine.uid)) return
    if (this.#failure !== undefined) throw new Error(this.#failure)
    this.#guests.set(machine.uid, newGuest(machine))
    this.#starts.set(machine.uid, this.starts(machine.uid) + 1)
    if (this.#bootTime > 0) await this.#clock.sleep(this.#bootTime)
    this.print(machine.uid, bootText(machine))
    const guest = this.#guests.get(machine.uid)
    if (guest !== undefined && powersOff(machine)) this.#later(guest, this.#shutdownTime, () => this.#end(machine.uid, 'guest'))
  }

  shutdown(uid: string): Promise<void> {
    const guest = this.#guests.get(uid)
    if (guest?.state === 'running' && !guest.refuses) this.#later(guest, this.#shutdownTime, () => this.#end(uid, 'request'))
    return Promise.resolve()
  }

  destroy(uid: string): Promise<void> {
    this.#end(uid, 'request')
    return Promise.resolve()
  }

  reboot(uid: string, how: 'soft' | 'reset'): Promise<void> {
    const guest = this.#guests.get(uid)
    if (guest === undefined || (how === 'soft' && guest.refuses)) return Promise.resolve()
    this.#later(guest, how === 'soft' ? this.#shutdownTime : 0, () => this.#restart(uid, guest))
    return Promise.resolve()
  }

  pause(uid: string): Promise<void> {
    return this.#set(uid, 'paused')
  }

  resume(uid: string): Promise<void> {
    return this.#set(uid, 'running')
  }

  attachDisk(uid: string, disk: MachineDisk): Promise<void> {
    this.#changeDisks(uid, (disks) => [...disks.filter(({ name }) => name !== disk.name), disk])
    return Promise.resolve()
  }

  detachDisk(uid: string, name: string): Promise<void> {
    this.#changeDisks(uid, (disks) => disks.filter((disk) => disk.name !== name))
    return Promise.resolve()
  }

  growDisk(): Promise<boolean> {
    return Promise.resolve(false)
  }

  goOnIn(): Promise<boolean> {
    return Promise.resolve(false)
  }

  hotDisks(uid: string): ReadonlySet<string> {
    return new Set(this.#guests.get(uid)?.machine.disks.filter(({ hot }) => hot === true).map(({ name }) => name))
  }

  fileSystems(uid: string): Promise<readonly FileSystem[]> {
    return Promise.resolve(this.#guests.get(uid)?.mounted ?? [])
  }

  /** The guest mounts a disk, by its serial, or unmounts all where it is given none. */
  mount(uid: string, mountPoint: string, serial?: string): void {
    const guest = this.#guests.get(uid)
    if (guest !== undefined) guest.mounted = serial === undefined ? [] : [...guest.mounted, { mountPoint, type: 'ext4', serials: [serial] }]
  }

  agent(uid: string): GuestAgent | undefined {
    const guest = this.#guests.get(uid)
    if (guest === undefined || guest.agentAway > 0 || !hasAgent(guest.machine)) return undefined
    return guest.agent ??= createGuestAgent({
      clock: this.#clock,
      ask: () => guest.refuses ? Promise.reject(new Error('Guest agent is not responding: the guest does not answer')) : Promise.resolve(),
      changed: () => this.#tell({ type: 'agent', uid }),
    })
  }

  states(): ReadonlyMap<string, MachineState> {
    return new Map([...this.#guests].map(([uid, { state }]) => [uid, state]))
  }

  onEvent(listener: (event: MachineEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  console(uid: string, options: { follow: boolean; tailLines?: number; signal?: AbortSignal }): AsyncIterable<string> {
    return this.#consoles.read(uid, options)
  }

  sshEndpoint(): undefined {
    return undefined
  }

  close(): Promise<void> {
    for (const { timers } of this.#guests.values()) for (const cancel of timers) cancel()
    this.#guests.clear()
    return Promise.resolve()
  }

  /** The guest powers itself off. */
  guestShutdown(uid: string): void {
    this.#end(uid, 'guest')
  }

  /** The machine breaks. */
  crash(uid: string, message?: string): void {
    this.#end(uid, 'crash', message)
  }

  /** The machine is gone and nobody is told. */
  lose(uid: string): void {
    this.#guests.delete(uid)
  }

  /** From now on the guest ignores the power button. */
  refuseShutdown(uid: string): void {
    const guest = this.#guests.get(uid)
    if (guest !== undefined) guest.refuses = true
  }

  /** The next starts fail with this message; undefined ends it. */
  failStarts(message: string | undefined): void {
    this.#failure = message
  }

  /** The machine as it was started, with the disks that it has now. */
  machine(uid: string): Machine | undefined {
    return this.#guests.get(uid)?.machine
  }

  /** Every machine that is there now. */
  machines(): Machine[] {
    return [...this.#guests.values()].map(({ machine }) => machine)
  }

  /** How often a machine of this UID was started: a second time is a defect. */
  starts(uid: string): number {
    return this.#starts.get(uid) ?? 0
  }

  /** The guest prints to its console. */
  print(uid: string, text: string): void {
    this.#consoles.print(uid, text)
  }

  #changeDisks(uid: string, change: (disks: readonly MachineDisk[]) => MachineDisk[]): void {
    const guest = this.#guests.get(uid)
    if (guest !== undefined) guest.machine = { ...guest.machine, disks: change(guest.machine.disks) }
  }

  #set(uid: string, state: MachineState): Promise<void> {
    const guest = this.#guests.get(uid)
    if (guest !== undefined) guest.state = state
    return Promise.resolve()
  }

  #tell(event: MachineEvent): void {
    for (const listener of [...this.#listeners]) listener(event)
  }

  #end(uid: string, cause: 'guest' | 'request' | 'crash', message?: string): void {
    const guest = this.#guests.get(uid)
    if (guest === undefined) return
    for (const cancel of guest.timers) cancel()
    guest.agent?.close()
    this.#guests.delete(uid)
    this.print(uid, cause === 'crash' ? 'Kernel panic - not syncing\n' : 'reboot: Power down\n')
    this.#tell({ type: 'stopped', uid, cause, ...(message === undefined ? {} : { message }) })
  }

  #restart(uid: string, guest: Guest): void {
    if (hasAgent(guest.machine)) this.#moveAgent(uid, guest, 1)
    this.#later(guest, this.#bootTime, () => {
      this.print(uid, `reboot: Restarting system\n${bootText(guest.machine)}`)
      this.#tell({ type: 'rebooted', uid })
      if (hasAgent(guest.machine)) this.#later(guest, AGENT_BACK_MS, () => this.#moveAgent(uid, guest, -1))
    })
  }

  /** The agent goes with its guest, which thaws what was frozen, and comes with it. */
  #moveAgent(uid: string, guest: Guest, away: 1 | -1): void {
    guest.agentAway += away
    guest.agent?.close()
    guest.agent = undefined
    this.#tell({ type: 'agent', uid })
  }

  #later(guest: Guest, ms: number, action: () => void): void {
    if (ms === 0) return action()
    const cancel = this.#clock.after(ms, () => {
      guest.timers.delete(cancel)
      action()
    })
    guest.timers.add(cancel)
  }
}

export const createSimulatedHypervisor = (options: SimulatedOptions): SimulatedHypervisor => new SimulatedHypervisor(options)
