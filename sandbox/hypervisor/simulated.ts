import type { Clock } from '../../operator/runtime/clock.ts'
import type { Hypervisor, Machine, MachineEvent, MachineState } from './hypervisor.ts'

export type SimulatedOptions = {
  clock: Clock
  /** Milliseconds until a started guest executes, shuts down or restarts. Default 0. */
  bootTime?: number
  shutdownTime?: number
}

/** A hypervisor without machines, and what a test may do to its guests. */
export type SimulatedHypervisor = Hypervisor & {
  /** The guest powers itself off. */
  guestShutdown: (uid: string) => void
  /** The machine breaks. */
  crash: (uid: string, message?: string) => void
  /** Power goes: the machine is gone and nobody is told. */
  lose: (uid: string) => void
  /** From now on the guest ignores the power button. */
  refuseShutdown: (uid: string) => void
  /** The next starts fail with this message; undefined ends it. */
  failStarts: (message: string | undefined) => void
  /** The machine as it was started. */
  machine: (uid: string) => Machine | undefined
  /** How often a machine of this UID was started: a second time is a defect. */
  starts: (uid: string) => number
  /** A guest prints to its console. */
  print: (uid: string, text: string) => void
}

type Guest = { machine: Machine; state: MachineState; refuses: boolean; console: string; timers: Set<() => void> }

/** A state machine on the clock. */
export const createSimulatedHypervisor = ({ clock, bootTime = 0, shutdownTime = 0 }: SimulatedOptions): SimulatedHypervisor => {
  const guests = new Map<string, Guest>()
  const started = new Map<string, number>()
  const consoles = new Map<string, string>()
  const listeners = new Set<(event: MachineEvent) => void>()
  const readers = new Set<() => void>()
  let failure: string | undefined
  const tell = (event: MachineEvent) => {
    for (const listener of [...listeners]) listener(event)
  }
  const print = (uid: string, text: string) => {
    consoles.set(uid, (consoles.get(uid) ?? '') + text)
    for (const wake of [...readers]) wake()
  }
  const end = (uid: string, cause: 'guest' | 'request' | 'crash', message?: string) => {
    const guest = guests.get(uid)
    if (guest === undefined) return
    for (const cancel of guest.timers) cancel()
    guests.delete(uid)
    print(uid, cause === 'crash' ? 'Kernel panic - not syncing\n' : 'reboot: Power down\n')
    tell({ type: 'stopped', uid, cause, ...(message === undefined ? {} : { message }) })
  }
  const later = (guest: Guest, ms: number, action: () => void) => {
    if (ms === 0) return action()
    const cancel = clock.after(ms, () => {
      guest.timers.delete(cancel)
      action()
    })
    guest.timers.add(cancel)
  }
  return {
    start: async (machine) => {
      if (guests.has(machine.uid)) return
      if (failure !== undefined) throw new Error(failure)
      guests.set(machine.uid, { machine, state: 'running', refuses: false, console: '', timers: new Set() })
      started.set(machine.uid, (started.get(machine.uid) ?? 0) + 1)
      if (bootTime > 0) await clock.sleep(bootTime)
      print(machine.uid, bootText(machine))
    },
    shutdown: (uid) => {
      const guest = guests.get(uid)
      if (guest !== undefined && !guest.refuses && guest.state === 'running') later(guest, shutdownTime, () => end(uid, 'request'))
      return Promise.resolve()
    },
    destroy: (uid) => Promise.resolve(end(uid, 'request')),
    reboot: (uid, how) => {
      const guest = guests.get(uid)
      if (guest === undefined || (how === 'soft' && guest.refuses)) return Promise.resolve()
      later(guest, how === 'soft' ? shutdownTime + bootTime : bootTime, () => {
        print(uid, `reboot: Restarting system\n${bootText(guest.machine)}`)
        tell({ type: 'rebooted', uid })
      })
      return Promise.resolve()
    },
    pause: (uid) => Promise.resolve(setState(guests, uid, 'paused')),
    resume: (uid) => Promise.resolve(setState(guests, uid, 'running')),
    states: () => new Map([...guests].map(([uid, { state }]) => [uid, state])),
    onEvent: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    console: (uid, options) => readConsole(() => consoles.get(uid) ?? '', readers, options),
    sshEndpoint: () => undefined,
    close: () => {
      for (const { timers } of guests.values()) for (const cancel of timers) cancel()
      guests.clear()
      return Promise.resolve()
    },
    guestShutdown: (uid) => end(uid, 'guest'),
    crash: (uid, message) => end(uid, 'crash', message),
    lose: (uid) => void guests.delete(uid),
    refuseShutdown: (uid) => {
      const guest = guests.get(uid)
      if (guest !== undefined) guest.refuses = true
    },
    failStarts: (message) => {
      failure = message
    },
    machine: (uid) => guests.get(uid)?.machine,
    starts: (uid) => started.get(uid) ?? 0,
    print,
  }
}

const setState = (guests: Map<string, Guest>, uid: string, state: MachineState): void => {
  const guest = guests.get(uid)
  if (guest !== undefined) guest.state = state
}

/** Says what a test may want to know of the machine; never its user data. */
const bootText = ({ name, vcpus, memoryBytes, network, disks }: Machine): string =>
  [
    `Linux version 6.12.0 (simulated)`,
    `smp: Brought up 1 node, ${vcpus} CPU${vcpus === 1 ? '' : 's'}`,
    `Memory: ${Math.floor(memoryBytes / 1024)}K available`,
    ...disks.map(({ name: disk }, index) => `virtio_blk: vd${String.fromCharCode(97 + index)} ${disk}`),
    `eth0: ${network.mac} ${network.address ?? ''}`,
    `${name} login: `,
    '',
  ].join('\n')

type ReadOptions = { follow: boolean; tailLines?: number; signal?: AbortSignal }

async function* readConsole(read: () => string, readers: Set<() => void>, { follow, tailLines, signal }: ReadOptions): AsyncIterable<string> {
  const text = read()
  let at = text.length
  const first = tailLines === undefined ? text : lastLines(text, tailLines)
  if (first !== '') yield first
  while (follow && signal?.aborted !== true) {
    await new Promise<void>((resolve) => {
      const wake = () => {
        readers.delete(wake)
        signal?.removeEventListener('abort', wake)
        resolve()
      }
      readers.add(wake)
      signal?.addEventListener('abort', wake)
    })
    const now = read()
    if (now.length > at) yield now.slice(at)
    at = now.length
  }
}

const lastLines = (text: string, count: number): string => {
  const lines = text.split('\n')
  const whole = text.endsWith('\n') ? lines.slice(0, -1) : lines
  return count === 0 ? '' : whole.slice(-count).join('\n') + (text.endsWith('\n') ? '\n' : '')
}
