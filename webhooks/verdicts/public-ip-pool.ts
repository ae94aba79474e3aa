import { type Cidr, containsAddress, overlaps, parseAddress, parseCidr } from '../../crds/cidr.ts'
import type { PublicIPPool } from '../../crds/v1alpha1/index.ts'
import type { Verdict, View, Violation } from './view.ts'

/** Apart from all other pools, and without taking an address from anybody. Says how many have one, never who. */
export const publicIPPoolVerdict: Verdict<PublicIPPool> = (pool, old, view) => [...overlapping(pool, old, view), ...inUse(pool, old, view)]

const overlapping = ({ metadata, spec }: PublicIPPool, old: PublicIPPool | undefined, view: View): Violation[] => {
  const others = [...view.publicIPPools()].filter(each => each.metadata.name !== metadata.name)
  return spec.cidrs.flatMap((text, index) => {
    const block = parseCidr(text)
    if (block === undefined || old?.spec.cidrs.includes(text) === true) return []
    const other = others.find(each => blocksOf(each.spec.cidrs).some(theirs => overlaps(theirs, block)))
    return other === undefined ? [] : [{ field: `spec.cidrs[${index}]`, message: `${text} overlaps the pool ${other.metadata.name} (${other.spec.cidrs.join(', ')}): choose a free block` }]
  })
}

const inUse = ({ spec }: PublicIPPool, old: PublicIPPool | undefined, view: View): Violation[] => {
  if (old === undefined) return []
  const [before, after] = [blocksOf(old.spec.cidrs), blocksOf(spec.cidrs)]
  const lost = (address: number) => before.some(block => containsAddress(block, address)) && !after.some(block => containsAddress(block, address))
  const count = [...view.publicAddresses()].filter(text => {
    const address = parseAddress(text)
    return address !== undefined && lost(address)
  }).length
  return count === 0 ? [] : [{
    field: 'spec.cidrs', message: `${count} ${count === 1 ? 'address' : 'addresses'} of a block that would be removed ${count === 1 ? 'is' : 'are'} in use: keep the block until they are released`,
    reason: 'FieldValueForbidden',
  }]
}

const blocksOf = (cidrs: readonly string[]): Cidr[] => cidrs.map(text => parseCidr(text)).filter(block => block !== undefined)
