import { hash } from 'node:crypto'
import { type Cidr, containsAddress, formatAddress, parseAddress, parseCidr, sizeOf } from '../../../crds/cidr.ts'
import type { PublicIPPool } from '../../../crds/v1alpha1/public-ip-pool.ts'

/** Blocks of a pool. */
export const blocksOf = ({ spec }: Pick<PublicIPPool, 'spec'>): Cidr[] => spec.cidrs.flatMap(text => parseCidr(text) ?? [])

/** How many addresses some blocks have. All of them can be given: what is reserved on the external network is no part of a pool. */
export const sizeOfAll = (blocks: readonly Cidr[]): number => blocks.reduce((sum, block) => sum + sizeOf(block), 0)

/** Whether an address in dotted decimal is of one of the blocks. */
export const isInBlocks = (blocks: readonly Cidr[], text: string): boolean => {
  const address = parseAddress(text)
  return address !== undefined && blocks.some(block => containsAddress(block, address))
}

export type PublicAddressChoice =
  | { kind: 'chosen'; address: string }
  /** The one that is asked for is somebody's, or rests. */
  | { kind: 'taken' }
  /** The one that is asked for is not of the pool. */
  | { kind: 'outside' }
  | { kind: 'exhausted' }

export type PublicAddressRequest = {
  blocks: readonly Cidr[]
  /** How many addresses of the pool are known to be somebody's. */
  count: number
  /** Whether there is an OvnEip of this address. */
  isKnown: (address: string) => boolean
  /** UID of who asks. */
  holder: string
  /** Where the search begins depends on it: the same gives the same address again while that is free. */
  hint: string
  /** A certain address, dotted decimal. */
  wanted?: string | undefined
  /** Milliseconds since the epoch. */
  now: number
}

/**
 * What one process has chosen and not seen in a store yet, and what it was refused. It spares requests that would fail. That no address is given
 * twice does not hang on it: an address is the name of its object, and the API server gives a name once.
 */
export type AddressBook = {
  choose: (request: PublicAddressRequest) => PublicAddressChoice
  /** The API server has refused the address: somebody whom we don't see has it. It is not tried again for a while. */
  refuse: (address: string, now: number) => void
}

/** Milliseconds for which a choice is kept from others until it shows in a store. */
const PROMISED = 10_000
/** Milliseconds for which an address that was refused is not tried again. */
const REFUSED = 60_000
/** How many notes are kept before those that are over are taken out. */
const MANY = 256

type Note = { holder: string | undefined; until: number }

export const createAddressBook = (): AddressBook => {
  const notes = new Map<string, Note>()
  const note = (address: string, holder: string | undefined, until: number, now: number) => {
    if (notes.size >= MANY) for (const [each, { until }] of notes) if (until <= now) notes.delete(each)
    notes.set(address, { holder, until })
  }
  return {
    choose: (request) => {
      const { holder, now } = request
      const choice = choose(request, address => {
        const known = notes.get(address)
        return known !== undefined && known.until > now && known.holder !== holder
      })
      if (choice.kind === 'chosen') note(choice.address, holder, now + PROMISED, now)
      return choice
    },
    refuse: (address, now) => note(address, undefined, now + REFUSED, now),
  }
}

const choose = (request: PublicAddressRequest, isNoted: (address: string) => boolean): PublicAddressChoice => {
  const { blocks, count, isKnown, wanted, hint } = request
  const isFree = (address: string) => !isKnown(address) && !isNoted(address)
  if (wanted !== undefined) {
    if (!isInBlocks(blocks, wanted)) return { kind: 'outside' }
    return isFree(wanted) ? { kind: 'chosen', address: wanted } : { kind: 'taken' }
  }
  const size = sizeOfAll(blocks)
  // Known without a look at each of up to two million.
  if (count >= size) return { kind: 'exhausted' }
  const start = Number.parseInt(hash('sha256', hint, 'hex').slice(0, 12), 16) % size
  for (let step = 0; step < size; step++) {
    const address = addressAt(blocks, (start + step) % size)
    if (isFree(address)) return { kind: 'chosen', address }
  }
  return { kind: 'exhausted' }
}

const addressAt = (blocks: readonly Cidr[], index: number): string => {
  let left = index
  for (const block of blocks) {
    if (left < sizeOf(block)) return formatAddress(block.first + left)
    left -= sizeOf(block)
  }
  throw new Error('an address beyond the pool was asked for')
}
