import { keyOf } from '../../../crds/kubernetes.ts'
import type { Instance } from '../../../crds/v1alpha1/instance.ts'
import type { Subnet } from '../../../crds/v1alpha1/subnet.ts'
import { addressInAnnotations } from '../../providers/kube-ovn/pod-annotations.ts'
import { virtualMachineInformer } from '../../providers/kubevirt/informers.ts'
import type { Cache } from '../../runtime/store.ts'
import { instanceInformer } from '../instance/store.ts'
import type { Claim } from './ledger.ts'
import { attachmentOf } from './network.ts'

/**
 * What the instances of a subnet say about its addresses. A machine counts even where the status of its instance says nothing yet: the two are
 * written one after the other, and a restart may come in between.
 */
export const claimsOn = (subnet: Subnet, cache: Cache): Claim[] => {
  const machines = cache.of(virtualMachineInformer)
  return claimsIn(cache.of(instanceInformer).by('subnet', keyOf(subnet.metadata)), ({ metadata, status }) =>
    addressInAnnotations(machines.get(keyOf(metadata))?.spec.templateAnnotations, attachmentOf(subnet)) ?? status?.privateIPAddress)
}

/** The address that each instance has, else the one that its spec asks for. */
export const claimsIn = <T extends ClaimingInstance>(
  instances: Iterable<T>,
  heldBy: (instance: T) => string | undefined = ({ status }) => status?.privateIPAddress,
): Claim[] =>
  [...instances].flatMap(instance => {
    const { metadata, spec } = instance
    const held = heldBy(instance)
    const address = held ?? spec.privateIPAddress
    return address === undefined ? [] : [{ holder: metadata.uid, address, held: held !== undefined, since: metadata.creationTimestamp ?? '' }]
  })

/** The part of an Instance that speaks of addresses. */
type ClaimingInstance = {
  metadata: Instance['metadata']
  spec: Pick<Instance['spec'], 'privateIPAddress'>
  status?: Pick<NonNullable<Instance['status']>, 'privateIPAddress'>
}
