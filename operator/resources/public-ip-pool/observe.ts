import { type Cidr, overlaps } from '../../../crds/cidr.ts'
import type { PublicIPPool } from '../../../crds/v1alpha1/public-ip-pool.ts'
import { cameFirst } from '../../../webhooks/verdicts/precedence.ts'
import { byPool, byQuarantine, ovnEipInformer } from '../../providers/kube-ovn/external-informers.ts'
import type { OvnEip } from '../../providers/kube-ovn/external-resources.ts'
import { addressOfName } from '../../providers/kube-ovn/public-address.ts'
import type { Cache } from '../../runtime/store.ts'
import { blocksOf, isInBlocks, sizeOfAll } from './address-book.ts'
import { publicIPPoolInformer } from './store.ts'

export type PublicIPPoolFacts = {
  blocks: readonly Cidr[]
  total: number
  /** Addresses that are somebody's or rest. */
  taken: number
  /** Addresses that were given back and rest. */
  resting: readonly OvnEip[]
  /** Name of an older pool that has addresses of this one. */
  overlapped: string | undefined
  /** Addresses that are somebody's and of no block any more. Asked for where there are some. */
  outside: () => readonly string[]
}

export const observePublicIPPool = (pool: PublicIPPool, cache: Cache): PublicIPPoolFacts => {
  const eips = cache.of(ovnEipInformer)
  const { uid } = pool.metadata
  const blocks = blocksOf(pool)
  return {
    blocks,
    total: sizeOfAll(blocks),
    taken: eips.count(byPool, uid),
    resting: eips.by(byQuarantine, uid),
    overlapped: [...cache.of(publicIPPoolInformer).list()].find(other => other.metadata.uid !== uid && cameFirst(other.metadata, pool.metadata) &&
      blocksOf(other).some(block => blocks.some(own => overlaps(block, own))))?.metadata.name,
    outside: () => eips.by(byPool, uid).filter(eip => eip.releasedAt === undefined).map(({ metadata }) => addressOfName(metadata.name))
      .filter(address => !isInBlocks(blocks, address)).sort(),
  }
}
