import { idOf, idPrefixes } from '../../../crds/ids.ts'
import { keyOf } from '../../../crds/kubernetes.ts'
import type { ElasticIP } from '../../../crds/v1alpha1/elastic-ip.ts'
import type { Subnet } from '../../../crds/v1alpha1/subnet.ts'
import type { Target } from '../../providers/kube-ovn/public-address.ts'
import { virtualMachineInformer } from '../../providers/kubevirt/informers.ts'
import { madeFor } from '../../providers/made.ts'
import { type Outcome, waiting } from '../../runtime/outcome.ts'
import type { Cache } from '../../runtime/store.ts'
import { isTerminating } from '../instance/actual-state.ts'
import { instanceInformer, type StoredInstance } from '../instance/store.ts'
import { machineWith } from '../network-interface/attachment.ts'
import { addressOfInterface, interfaceIDOf, networkOf } from '../network-interface/port.ts'
import { holderID } from '../network-interface/progress.ts'
import { networkInterfaceInformer } from '../network-interface/store.ts'
import { siblingKey } from '../stored.ts'
import { addressHeld } from '../subnet/claims.ts'
import { subnetInformer } from '../subnet/store.ts'
import { vpcInformer } from '../vpc/store.ts'
import { notFound, titleOf } from '../waiting-for.ts'

/** Where an address is to lead, or why it can't lead there yet. */
export type Aim =
  | { kind: 'nowhere' }
  | { kind: 'away'; outcome: Outcome }
  | { kind: 'there'; target: Target; instanceID?: string; networkInterfaceID?: string; title: string; subnet: Subnet | undefined }

/** An instance that terminates is no aim any more: its private address may be another's in a moment. */
export const aimOf = ({ metadata, spec, ...object }: ElasticIP, cache: Cache): Aim => {
  if (spec.networkInterfaceRef !== undefined) return aimOfInterface(spec.networkInterfaceRef.name, metadata.namespace, cache)
  if (spec.instanceRef === undefined) return { kind: 'nowhere' }
  const { name } = spec.instanceRef
  const instance = cache.of(instanceInformer).get(siblingKey({ metadata, ...object }, name))
  if (instance === undefined) return { kind: 'away', outcome: notFound('Instance', name, metadata.namespace) }
  const target = isTerminating(instance) ? undefined : targetOf(instance, cache)
  if (target === undefined) {
    return { kind: 'away', outcome: waiting('DependencyNotReady', `waiting for ${titleOf('Instance', name)} to have a private address`) }
  }
  const subnet = cache.of(subnetInformer).get(siblingKey(instance, instance.spec.subnetRef.name))
  return { kind: 'there', target, instanceID: idOf(idPrefixes.instance, instance.metadata.uid), title: titleOf('Instance', name), subnet }
}

/** One that is on its way out is no aim, as soon as nobody has it any more. An interface need be attached to nothing. */
const aimOfInterface = (name: string, namespace: string | undefined, cache: Cache): Aim => {
  const object = cache.of(networkInterfaceInformer).get(keyOf({ name, ...namespace === undefined ? {} : { namespace } }))
  if (object === undefined) return { kind: 'away', outcome: notFound('NetworkInterface', name, namespace) }
  const subnet = cache.of(subnetInformer).get(siblingKey(object, object.spec.subnetRef.name))
  const vpc = subnet === undefined ? undefined : cache.of(vpcInformer).get(siblingKey(object, subnet.spec.vpcRef.name))
  const machine = machineWith(object, cache)
  const privateIPAddress = networkOf(object, cache) === undefined ? undefined : addressOfInterface(object, cache)
  const isGoing = object.metadata.deletionTimestamp !== undefined && machine === undefined
  if (vpc === undefined || privateIPAddress === undefined || isGoing) {
    return { kind: 'away', outcome: waiting('DependencyNotReady', `waiting for ${titleOf('NetworkInterface', name)} to have a private address`) }
  }
  const target = { vpcID: idOf(idPrefixes.vpc, vpc.metadata.uid), privateIPAddress, uid: object.metadata.uid }
  const instanceID = holderID({ machine })
  return {
    kind: 'there', target, title: titleOf('NetworkInterface', name), subnet, networkInterfaceID: interfaceIDOf(object),
    ...instanceID === undefined ? {} : { instanceID },
  }
}

/** The place of an instance, once it has a private address. */
export const targetOf = (instance: StoredInstance, cache: Cache): Target | undefined => {
  const subnet = cache.of(subnetInformer).get(siblingKey(instance, instance.spec.subnetRef.name))
  const vpc = subnet === undefined ? undefined : cache.of(vpcInformer).get(siblingKey(instance, subnet.spec.vpcRef.name))
  if (subnet === undefined || vpc === undefined) return undefined
  const machine = madeFor(instance, cache.of(virtualMachineInformer).get(keyOf(instance.metadata)))
  const privateIPAddress = addressHeld(instance, machine, subnet)
  return privateIPAddress === undefined ? undefined : { vpcID: idOf(idPrefixes.vpc, vpc.metadata.uid), privateIPAddress, uid: instance.metadata.uid }
}
