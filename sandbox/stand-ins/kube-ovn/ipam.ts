/** An IPv4 block as numbers: the first address and how many there are. */
export type Block = { first: number; size: number }

/** Reads `10.0.1.0/24`. Throws on what is none. */
export const parseBlock = (cidr: string): Block => {
  const [address = '', prefix = ''] = cidr.split('/')
  const bits = Number(prefix)
  if (!/^\d+$/.test(prefix) || bits > 32) throw new Error(`${cidr} is not an IPv4 CIDR`)
  const size = 2 ** (32 - bits)
  return { first: Math.floor(parseAddress(address) / size) * size, size }
}

export const parseAddress = (address: string): number => {
  const parts = address.split('.').map(Number)
  if (parts.length !== 4 || parts.some((part) => !Number.isInteger(part) || part < 0 || part > 255)) throw new Error(`failed to parse IP ${address}`)
  return parts.reduce((sum, part) => sum * 256 + part, 0)
}

export const formatAddress = (address: number): string => [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.')

export const overlap = (a: string, b: string): boolean => {
  const [left, right] = [parseBlock(a), parseBlock(b)]
  return left.first < right.first + right.size && right.first < left.first + left.size
}

/** `excludeIps` of a Subnet: single addresses and ranges `a..b`, inclusive. */
export const parseExclusions = (entries: readonly string[]): [from: number, to: number][] =>
  entries.map((entry) => {
    const [from = '', to = from] = entry.split('..')
    return [parseAddress(from), parseAddress(to)]
  })

export type AllocationInput = {
  cidr: string
  excludeIps: readonly string[]
  /** Who has which address. */
  taken: ReadonlyMap<string, string>
  /** The port that asks; it may have an address already. */
  port: string
  /** A fixed address, when one is asked for. */
  requested?: string | undefined
}

/** Kube-OVN's own words for what goes wrong. */
export type Allocation = { address: string } | { error: 'AddressOutOfRange' | 'AddressConflict' | 'NoAvailableAddress' }

/** The requested address if it is free, else the lowest free one. Excluded addresses may be asked for, never drawn. */
export const allocate = ({ cidr, excludeIps, taken, port, requested }: AllocationInput): Allocation => {
  const block = parseBlock(cidr)
  if (requested !== undefined) {
    const number = parseAddress(requested)
    if (number < block.first || number >= block.first + block.size) return { error: 'AddressOutOfRange' }
    const holder = taken.get(requested)
    return holder === undefined || holder === port ? { address: requested } : { error: 'AddressConflict' }
  }
  const excluded = parseExclusions(excludeIps)
  for (let number = block.first + 1; number < block.first + block.size - 1; number++) {
    const range = excluded.find(([from, to]) => number >= from && number <= to)
    if (range !== undefined) {
      number = range[1]
      continue
    }
    const address = formatAddress(number)
    if (!taken.has(address)) return { address }
  }
  return { error: 'NoAvailableAddress' }
}

/** Addresses of a block that can be drawn: without network, broadcast and excluded ones. */
export const capacity = (cidr: string, excludeIps: readonly string[]): number => {
  const block = parseBlock(cidr)
  const last = block.first + block.size - 2
  let count = Math.max(0, block.size - 2)
  let counted = block.first
  for (const [from, to] of parseExclusions(excludeIps).sort(([a], [b]) => a - b)) {
    const start = Math.max(from, counted + 1, block.first + 1)
    const end = Math.min(to, last)
    if (end >= start) count -= end - start + 1
    counted = Math.max(counted, end)
  }
  return count
}

/** Numbers as Kube-OVN lists them: `10.0.0.5-10.0.0.9,10.0.0.12`. */
export const formatRanges = (addresses: readonly number[]): string => {
  const sorted = [...new Set(addresses)].sort((a, b) => a - b)
  const ranges: [number, number][] = []
  for (const address of sorted) {
    const last = ranges.at(-1)
    if (last !== undefined && last[1] === address - 1) last[1] = address
    else ranges.push([address, address])
  }
  return ranges.map(([from, to]) => (from === to ? formatAddress(from) : `${formatAddress(from)}-${formatAddress(to)}`)).join(',')
}
