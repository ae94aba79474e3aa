import { type Cidr, containsAddress, parseAddress, parseCidr } from '../../../crds/cidr.ts'
import { keyOf, type KubeObject } from '../../../crds/kubernetes.ts'
import type { Subnet } from '../../../crds/v1alpha1/subnet.ts'
import { addressEvidence, addressInAnnotations } from '../../providers/kube-ovn/pod-annotations.ts'
import { byAddress, virtualMachineInformer } from '../../providers/kubevirt/informers.ts'
import type { VirtualMachine } from '../../providers/kubevirt/resources.ts'
import { madeFor } from '../../providers/made.ts'
import type { Cache } from '../../runtime/store.ts'
import { instanceInformer, type StoredInstance } from '../instance/store.ts'
import { interfaceClaim, interfaceClaimsAt } from '../network-interface/claims.ts'
import { networkInterfaceInformer } from '../network-interface/store.ts'
import { siblingKey } from '../stored.ts'
import type { AddressChoice, AddressLedger, Claim } from './ledger.ts'
import { attachmentOf } from './network.ts'

/** Who is to have an address of a subnet. */
type Holder = KubeObject & { spec: { privateIPAddress?: string } }

/**
 * The address of a holder in its subnet, undefined while there is none to be had. What it holds beats what it asks for, which beats what is free. A
 * holder that goes away keeps what it holds and is given none.
 */
export const addressFor = (
  holder: Holder, { subnet, held }: { subnet: Subnet; held: string | undefined }, cache: Cache, ledger: AddressLedger,
): AddressChoice | undefined => {
  const cidr = parseCidr(subnet.spec.cidrBlock)
  if (cidr === undefined || holder.metadata.deletionTimestamp !== undefined) return held === undefined ? undefined : { kind: 'chosen', address: held }
  return ledger.assign({
    subnetUID: subnet.metadata.uid,
    subnet: cidr,
    holder: holder.metadata.uid,
    wanted: holder.spec.privateIPAddress,
    held,
    claimsAt: address => claimsAt(subnet, address, cache),
    exists: uid => isHolder(uid, cache),
  })
}

/** What all that can have an address of a subnet says about one of them. */
const claimsAt = (subnet: Subnet, address: string, cache: Cache): Claim[] =>
  [...instanceClaimsAt(subnet, address, cache), ...interfaceClaimsAt(subnet, address, cache)]

/** Whether anybody of this UID is there who can have an address. */
const isHolder = (uid: string, cache: Cache): boolean =>
  cache.of(instanceInformer).count('uid', uid) > 0 || cache.of(networkInterfaceInformer).count('uid', uid) > 0

/**
 * What the instances of a subnet say about one of its addresses: who has it, by its machine or its status, and who asks for it. The machine counts
 * even where the status says nothing yet: the two are written one after the other, and a restart may come in between.
 */
const instanceClaimsAt = (subnet: Subnet, address: string, cache: Cache): Claim[] => {
  const instances = cache.of(instanceInformer)
  const subnetKey = keyOf(subnet.metadata)
  const keys = new Set([
    ...instances.keysBy('address', `${subnetKey}/${address}`),
    // A machine has the name of its instance.
    ...cache.of(virtualMachineInformer).keysBy(byAddress, addressEvidence(attachmentOf(subnet), address)),
  ])
  return [...keys].flatMap(key => {
    const instance = instances.get(key)
    if (instance === undefined || siblingKey(instance, instance.spec.subnetRef.name) !== subnetKey) return []
    const claim = claimOf(instance, subnet, cache)
    return claim?.address === address ? [claim] : []
  })
}

/** How many of a subnet's addresses are had or asked for. Looks only at those whose status names none yet: there is one of each that is named. */
export const countTaken = (subnet: Subnet, block: Cidr, cache: Cache): number => {
  const [instances, interfaces] = [cache.of(instanceInformer), cache.of(networkInterfaceInformer)]
  const key = keyOf(subnet.metadata)
  const unplaced = [instances.by('unplaced', key), interfaces.by('unplaced', key)] as const
  const claimed = new Set([
    ...unplaced[0].flatMap(instance => claimOf(instance, subnet, cache)?.address ?? []),
    ...unplaced[1].flatMap(object => interfaceClaim(object, cache)?.address ?? []),
  ])
  const further = [...claimed].filter(address => isIn(block, address) &&
    ![...instances.by('address', `${key}/${address}`), ...interfaces.by('address', `${key}/${address}`)]
      .some(({ status }) => status?.privateIPAddress === address))
  return instances.count('subnet', key) + interfaces.count('subnet', key) - unplaced[0].length - unplaced[1].length + further.length
}

const isIn = (block: Cidr, text: string): boolean => {
  const address = parseAddress(text)
  return address !== undefined && containsAddress(block, address)
}

const claimOf = (instance: StoredInstance, subnet: Subnet, cache: Cache): Claim | undefined => {
  const { metadata, spec } = instance
  // A namesake's that is still going says nothing of this one.
  const held = addressHeld(instance, madeFor(instance, cache.of(virtualMachineInformer).get(keyOf(metadata))), subnet)
  const address = held ?? spec.privateIPAddress
  return address === undefined ? undefined : { holder: metadata.uid, address, held: held !== undefined, since: metadata.creationTimestamp ?? '' }
}

/** The address that an instance has: what its machine has beats what its status says. */
export const addressHeld = (instance: StoredInstance, machine: VirtualMachine | undefined, subnet: Subnet): string | undefined =>
  addressInAnnotations(machine?.spec.templateAnnotations, attachmentOf(subnet)) ?? instance.status?.privateIPAddress
