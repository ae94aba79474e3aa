import type { KubeObject } from '../../../crds/kubernetes.ts'
import { byOwner, byPlace, ovnFipInformer } from '../../providers/kube-ovn/external-informers.ts'
import { type OvnEip, type OvnFip, ovnFipResource } from '../../providers/kube-ovn/external-resources.ts'
import { addressOfName, buildOvnFip, isEipReady, isFipReady, leadsTo, placeOf, type Target } from '../../providers/kube-ovn/public-address.ts'
import { ownerUIDOf } from '../../providers/made.ts'
import type { StepContext } from '../../runtime/kind.ts'
import { type Outcome, ready, waiting } from '../../runtime/outcome.ts'
import type { Cache } from '../../runtime/store.ts'

type Writing = Pick<StepContext<KubeObject, unknown>, 'apply' | 'remove' | 'now'>

/** What an owner has led anywhere. */
export const associationsOf = (owner: KubeObject, cache: Cache): readonly OvnFip[] => cache.of(ovnFipInformer).by(byOwner, owner.metadata.uid)

/** What others lead to a place. */
export const othersAt = ({ vpcID, privateIPAddress }: Target, owner: KubeObject, cache: Cache): readonly OvnFip[] =>
  cache.of(ovnFipInformer).by(byPlace, placeOf(vpcID, privateIPAddress)).filter(fip => ownerUIDOf(fip) !== owner.metadata.uid)

/**
 * Milliseconds that Kube-OVN is given to finish what it has begun. What is deleted before it has put its finalizer on, it never takes out of OVN
 * again: the address would lead to whoever had it for ever. Source: kube-ovn v1.16.2, handleAddOvnFip and handleDelOvnFip.
 */
const BEGUN = 15_000

/** How long an object of Kube-OVN's that is not ready has to be left in peace yet; undefined if it may be deleted. */
export const mustRest = ({ metadata, status }: KubeObject & { status: { ready?: boolean } }, now: number): number | undefined => {
  if (status.ready === true || metadata.creationTimestamp === undefined) return undefined
  const left = Date.parse(metadata.creationTimestamp) + BEGUN - now
  return left > 0 ? left : undefined
}

/** Ready once nothing of the owner's leads anywhere else than the address to the target. @param target - undefined: nowhere at all. */
export const endOthers = async (
  { remove, now }: Pick<Writing, 'remove' | 'now'>, fips: readonly OvnFip[], eip: OvnEip | undefined, target: Target | undefined,
): Promise<Outcome> => {
  const wrong = fips.filter(fip => target === undefined || fip.metadata.name !== eip?.metadata.name || !leadsTo(fip, target))
  const rests = wrong.flatMap(fip => mustRest(fip, now) ?? [])
  for (const fip of wrong) if (mustRest(fip, now) === undefined) await remove(ovnFipResource, fip)
  const [first] = wrong
  if (first === undefined) return ready
  const message = `waiting for Kube-OVN to lead ${addressOfName(first.metadata.name)} to ${first.spec.v4Ip} no more`
  return rests.length === 0 ? waiting('Progressing', message) : waiting('Progressing', message, Math.min(...rests))
}

/** Leads the address to the target, where nothing leads any more. */
export const lead = async ({ apply }: Pick<Writing, 'apply'>, eip: OvnEip, target: Target, fip: OvnFip | undefined): Promise<Outcome> => {
  const address = addressOfName(eip.metadata.name)
  if (!isEipReady(eip)) return waiting('Progressing', `waiting for Kube-OVN to have ${address}: where it does not come, somebody has it who is no tenant`)
  await apply(buildOvnFip(address, target))
  return isFipReady(fip) ? ready : waiting('Progressing', `waiting for Kube-OVN to lead ${address} to ${target.privateIPAddress}`)
}
