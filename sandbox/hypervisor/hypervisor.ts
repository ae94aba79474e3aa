import type { GuestAgent } from './guest-agent.ts'

/** What a node runs guests with. The KubeVirt stand-in drives it; `simulated` and `qemu` implement it. */
export type Machine = {
  /** UID of the VirtualMachineInstance: one machine per UID, ever. */
  uid: string
  namespace: string
  name: string
  vcpus: number
  memoryBytes: number
  firmware: { uuid: string; serial: string }
  /** First is the boot disk. */
  disks: MachineDisk[]
  /** NoCloud seed, absent when the guest has none. */
  seed?: { userData: string; metaData: string; networkData?: string }
  network: { mac: string; address?: string }
}

/** `hot`: it may be taken out while the machine runs. `emptyBytes`: it is made empty, of that size, at the start and gone with the machine. */
export type MachineDisk = { name: string; path: string; serial?: string; bus: 'virtio' | 'scsi' | 'sata'; readOnly: boolean; hot?: true; emptyBytes?: number }

/** `serials`: of the disks that it is on. */
export type FileSystem = { mountPoint: string; type: string; serials: readonly string[] }

export type MachineState = 'running' | 'paused' | 'stopped'

export type MachineEvent =
  /** The machine is gone: the guest powered off (`guest`), it was told to (`request`), or it broke (`crash`). */
  | { type: 'stopped'; uid: string; cause: 'guest' | 'request' | 'crash'; message?: string }
  /** The guest restarted without the machine ending. */
  | { type: 'rebooted'; uid: string }
  /** The agent in the guest came, went, froze or thawed. */
  | { type: 'agent'; uid: string }

export type Hypervisor = {
  /** Starts a machine, or does nothing when one with this UID runs. Resolves when the guest executes. */
  start: (machine: Machine) => Promise<void>
  /** Presses the power button. The guest decides when it ends. */
  shutdown: (uid: string) => Promise<void>
  /** Pulls the plug. Does nothing for an unknown UID. */
  destroy: (uid: string) => Promise<void>
  /** Asks the guest to restart (soft), or restarts it like the reset button. */
  reboot: (uid: string, how: 'soft' | 'reset') => Promise<void>
  pause: (uid: string) => Promise<void>
  resume: (uid: string) => Promise<void>
  /** Gives a machine that runs one more disk, on SCSI. Does nothing where it has it, or for an unknown UID. */
  attachDisk: (uid: string, disk: MachineDisk) => Promise<void>
  /** Takes such a disk out. Resolves when the guest has let go of it and nothing of its file is open any more. */
  detachDisk: (uid: string, name: string) => Promise<void>
  /**
   * Grows the file of a disk that a machine has open, to at least so many bytes; the guest sees a larger disk at once. False where no machine has it:
   * then anybody may grow the file.
   */
  growDisk: (path: string, sizeBytes: number) => Promise<boolean>
  /**
   * Has a machine write what it writes from now on to `overlay`, an empty qcow2 file on top of the one that it has open, which thus keeps what it has
   * at this moment. False where no machine has it open.
   */
  goOnIn: (overlay: string, path: string) => Promise<boolean>
  /** Names of the disks that a machine has and that may be taken out. */
  hotDisks: (uid: string) => ReadonlySet<string>
  /** File systems that a guest has mounted, as its agent says. */
  fileSystems: (uid: string) => Promise<readonly FileSystem[]>
  /** The agent in a guest; undefined where none is connected. */
  agent: (uid: string) => GuestAgent | undefined
  /** Machines that exist now, also those found again after a restart of the sandbox. */
  states: () => ReadonlyMap<string, MachineState>
  /** Every event from now on. Returns the unsubscribe. */
  onEvent: (listener: (event: MachineEvent) => void) => () => void
  /** The serial console so far, and with `follow` what comes, until the signal aborts. */
  console: (uid: string, options: { follow: boolean; tailLines?: number; signal?: AbortSignal }) => AsyncIterable<string>
  /** Where the guest's SSH port can be reached on this machine, where it can. */
  sshEndpoint: (uid: string) => { host: string; port: number } | undefined
  /** Ends every machine of this hypervisor. */
  close: () => Promise<void>
}
