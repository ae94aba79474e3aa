/**
 * IPv4 addresses and blocks as whole numbers. The model's own: whatever the product thinks of a block, it is not asked.
 */

const valueOf = (address: string): number => address.split('.').reduce((value, octet) => value * 256 + Number(octet), 0)

/** Bits of a block that are fixed: 24 of `10.0.1.0/24`. */
export const prefixLengthOf = (cidr: string): number => Number(cidr.split('/')[1])

/** Whether an IPv4 address is in a block. A block of IPv6 has none. */
export const isWithin = (address: string, cidr: string): boolean => {
  if (cidr.includes(':')) return false
  const size = 2 ** (32 - prefixLengthOf(cidr))
  return Math.floor(valueOf(address) / size) === Math.floor(valueOf(cidr.split('/')[0] ?? '') / size)
}

/** Whether two IPv4 blocks have an address in common. */
export const overlap = (one: string, other: string): boolean =>
  isWithin(one.split('/')[0] ?? '', other) || isWithin(other.split('/')[0] ?? '', one)

/** The address so many after the first one of a block. */
export const addressIn = (cidr: string, offset: number): string => {
  const value = valueOf(cidr.split('/')[0] ?? '') + offset
  return [24, 16, 8, 0].map(shift => Math.floor(value / 2 ** shift) % 256).join('.')
}
