import { systemClock } from '../../operator/runtime/clock.ts'
import { parseCidr } from '../../crds/cidr.ts'
import { type Claim, createAddressLedger } from '../../operator/resources/subnet/ledger.ts'
import type { Report } from '../figures.ts'

const ADDRESSES = 65_000

/**
 * How many addresses the operator chooses a second, one for each of so many instances in a subnet of that many, and the last tenth of them in
 * one that is nearly full. Choosing alone: what an instance costs besides is in other figures.
 */
export const measureAddresses = (report: Report): void => {
  const subnet = parseCidr('10.0.0.0/16')
  if (subnet === undefined) throw new Error('10.0.0.0/16 is a block')
  const ledger = createAddressLedger()
  const held = new Map<string, Claim>()
  const give = (from: number, to: number): number => {
    const begun = systemClock.now()
    for (let index = from; index < to; index++) {
      const holder = `uid-${index}`
      const claimsAt = (address: string) => [held.get(address)].filter(each => each !== undefined)
      const choice = ledger.assign({ subnetUID: 'subnet', subnet, holder, claimsAt, exists: () => true })
      if (choice.kind !== 'chosen') throw new Error(choice.message)
      held.set(choice.address, { holder, address: choice.address, held: true, since: '' })
    }
    return ((to - from) * 1000) / (systemClock.now() - begun)
  }
  const detail = { name: 'subnet_addresses_per_s', unit: '1/s', scenario: 'network', addresses: ADDRESSES }
  report({ ...detail, value: give(0, ADDRESSES * 0.9), filling: 'to nine tenths' })
  report({ ...detail, value: give(ADDRESSES * 0.9, ADDRESSES), filling: 'the last tenth' })
}
