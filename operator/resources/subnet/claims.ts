import { keyOf } from '../../../crds/kubernetes.ts'
import type { Subnet } from '../../../crds/v1alpha1/subnet.ts'
import { addressInAnnotations } from '../../providers/kube-ovn/pod-annotations.ts'
import { virtualMachineInformer } from '../../providers/kubevirt/informers.ts'
import { madeFor } from '../../providers/made.ts'
import type { Cache } from '../../runtime/store.ts'
import { instanceInformer } from '../instance/store.ts'
import type { Claim } from './ledger.ts'
import { attachmentOf } from './network.ts'

/**
 * What the instances of a subnet say about its addresses: the one that each has, by its machine or its status, else the one that its spec asks for.
 * The machine counts even where the status says nothing yet: the two are written one after the other, and a restart may come in between.
 */
export const claimsOn = (subnet: Subnet, cache: Cache): Claim[] => {
  const machines = cache.of(virtualMachineInformer)
  return cache.of(instanceInformer).by('subnet', keyOf(subnet.metadata)).flatMap(instance => {
    const { metadata, spec, status } = instance
    // A namesake's that is still going says nothing of this one.
    const machine = madeFor(instance, machines.get(keyOf(metadata)))
    const held = addressInAnnotations(machine?.spec.templateAnnotations, attachmentOf(subnet)) ?? status?.privateIPAddress
    const address = held ?? spec.privateIPAddress
    return address === undefined ? [] : [{ holder: metadata.uid, address, held: held !== undefined, since: metadata.creationTimestamp ?? '' }]
  })
}
