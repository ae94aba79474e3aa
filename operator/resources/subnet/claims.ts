import { keyOf } from '../../../crds/kubernetes.ts'
import type { Subnet } from '../../../crds/v1alpha1/subnet.ts'
import { addressInAnnotations } from '../../providers/kube-ovn/pod-annotations.ts'
import { virtualMachineInformer } from '../../providers/kubevirt/informers.ts'
import type { VirtualMachine } from '../../providers/kubevirt/resources.ts'
import { madeFor } from '../../providers/made.ts'
import type { Cache } from '../../runtime/store.ts'
import { instanceInformer, type StoredInstance } from '../instance/store.ts'
import type { Claim } from './ledger.ts'
import { attachmentOf } from './network.ts'

/**
 * What the instances of a subnet say about its addresses: the one that each has, by its machine or its status, else the one that its spec asks for.
 * The machine counts even where the status says nothing yet: the two are written one after the other, and a restart may come in between.
 */
export const claimsOn = (subnet: Subnet, cache: Cache): Claim[] => {
  const machines = cache.of(virtualMachineInformer)
  return cache.of(instanceInformer).by('subnet', keyOf(subnet.metadata)).flatMap(instance => {
    const { metadata, spec } = instance
    // A namesake's that is still going says nothing of this one.
    const machine = madeFor(instance, machines.get(keyOf(metadata)))
    const held = addressHeld(instance, machine, subnet)
    const address = held ?? spec.privateIPAddress
    return address === undefined ? [] : [{ holder: metadata.uid, address, held: held !== undefined, since: metadata.creationTimestamp ?? '' }]
  })
}

/** The address that an instance has: what its machine has beats what its status says. */
export const addressHeld = (instance: StoredInstance, machine: VirtualMachine | undefined, subnet: Subnet): string | undefined =>
  addressInAnnotations(machine?.spec.templateAnnotations, attachmentOf(subnet)) ?? instance.status?.privateIPAddress
