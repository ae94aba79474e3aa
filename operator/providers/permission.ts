import ipaddr from 'ipaddr.js'

/** Traffic that a group lets through, with whatever its rule names already looked up. */
export type Permission = {
  protocol: 'tcp' | 'udp' | 'icmp' | 'icmpv6' | 'all'
  /** First port; for icmp and icmpv6 the type, where -1 and nothing mean any. */
  fromPort?: number | undefined
  /** Last port; for icmp and icmpv6 the code, where -1 and nothing mean any. */
  toPort?: number | undefined
  peer: Peer
}

/**
 * Who is at the other end: a block, the members of a group, or the blocks of a prefix list, of which there may be none.
 * `namespace`: of a group of another account.
 */
export type Peer = { cidr: string } | { groupID: string; namespace?: string } | { prefixListID: string; cidrs: readonly string[] }

/** What a group lets through. */
export type GroupRules = {
  groupID: string
  ingress: readonly Permission[]
  /** `all` where the group says nothing of egress. */
  egress: readonly Permission[] | 'all'
}

/** The blocks of a peer that is not a group. */
export const blocksOf = (peer: Exclude<Peer, { groupID: string }>): readonly string[] => 'cidr' in peer ? [peer.cidr] : peer.cidrs

/** IPv6 in small letters and at its shortest: Kube-OVN refuses capitals, and what it would rewrite would look like drift. */
export const canonicalCIDR = (cidr: string): string => {
  const [address, prefixLength] = ipaddr.parseCIDR(cidr)
  return `${address.toString()}/${prefixLength}`
}

export const isIPv6 = (cidr: string): boolean => cidr.includes(':')

/** Why no driver could put a permission in force, whatever it can express; undefined where there is nothing wrong with it. */
export const faultOf = ({ protocol, fromPort = 0, toPort = 65535, peer }: Permission): string | undefined => {
  if ((protocol === 'tcp' || protocol === 'udp') && fromPort > toPort) return 'fromPort is after toPort'
  if ('groupID' in peer) return undefined
  const blocks = blocksOf(peer)
  if (!blocks.every(ipaddr.isValidCIDR)) return 'cidr is no block of addresses'
  const family = protocol === 'icmp' ? 'IPv4' : protocol === 'icmpv6' ? 'IPv6' : undefined
  return family !== undefined && 'cidr' in peer && isIPv6(peer.cidr) !== (family === 'IPv6') ? `${protocol} is of ${family}, and the block is not` : undefined
}
