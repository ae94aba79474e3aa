import { createHash } from 'node:crypto'
import { type Cidr, containsAddress, formatAddress, formatCidr, isReserved, parseAddress, usableCount } from '../../../crds/cidr.ts'

/** Evidence that an instance has an address, or asks for it. */
export type Claim = {
  /** UID of the Instance. */
  holder: string
  /** Dotted decimal. */
  address: string
  /** It has been given the address (status, annotation of its VM); false where its spec merely asks for it. */
  held: boolean
  /** creationTimestamp of the Instance, RFC 3339. */
  since: string
}

/** Who has which address: to have beats to ask, and of those that ask the oldest wins. Claims that are no address are passed over. */
export const holdersOf = (claims: Iterable<Claim>): Map<number, string> => {
  const best = new Map<number, Claim>()
  for (const claim of claims) {
    const address = parseAddress(claim.address)
    if (address === undefined) continue
    const other = best.get(address)
    if (other === undefined || beats(claim, other)) best.set(address, claim)
  }
  return new Map([...best].map(([address, claim]) => [address, claim.holder]))
}

export type AddressChoice = { kind: 'chosen'; address: string } | { kind: 'impossible'; message: string }

/**
 * An address in a subnet: `wanted`, or the first that is free from a place that depends on `hint` (the UID of who asks), round the block.
 * The lowest free one would hand the address of an instance just gone to the next that comes, while peers, connection tracking and rules by
 * address still mean the old one. A place by hash spreads them as EC2 does, and asks for the same address again after a crash before it was
 * written down anywhere.
 */
export const chooseAddress = (subnet: Cidr, isTaken: (address: number) => boolean, wanted: string | undefined, hint: string): AddressChoice => {
  if (wanted !== undefined) return chooseWanted(subnet, isTaken, wanted)
  const count = usableCount(subnet)
  const start = createHash('sha256').update(hint).digest().readUIntBE(0, 6)
  for (let step = 0; step < count; step++) {
    const address = subnet.first + 4 + ((start + step) % count)
    if (!isTaken(address)) return { kind: 'chosen', address: formatAddress(address) }
  }
  return { kind: 'impossible', message: `${formatCidr(subnet)} has no free address: delete instances or use another subnet` }
}

export type AddressRequest = {
  subnetUID: string
  subnet: Cidr
  /** UID of the Instance. */
  holder: string
  /** `spec.privateIPAddress`. */
  wanted?: string | undefined
  /** All that stores know of the subnet's instances, that of the holder included. */
  claims: Iterable<Claim>
  /** Whether an Instance of this UID is there. One that went before anything was written for it has nobody to give its promise back. */
  exists: (holder: string) => boolean
}

/** Addresses promised and not yet visible in any object. */
export type AddressLedger = {
  /** The address that the holder has or shall have. Same holder, same answer; two holders never get one address. */
  assign: (request: AddressRequest) => AddressChoice
  /** For an Instance that goes away before its address was written down. */
  release: (subnetUID: string, holder: string) => void
}

/**
 * One a process. It closes the gap between choosing an address and seeing it in a store, in which another reconcile could choose the same. It
 * needs no memory beyond that: a new leader starts with what the stores show, and Kube-OVN refuses an address that a port has already.
 */
export const createAddressLedger = (): AddressLedger => {
  const promises = new Map<string, Map<string, number>>()
  return {
    assign: ({ subnetUID, subnet, holder, wanted, claims, exists }) => {
      const known = [...claims]
      const own = known.find(claim => claim.held && claim.holder === holder)
      if (own !== undefined) return { kind: 'chosen', address: own.address }
      const promised = promises.get(subnetUID) ?? new Map<string, number>()
      for (const claim of known) if (claim.held) promised.delete(claim.holder)
      const holders = holdersOf(known)
      for (const who of promised.keys()) if (!exists(who)) promised.delete(who)
      const promisedTo = new Map([...promised].map(([who, address]) => [address, who]))
      const isTaken = (address: number) => [holders.get(address), promisedTo.get(address)].some(who => who !== undefined && who !== holder)
      const before = promised.get(holder)
      // A promise may be in a request that is under way: to have beats it, to ask does not, whoever is the older.
      const has = before === undefined ? undefined : holdersOf(known.filter(({ held }) => held)).get(before)
      if (before !== undefined && (has === undefined || has === holder)) return { kind: 'chosen', address: formatAddress(before) }
      const choice = chooseAddress(subnet, isTaken, wanted, holder)
      if (choice.kind === 'chosen') promises.set(subnetUID, promised.set(holder, parseAddress(choice.address) ?? 0))
      return choice
    },
    release: (subnetUID, holder) => {
      const promised = promises.get(subnetUID)
      if (promised?.delete(holder) === true && promised.size === 0) promises.delete(subnetUID)
    },
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
