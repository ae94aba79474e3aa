import ipaddr from 'ipaddr.js'

/**
 * The little network that QEMU's user-mode stack makes around one guest, so that DHCP gives it exactly `address`: the /24 around the
 * address with EC2's places for router (.1) and resolver (.2), or a larger one where the address has such a place itself.
 */
export const userNetwork = (address: string): { net: string; host: string; dns: string; dhcpStart: string } => {
  const bytes = ipaddr.IPv4.parse(address).octets
  const value = ((bytes[0]! << 24) | (bytes[1]! << 16) | (bytes[2]! << 8) | bytes[3]!) >>> 0
  for (let prefix = 24; prefix >= 8; prefix -= 1) {
    const mask = (0xffffffff << (32 - prefix)) >>> 0
    const offset = (value & ~mask) >>> 0
    const base = (value & mask) >>> 0
    // 0 and all ones are the network and its broadcast; 1 and 2 are router and resolver.
    if (offset > 2 && offset !== (~mask >>> 0)) {
      return { net: `${dotted(base)}/${prefix}`, host: dotted(base + 1), dns: dotted(base + 2), dhcpStart: address }
    }
  }
  throw new Error(`${address} can't be a guest's address`)
}

const dotted = (value: number) => [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join('.')
