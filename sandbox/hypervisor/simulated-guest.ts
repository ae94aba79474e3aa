import type { GuestAgent } from './guest-agent.ts'
import type { FileSystem, Machine, MachineState } from './hypervisor.ts'

/** A guest that is played. */
export type Guest = {
  machine: Machine
  state: MachineState
  refuses: boolean
  timers: Set<() => void>
  mounted: FileSystem[]
  agent?: GuestAgent | undefined
  /** Restarts from which its agent is not back. */
  agentAway: number
}

export const newGuest = (machine: Machine): Guest => ({ machine, state: 'running', refuses: false, timers: new Set(), mounted: [], agentAway: 0 })

/** Whoever wants an agent in a simulated guest names the package in its user data, as one would for a real one. */
export const hasAgent = ({ seed }: Machine): boolean => seed?.userData.includes('qemu-guest-agent') === true

/** The other thing that a simulated guest understands of its user data. */
export const powersOff = ({ seed }: Machine): boolean => /^poweroff$/m.test(seed?.userData ?? '')

/** Says what a test may want to know of the machine; never its user data. */
export const bootText = ({ name, vcpus, memoryBytes, network, disks }: Machine): string =>
  [
    'Linux version 6.12.0 (simulated)',
    `smp: Brought up 1 node, ${vcpus} CPU${vcpus === 1 ? '' : 's'}`,
    `Memory: ${Math.floor(memoryBytes / 1024)}K available`,
    ...disks.map(({ name: disk }, index) => `virtio_blk: vd${String.fromCharCode(97 + index)} ${disk}`),
    `eth0: ${network.mac} ${network.address ?? ''}`,
    `${name} login: `,
    '',
  ].join('\n')
