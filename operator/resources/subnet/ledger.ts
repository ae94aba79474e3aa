import { hash } from 'node:crypto'
import { type Cidr, containsAddress, formatAddress, formatCidr, isReserved, parseAddress, usableCount } from '../../../crds/cidr.ts'

/** Evidence that an Instance or a NetworkInterface has an address, or asks for it. */
export type Claim = {
  /** UID of it. */
  holder: string
  /** Dotted decimal. */
  address: string
  /** It has been given the address (status, annotation of its VM); false where its spec merely asks for it. */
  held: boolean
  /** creationTimestamp of it, RFC 3339. */
  since: string
}

/** Who has an address, out of all the claims to it: to have beats to ask, and of those that ask the oldest wins. */
export const holderOf = (claims: readonly Claim[]): string | undefined =>
  claims.reduce<Claim | undefined>((best, claim) => best === undefined || beats(claim, best) ? claim : best, undefined)?.holder

export type AddressChoice = { kind: 'chosen'; address: string } | { kind: 'impossible'; message: string }

/**
 * An address in a subnet: `wanted`, or the first that is free from a place that depends on `hint` (the UID of who asks), round the block by
 * a stride that does too: what is taken lies in runs, and to walk through one takes thousands of looks in a large subnet that is nearly full.
 * The lowest free one would hand the address of an instance just gone to the next that comes, while peers, connection tracking and rules by
 * address still mean the old one. A place by hash spreads them as EC2 does, and asks for the same address again after a crash before it was
 * written down anywhere.
 * @param resting - addresses given back lately, the longest ago first: given only when no other is free, in this order.
 */
export const chooseAddress = (
  subnet: Cidr, isTaken: (address: number) => boolean, wanted: string | undefined, hint: string, resting: ReadonlySet<number> = new Set(),
): AddressChoice => {
  if (wanted !== undefined) return chooseWanted(subnet, isTaken, wanted)
  const count = usableCount(subnet)
  const digest = hash('sha256', hint, 'hex')
  const start = Number.parseInt(digest.slice(0, 12), 16)
  const stride = strideOf(count, Number.parseInt(digest.slice(12, 20), 16))
  for (let step = 0; step < count; step++) {
    const address = subnet.first + 4 + ((start + step * stride) % count)
    if (!resting.has(address) && !isTaken(address)) return { kind: 'chosen', address: formatAddress(address) }
  }
  for (const address of resting) if (!isTaken(address)) return { kind: 'chosen', address: formatAddress(address) }
  return { kind: 'impossible', message: `${formatCidr(subnet)} has no free address: delete instances or use another subnet` }
}

/** A number with no factor in common with `count`, so that its multiples come to every place. */
const strideOf = (count: number, from: number): number => {
  let stride = 1 + (from % count)
  while (commonFactor(stride, count) > 1) stride++
  return stride
}

const commonFactor = (a: number, b: number): number => b === 0 ? a : commonFactor(b, a % b)

export type AddressRequest = {
  subnetUID: string
  subnet: Cidr
  /** UID of the Instance or the NetworkInterface. */
  holder: string
  /** `spec.privateIPAddress`. */
  wanted?: string | undefined
  /** The address that it has already. */
  held?: string | undefined
  /** All that stores know of one address of the subnet, the claim of the holder included. */
  claimsAt: (address: string) => readonly Claim[]
  /** Whether a holder of this UID is there. One that went before anything was written for it has nobody to give its promise back. */
  exists: (holder: string) => boolean
}

/** Addresses promised and not yet visible in any object. */
export type AddressLedger = {
  /** The address that the holder has or shall have. Same holder, same answer; two holders never get one address. */
  assign: (request: AddressRequest) => AddressChoice
  /** For a holder that goes away. @param address - that it had: it rests. Undefined where it goes before it was told of one. */
  release: (subnetUID: string, holder: string, address?: string) => void
}

/**
 * One a process. It closes the gap between choosing an address and seeing it in a store, in which another reconcile could choose the same. It
 * needs no memory beyond that: a new leader starts with what the stores show, and Kube-OVN refuses an address that a port has already.
 * That an address rests when it is given back spares whoever still means its last holder by it (connections, caches). It is a courtesy within one
 * account: a new leader knows nothing of what rested, and who asks for an address by name has it at once.
 * Its work does not grow with the instances of a subnet: only the addresses that come into question are looked at.
 */
export const createAddressLedger = (): AddressLedger => {
  const subnets = new Map<string, Promises>()
  const resting = new Map<string, Resting>()
  const keep = (subnetUID: string, holder: string) => {
    const promises = subnets.get(subnetUID)
    promises?.delete(holder)
    if (promises?.size === 0) subnets.delete(subnetUID)
  }
  return {
    assign: (request) => {
      const { subnetUID, subnet, holder, wanted, held, claimsAt, exists } = request
      if (held !== undefined) {
        keep(subnetUID, holder)
        return { kind: 'chosen', address: held }
      }
      const promises = subnets.get(subnetUID) ?? new Promises()
      const before = promises.of(holder)
      // A promise may be in a request that is under way: to have beats it, to ask does not, whoever is the older.
      if (before !== undefined && isFor(holder, holderOf(claimsAt(formatAddress(before)).filter(({ held }) => held)))) {
        return { kind: 'chosen', address: formatAddress(before) }
      }
      const isTaken = (address: number) =>
        !isFor(holder, holderOf(claimsAt(formatAddress(address)))) || !isFor(holder, promises.holderOf(address, exists))
      const choice = chooseAddress(subnet, isTaken, wanted, holder, resting.get(subnetUID)?.addresses)
      if (choice.kind === 'chosen') subnets.set(subnetUID, promises.add(holder, parseAddress(choice.address) ?? 0, exists))
      return choice
    },
    release: (subnetUID, holder, address) => {
      keep(subnetUID, holder)
      const given = address === undefined ? undefined : parseAddress(address)
      if (given === undefined) return
      const rests = (resting.get(subnetUID) ?? new Resting()).add(given)
      resting.delete(subnetUID)
      resting.set(subnetUID, rests)
      // Subnets come and go too.
      const [oldest] = resting.keys()
      if (resting.size > RESTING && oldest !== undefined) resting.delete(oldest)
    },
  }
}

const isFor = (holder: string, who: string | undefined): boolean => who === undefined || who === holder

/** How many addresses of a subnet rest at most, and in how many subnets. */
const RESTING = 1024

/** What was given back lately in one subnet, the longest ago first. */
class Resting {
  readonly addresses = new Set<number>()

  add(address: number): this {
    this.addresses.delete(address)
    this.addresses.add(address)
    const [oldest] = this.addresses
    if (this.addresses.size > RESTING && oldest !== undefined) this.addresses.delete(oldest)
    return this
  }
}

/** How many promises a subnet may have before they are looked through for those of instances that are gone without a trace. */
const FEW = 64

/** The promises of one subnet, found by either side. */
class Promises {
  readonly #addresses = new Map<string, number>()
  readonly #holders = new Map<number, string>()
  #limit = FEW

  get size(): number {
    return this.#addresses.size
  }

  of(holder: string): number | undefined {
    return this.#addresses.get(holder)
  }

  holderOf(address: number, exists: (holder: string) => boolean): string | undefined {
    const holder = this.#holders.get(address)
    if (holder === undefined || exists(holder)) return holder
    this.delete(holder)
    return undefined
  }

  add(holder: string, address: number, exists: (holder: string) => boolean): this {
    this.delete(holder)
    this.#addresses.set(holder, address)
    this.#holders.set(address, holder)
    if (this.size > this.#limit) {
      for (const each of this.#addresses.keys()) if (!exists(each)) this.delete(each)
      this.#limit = FEW + 2 * this.size
    }
    return this
  }

  delete(holder: string): void {
    const address = this.#addresses.get(holder)
    this.#addresses.delete(holder)
    if (address !== undefined && this.#holders.get(address) === holder) this.#holders.delete(address)
  }
}

const beats = (a: Claim, b: Claim): boolean => {
  if (a.held !== b.held) return a.held
  return a.since === b.since ? a.holder < b.holder : a.since < b.since
}

const chooseWanted = (subnet: Cidr, isTaken: (address: number) => boolean, wanted: string): AddressChoice => {
  const address = parseAddress(wanted)
  const impossible = (message: string): AddressChoice => ({ kind: 'impossible', message: `privateIPAddress ${wanted} ${message}` })
  if (address === undefined || !containsAddress(subnet, address)) return impossible(`is outside the subnet's ${formatCidr(subnet)}: leave it out or ask for one inside`)
  if (isReserved(subnet, address)) return impossible('is one of the five that a subnet keeps for itself (the first four and the last): ask for another')
  if (isTaken(address)) return impossible('belongs to another instance: leave it out or ask for another')
  return { kind: 'chosen', address: wanted }
}
