import type { KubeObject } from '../../../crds/kubernetes.ts'
import type { PublicIPPool } from '../../../crds/v1alpha1/public-ip-pool.ts'
import { byOwner, byPool, ovnEipInformer } from '../../providers/kube-ovn/external-informers.ts'
import { type OvnEip, ovnEipResource } from '../../providers/kube-ovn/external-resources.ts'
import { addressOfName, buildOvnEip, publicAddressName, releasedAt } from '../../providers/kube-ovn/public-address.ts'
import { ownerUIDOf } from '../../providers/made.ts'
import { conditionOf } from '../../providers/kubevirt/power.ts'
import { microTimestamp } from '../../runtime/conditions.ts'
import type { StepContext } from '../../runtime/kind.ts'
import { NameConflictError } from '../../runtime/name-conflict.ts'
import { type Outcome, ready, waiting } from '../../runtime/outcome.ts'
import { OWNER_NAMESPACE_LABEL, ownerLabels } from '../../runtime/ownership.ts'
import type { Cache } from '../../runtime/store.ts'
import { type AddressBook, blocksOf, type PublicAddressChoice } from './address-book.ts'
import { publicIPPoolInformer } from './store.ts'

/** The public addresses that an object of ours has. */
export type Holding = {
  /** The one that is its own, by the object that says so. */
  eip: OvnEip | undefined
  /** Further ones, which a process with an old view has made: nobody was told of them, and they go back. */
  surplus: readonly OvnEip[]
}

/** @param said - the address that the object's status has told its owner: of several it is the one. */
export const holdingOf = (owner: KubeObject, said: string | undefined, cache: Cache): Holding => {
  const [eip, ...surplus] = cache.of(ovnEipInformer).by(byOwner, owner.metadata.uid).toSorted((a, b) =>
    Number(isNamed(b, said)) - Number(isNamed(a, said)) || (a.metadata.name < b.metadata.name ? -1 : 1))
  return { eip, surplus }
}

const isNamed = (eip: OvnEip, address: string | undefined): boolean => address !== undefined && eip.metadata.name === publicAddressName(address)

/** A pool that has looked at its spec as it is now, found it right and is there to stay. */
export const isOpen = ({ metadata, status }: PublicIPPool): boolean => metadata.deletionTimestamp === undefined &&
  conditionOf(status?.conditions ?? [], 'Ready')?.status === 'True' && status?.observedGeneration === metadata.generation

/** Looks for an address in a pool. */
export const chooseIn = (
  book: AddressBook, pool: PublicIPPool, cache: Cache, request: { holder: string; hint: string; wanted?: string | undefined; now: number },
): PublicAddressChoice => {
  const eips = cache.of(ovnEipInformer)
  return book.choose({
    ...request,
    blocks: blocksOf(pool),
    count: eips.count(byPool, pool.metadata.uid),
    isKnown: address => eips.get(publicAddressName(address)) !== undefined,
  })
}

type Taking = { book: AddressBook; pool: PublicIPPool; address: string; now: number }

/**
 * Takes an address, which fails where anybody has it: another pool, another process, somebody who is no tenant of ours. Then the next look finds
 * another one.
 */
export const takeAddress = async ({ apply }: Pick<StepContext<KubeObject, unknown>, 'apply'>, taking: Taking): Promise<Outcome> => {
  const { book, pool, address, now } = taking
  try {
    await apply(buildOvnEip({ address, externalSubnet: pool.spec.externalSubnet, poolUID: pool.metadata.uid }))
    return ready
  } catch (error) {
    if (!(error instanceof NameConflictError)) throw error
    book.refuse(address, now)
    return waiting('Progressing', 'the address that was chosen is somebody else\'s: another is looked for', 10)
  }
}

/** Keeps what says that an address is held as it should be, whoever changed it. */
export const keepAddress = async ({ apply }: Pick<StepContext<KubeObject, unknown>, 'apply'>, eip: OvnEip): Promise<void> => {
  await apply(buildOvnEip({ address: addressOfName(eip.metadata.name), externalSubnet: eip.spec.externalSubnet, poolUID: eip.poolUID }))
}

/**
 * Gives an address back: its object becomes the pool's, in one write, and rests there. So a crash at any moment leaves it either held or resting,
 * and nobody is given it meanwhile, not by Kube-OVN either.
 */
export const giveBack = async (
  { patch, remove, now }: Pick<StepContext<KubeObject, unknown>, 'patch' | 'remove' | 'now'>, eip: OvnEip, pool: PublicIPPool | undefined,
): Promise<void> => {
  if (pool === undefined) {
    await remove(ovnEipResource, eip)
    return
  }
  await patch(ovnEipResource, eip, {
    metadata: { labels: { ...ownerLabels(pool), [OWNER_NAMESPACE_LABEL]: null }, annotations: { [releasedAt]: microTimestamp(now) } },
  })
}

/** The pool that an address is of. */
export const poolOf = (eip: OvnEip, cache: Cache): PublicIPPool | undefined => cache.of(publicIPPoolInformer).by('uid', eip.poolUID)[0]

/**
 * An address of the owner's that its store doesn't show: what another process has made a moment before it ended. Looked for live, once, by the name
 * that the status gives away, before the owner is let go.
 */
export const unseenAddress = async (
  { read, object }: Pick<StepContext<KubeObject, unknown>, 'read' | 'object'>, said: string | undefined, isKnown: (name: string) => boolean,
): Promise<OvnEip | undefined> => {
  if (said === undefined || isKnown(publicAddressName(said))) return undefined
  const live = await read(ovnEipResource, { name: publicAddressName(said) })
  return live === undefined || ownerUIDOf(live) !== object.metadata.uid ? undefined : ovnEipInformer.trim(live as never)
}
