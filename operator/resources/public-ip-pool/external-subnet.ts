import { type Cidr, containsAddress, containsCidr, formatAddress, formatCidr, lastOf, parseAddress, parseCidr } from '../../../crds/cidr.ts'

/** What counts of the Kube-OVN Subnet that a pool's addresses are reached by. */
export type ExternalSubnet = { cidrBlock?: string; gateway?: string; excludeIps?: readonly string[] }

/**
 * What keeps a pool's blocks from being given out on an external subnet, in words with the way out; undefined if nothing does. Kube-OVN draws
 * addresses of routers from the same subnet, so the pool's have to be among those that it draws none of: else one that we give may be a router's.
 */
export const externalSubnetProblem = (blocks: readonly Cidr[], name: string, subnet: ExternalSubnet): string | undefined => {
  const { cidrBlock = '', gateway = '', excludeIps = [] } = subnet
  const whole = parseCidr(cidrBlock)
  if (whole === undefined) return `Kube-OVN Subnet "${name}" has no IPv4 block`
  const beyond = blocks.find(block => !containsCidr(whole, block))
  if (beyond !== undefined) return `${formatCidr(beyond)} is not inside ${cidrBlock} of Kube-OVN Subnet "${name}": correct spec.cidrs`
  const reserved = [whole.first, lastOf(whole), parseAddress(gateway)].find(address =>
    address !== undefined && blocks.some(block => containsAddress(block, address)))
  if (reserved !== undefined) {
    return `${formatAddress(reserved)} is the network's own in Kube-OVN Subnet "${name}" (its gateway, its first or its last address): write spec.cidrs without it, in smaller blocks`
  }
  const drawn = blocks.find(block => !isCovered(block, excludeIps))
  return drawn === undefined ? undefined
    : `Kube-OVN may give addresses of ${formatCidr(drawn)} to routers: add "${formatAddress(drawn.first)}..${formatAddress(lastOf(drawn))}" to excludeIps of Kube-OVN Subnet "${name}"`
}

/** Whether every address of a block is in the ranges, `a` or `a..b`, together. */
const isCovered = (block: Cidr, excludeIps: readonly string[]): boolean => {
  const ranges = excludeIps.flatMap(text => {
    const [from = '', to = from] = text.split('..')
    const [first, last] = [parseAddress(from), parseAddress(to)]
    return first === undefined || last === undefined ? [] : [[first, last] as const]
  }).toSorted(([a], [b]) => a - b)
  let next = block.first
  for (const [first, last] of ranges) if (first <= next) next = Math.max(next, last + 1)
  return next > lastOf(block)
}
