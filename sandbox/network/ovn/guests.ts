/** What is known of the real machine that a host of a lab is for. See init/guests.py. */
export type Guest = {
  /**
   * An address of the machine's network that is nobody's, with its prefix length. From it the machine is told its own address by DHCP, as
   * virt-launcher does, and from it logins come, past the network and its rules; nobody else has it or gets there.
   */
  address: string
  /** Port of the machine that logins are led to. */
  loginPort: number
  nameServers: readonly string[]
  searchDomains: readonly string[]
}

/** What a program is told that runs a machine. */
export type GuestPort = {
  /** The device that is the other end of the machine's interface, where `enter` leads. */
  tap: string
  mtu: number
  /** Words before a command that run it where the device is, as this user. */
  enter: readonly string[]
  /** Path of a socket: who connects to it speaks with the machine's login port. */
  login: string
}

export type GuestDevices = { bridge: string; tap: string; wire: string; door: string; login: string }

/** Names of what a machine has around its interface, within the 15 letters that a device may have. */
export const guestDevices = (number: number): GuestDevices => ({
  bridge: `bridge${number}`, tap: `tap${number}`, wire: `wire${number}`, door: `door${number}`, login: `/run/ovn/login${number}.sock`,
})

/** Into a lab's network, and where it has one into its user namespace, since only there one is root over it. */
export const enteringOf = (pid: number): string[] => {
  const asRoot = process.getuid?.() === 0 ? [] : ['-U', '--preserve-credentials']
  return ['nsenter', '-t', String(pid), ...asRoot, '-n', '--']
}
