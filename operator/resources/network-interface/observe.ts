import { idOf, idPrefixes } from '../../../crds/ids.ts'
import { keyOf } from '../../../crds/kubernetes.ts'
import type { NetworkInterface } from '../../../crds/v1alpha1/network-interface.ts'
import type { Subnet } from '../../../crds/v1alpha1/subnet.ts'
import type { VPC } from '../../../crds/v1alpha1/vpc.ts'
import { networkInterfaceVerdict } from '../../../webhooks/verdicts/network-interface.ts'
import { byPlace, ovnFipInformer } from '../../providers/kube-ovn/external-informers.ts'
import type { OvnFip } from '../../providers/kube-ovn/external-resources.ts'
import { placeOf } from '../../providers/kube-ovn/public-address.ts'
import type { NetworkAttachment } from '../../providers/kube-ovn/resources.ts'
import { virtualMachineInstanceInformer } from '../../providers/kubevirt/informers.ts'
import type { VirtualMachine, VirtualMachineInstance } from '../../providers/kubevirt/resources.ts'
import { ownerUIDOf } from '../../providers/made.ts'
import type { Cache } from '../../runtime/store.ts'
import type { OperatorSettings } from '../../settings.ts'
import { instanceInformer, type StoredInstance } from '../instance/store.ts'
import { type GroupReference, groupReferences } from '../security-group/references.ts'
import { siblingKey } from '../stored.ts'
import { addressFor } from '../subnet/claims.ts'
import type { AddressChoice, AddressLedger } from '../subnet/ledger.ts'
import { subnetInformer } from '../subnet/store.ts'
import { violationText, viewOf } from '../view.ts'
import { vpcInformer } from '../vpc/store.ts'
import { machineWith, type Obstacle, obstacleOf, withAddress } from './attachment.ts'
import { addressOfInterface, interfaceIDOf, networkOf } from './port.ts'

export type NetworkInterfaceFacts = {
  id: string
  subnet: Subnet | undefined
  vpc: VPC | undefined
  /** Empty while the VPC has not said which its default group is. */
  groups: readonly GroupReference[]
  /** Undefined while the subnet isn't there. */
  address: AddressChoice | undefined
  /** The network that is its port alone. */
  network: NetworkAttachment | undefined
  /** What is wrong with the spec beside other objects, in words with the way out. */
  violations: readonly string[]
  /** That it is to be attached to, if it is there. */
  instance: StoredInstance | undefined
  /** Why it is not, or is not to be, attached to that. */
  obstacle: Obstacle | undefined
  /** That has it, whoever is to have it. */
  machine: VirtualMachine | undefined
  /** The run of that machine. */
  run: VirtualMachineInstance | undefined
  /** What leads to its address from outside. */
  leading: readonly OvnFip[]
}

type Settings = Partial<Pick<OperatorSettings, 'securityGroupDriver'>>

export const observeNetworkInterface = (
  ledger: AddressLedger, settings: Settings = {},
) => (object: NetworkInterface, cache: Cache): NetworkInterfaceFacts => {
  const { spec } = object
  const subnet = cache.of(subnetInformer).get(siblingKey(object, spec.subnetRef.name))
  const vpc = subnet === undefined ? undefined : cache.of(vpcInformer).get(siblingKey(object, subnet.spec.vpcRef.name))
  const address = subnet === undefined ? undefined : addressFor(object, { subnet, held: addressOfInterface(object, cache) }, cache, ledger)
  const machine = machineWith(object, cache)
  const run = machine === undefined ? undefined : cache.of(virtualMachineInstanceInformer).get(keyOf(machine.metadata))
  return {
    id: interfaceIDOf(object),
    subnet,
    vpc,
    groups: groupReferences(object, vpc, cache),
    address,
    network: networkOf(object, cache),
    violations: networkInterfaceVerdict(chosen(withAddress(object, cache), address), undefined, viewOf(cache)).map(violationText),
    instance: spec.attachment === undefined ? undefined : cache.of(instanceInformer).get(siblingKey(object, spec.attachment.instanceRef.name)),
    obstacle: obstacleOf(object, settings, cache),
    machine,
    run: run !== undefined && machine !== undefined && ownerUIDOf(run) === ownerUIDOf(machine) ? run : undefined,
    leading: vpc === undefined || address?.kind !== 'chosen' ? []
      : cache.of(ovnFipInformer).by(byPlace, placeOf(idOf(idPrefixes.vpc, vpc.metadata.uid), address.address)),
  }
}

/** Who gets an address is the ledger's to say, not the verdict's. */
const chosen = (object: NetworkInterface, address: AddressChoice | undefined): NetworkInterface => address?.kind !== 'chosen' ? object
  : { ...object, status: { observedGeneration: -1, ...object.status, privateIPAddress: address.address } }
