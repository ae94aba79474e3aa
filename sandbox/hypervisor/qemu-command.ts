import { formatOf } from '../disks/qemu-img.ts'
import type { Machine, MachineDisk } from './hypervisor.ts'
import { cableArguments, type Cable } from './qemu-cable.ts'
import { userNetwork } from './qemu-network.ts'

/** What QEMU executes guests with: the processor's own virtualisation, or in software. */
export type Accelerator = 'kvm' | 'tcg'

export type HostLimits = {
  accelerator: Accelerator
  /** Cores of this machine: more virtual ones only slow a guest down that runs in software. */
  cores: number
  /** Memory of this machine: a guest gets at most half of it, since it need not be there to be promised. */
  memoryBytes: number
  /** Whether guests may reach what this machine reaches, its loopback services included. */
  openNetwork: boolean
}

const MiB = 1024 * 1024

/** Address of a machine that was given none. */
export const DEFAULT_ADDRESS = '10.0.2.15'

/** Files of a running machine, relative to its own directory, which is QEMU's working directory. */
export const files = { qmp: 'qmp.sock', console: 'console.sock', agent: 'agent.sock', consoleLog: 'console.log', pid: 'qemu.pid', seed: 'seed.iso', log: 'qemu.log', zeros: 'zeros' } as const

/** Id of the port that a guest's agent opens. */
export const agentPort = 'agent0'

/**
 * Where Linux unpacks itself (`nokaslr`, as the sandbox's image has it, or by chance with KASLR) and how much it then takes.
 * QEMU writes zeros there at every reset of an emulated machine: a reset forgets no translated code, and a kernel that then unpacks
 * itself byte by byte over its predecessor's makes QEMU walk through all that was translated of the page at each byte, which
 * takes half a minute. Written in one piece the old code goes at once. Left out where memory ends before it.
 */
export const kernelPlace = { address: 16 * 1024 * 1024, bytes: 56 * 1024 * 1024 } as const

/**
 * Arguments for `qemu-system-x86_64`: a machine as KubeVirt describes one, stopped before its first instruction.
 * @param cable - where its interface leads; a little network of its own when left out.
 */
export const qemuArguments = (machine: Machine, host: HostLimits, cable?: Cable): string[] => [
  '-nodefaults', '-no-user-config', '-display', 'none', '-S',
  // A guest that breaks out of QEMU finds a process that may start nothing and change no privileges.
  '-sandbox', 'on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny',
  '-name', `guest=${escaped(`${machine.namespace}/${machine.name}`)}`,
  '-pidfile', files.pid,
  ...processor(machine, host),
  '-m', `${memoryMiB(machine, host)}M`,
  '-uuid', machine.firmware.uuid,
  '-smbios', `type=1,manufacturer=KubeVirt,product=None,uuid=${machine.firmware.uuid},serial=${escaped(machine.firmware.serial)}`,
  // Tells the process's machine in its command line: see killProcess.
  '-chardev', `socket,id=qmp,path=${files.qmp},server=on,wait=off`, '-mon', 'chardev=qmp,mode=control',
  '-chardev', `socket,id=serial0,path=${files.console},server=on,wait=off,logfile=${files.consoleLog},logappend=on`,
  '-device', 'isa-serial,chardev=serial0',
  '-device', 'virtio-rng-pci', '-device', 'pvpanic-pci', '-action', 'panic=shutdown',
  // Always, as KubeVirt's machines have it: disks are plugged into it while the guest runs.
  '-device', 'virtio-scsi-pci,id=scsi',
  // Where the guest's agent listens; the name is the one that agents look for.
  '-chardev', `socket,id=${agentPort},path=${files.agent},server=on,wait=off`,
  '-device', 'virtio-serial-pci', '-device', `virtserialport,chardev=${agentPort},id=${agentPort},name=org.qemu.guest_agent.0`,
  ...machine.disks.flatMap((disk, index) => diskArguments(disk, index)),
  ...(machine.seed ? seedArguments : []),
  ...(cable === undefined ? networkArguments(machine, host) : cableArguments(cable, machine.network.mac)),
]

const memoryMiB = (machine: Machine, host: HostLimits) => Math.max(64, Math.floor(Math.min(machine.memoryBytes, host.memoryBytes / 2) / MiB))

const processor = (machine: Machine, host: HostLimits): string[] => {
  if (host.accelerator === 'kvm') return ['-machine', 'q35,usb=off,vmport=off', '-accel', 'kvm', '-cpu', 'host', '-smp', String(machine.vcpus)]
  const fits = memoryMiB(machine, host) * MiB >= kernelPlace.address + kernelPlace.bytes
  return [
    // With SMM every sector that a boot loader reads through the BIOS costs two emptied address caches: seconds of a boot.
    '-machine', 'q35,usb=off,vmport=off,smm=off', '-accel', 'tcg,thread=multi,tb-size=128',
    // Five-level page tables cost a walk more per miss and no guest here has the memory for them.
    '-cpu', 'max,la57=off', '-smp', String(Math.min(machine.vcpus, host.cores)),
    ...(fits ? ['-device', `loader,file=${files.zeros},addr=${kernelPlace.address},force-raw=on`] : []),
  ]
}

/** Every disk is made by us, and says by its name what it is: a format is never guessed from bytes that a guest could have written. */
export const blockdevOf = (disk: MachineDisk, node: string) => ({
  driver: formatOf(disk.path), 'node-name': node, 'read-only': disk.readOnly, discard: 'unmap', 'detect-zeroes': disk.readOnly ? 'off' : 'unmap',
  file: { driver: 'file', filename: disk.emptyBytes === undefined ? disk.path : emptyDisk(disk), 'read-only': disk.readOnly },
})

/** Whether other machines may write to it too: QEMU's locks keep all others apart. */
export const isShared = ({ path }: MachineDisk): boolean => formatOf(path) === 'raw'

/** File of a disk that begins empty, in the machine's own directory. */
export const emptyDisk = ({ name }: MachineDisk): string => `${name}.qcow2`

/** The node of a disk that may be taken out while the machine runs, by its name; its device's id is the same and `-device`. */
export const hotNode = (name: string): string => `${hotPrefix}${name}`.slice(0, 31)

/** Of the id of a device, the disk that may be taken out; undefined for any other. */
export const hotDiskOf = (device: string): string | undefined =>
  device.startsWith(hotPrefix) && device.endsWith('-device') ? device.slice(hotPrefix.length, -'-device'.length) : undefined

const hotPrefix = 'hot-'

const diskArguments = (disk: MachineDisk, index: number): string[] => {
  const node = disk.hot === true ? hotNode(disk.name) : `disk${index}`
  const device = {
    virtio: ['virtio-blk-pci'],
    scsi: ['scsi-hd', 'bus=scsi.0'],
    sata: ['ide-hd', `bus=ide.${index}`],
  }[disk.bus]
  const serial = disk.serial === undefined ? [] : [`serial=${escaped(disk.serial)}`]
  const boot = disk.hot === true ? [] : [`bootindex=${index + 1}`]
  const shared = isShared(disk) ? ['share-rw=on'] : []
  return ['-blockdev', JSON.stringify(blockdevOf(disk, node)), '-device', [...device, `drive=${node}`, `id=${node}-device`, ...boot, ...serial, ...shared].join(',')]
}

const seedArguments = [
  '-blockdev', JSON.stringify({ driver: 'raw', 'node-name': 'seed', 'read-only': true, file: { driver: 'file', filename: files.seed, 'read-only': true } }),
  '-device', 'virtio-blk-pci,drive=seed',
]

const networkArguments = (machine: Machine, host: HostLimits) => {
  const address = machine.network.address ?? DEFAULT_ADDRESS
  const { net, host: router, dns, dhcpStart } = userNetwork(address)
  const options = [
    'user', 'id=net0', 'ipv6=off', `net=${net}`, `host=${router}`, `dns=${dns}`, `dhcpstart=${dhcpStart}`,
    `restrict=${host.openNetwork ? 'off' : 'on'}`,
    // Port 0: the system chooses a free one, and `info usernet` tells which.
    `hostfwd=tcp:127.0.0.1:0-${address}:22`,
  ]
  return ['-netdev', options.join(','), '-device', `virtio-net-pci,netdev=net0,mac=${machine.network.mac}`]
}

/** In QEMU's option lists a comma is written twice. */
const escaped = (text: string) => text.replaceAll(',', ',,')
