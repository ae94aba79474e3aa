import { memoized } from './memo.ts'

/**
 * IPv4 addresses and blocks. Addresses are whole numbers from 0 to 2^32 - 1, so that address arithmetic stays plain arithmetic.
 */

/** A block: every address whose first `prefixLength` bits are those of `first`. */
export type Cidr = { first: number; prefixLength: number }

const octet = /^(0|[1-9][0-9]{0,2})$/

/** Reads dotted decimal, and nothing but: no leading zeros, no short forms. Undefined for anything else. */
export const parseAddress = (text: string): number | undefined => {
  const parts = text.split('.')
  if (parts.length !== 4 || !parts.every(part => octet.test(part) && Number(part) <= 255)) return undefined
  return parts.reduce((address, part) => address * 256 + Number(part), 0)
}

export const formatAddress = (address: number): string =>
  [address >>> 24, (address >>> 16) & 255, (address >>> 8) & 255, address & 255].join('.')

/** Reads `a.b.c.d/n`. Undefined when it is no IPv4 block or when bits are set after the prefix. */
export const parseCidr = (text: string): Cidr | undefined => blockOf(text)

const blockOf = memoized((text: string): Readonly<Cidr> | undefined => {
  const [address, length, ...rest] = text.split('/')
  if (address === undefined || length === undefined || rest.length > 0 || !/^(0|[1-9][0-9]?)$/.test(length)) return undefined
  const first = parseAddress(address)
  const prefixLength = Number(length)
  if (first === undefined || prefixLength > 32 || first % 2 ** (32 - prefixLength) !== 0) return undefined
  return Object.freeze({ first, prefixLength })
}, 256)

export const formatCidr = (cidr: Cidr): string => `${formatAddress(cidr.first)}/${cidr.prefixLength}`

/** Number of addresses. */
export const sizeOf = (cidr: Cidr): number => 2 ** (32 - cidr.prefixLength)

/** The last address. */
export const lastOf = (cidr: Cidr): number => cidr.first + sizeOf(cidr) - 1

export const containsAddress = (cidr: Cidr, address: number): boolean => address >= cidr.first && address <= lastOf(cidr)

/** Whether every address of `inner` is in `outer`. */
export const containsCidr = (outer: Cidr, inner: Cidr): boolean => inner.first >= outer.first && lastOf(inner) <= lastOf(outer)

/** Whether the two have an address in common. */
export const overlaps = (a: Cidr, b: Cidr): boolean => a.first <= lastOf(b) && b.first <= lastOf(a)

/** What the network keeps for itself in a subnet, as in EC2: network, router, DNS, future use, and the last address. */
export const reservedAddresses = (subnet: Cidr): number[] =>
  [...new Set([0, 1, 2, 3].map(offset => subnet.first + offset).filter(address => containsAddress(subnet, address)).concat(lastOf(subnet)))]

/** The address of a subnet's router: the one after the network's. */
export const routerAddress = (subnet: Cidr): number => subnet.first + 1

export const isReserved = (subnet: Cidr, address: number): boolean =>
  containsAddress(subnet, address) && (address < subnet.first + 4 || address === lastOf(subnet))

/** Number of addresses that instances can have. */
export const usableCount = (subnet: Cidr): number => Math.max(0, sizeOf(subnet) - 5)

/** Addresses that instances can have, in order. Lazy: a /16 has 65,531. */
export const usableAddresses = function* (subnet: Cidr): Generator<number, void, void> {
  for (let address = subnet.first + 4; address < lastOf(subnet); address++) yield address
}

/** The first usable address that is not taken. Undefined when the subnet is full. */
export const firstFreeAddress = (subnet: Cidr, taken: ReadonlySet<number>): number | undefined =>
  usableAddresses(subnet).find(address => !taken.has(address))
