import type { Instance } from '../../../crds/v1alpha1/instance.ts'
import type { Claim } from './ledger.ts'

/** What the instances of a subnet say about its addresses: the one that each has, else the one that it asks for. */
export const claimsIn = (instances: Iterable<ClaimingInstance>): Claim[] =>
  [...instances].flatMap(({ metadata, spec, status }) => {
    const address = status?.privateIPAddress ?? spec.privateIPAddress
    if (address === undefined) return []
    return [{ holder: metadata.uid, address, held: status?.privateIPAddress !== undefined, since: metadata.creationTimestamp ?? '' }]
  })

/** The part of an Instance that speaks of addresses. */
type ClaimingInstance = {
  metadata: Pick<Instance['metadata'], 'uid' | 'creationTimestamp'>
  spec: Pick<Instance['spec'], 'privateIPAddress'>
  status?: Pick<NonNullable<Instance['status']>, 'privateIPAddress'>
}
