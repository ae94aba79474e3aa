import { idOf, idPrefixes } from '../../../crds/ids.ts'
import { keyOf } from '../../../crds/kubernetes.ts'
import type { NetworkInterface } from '../../../crds/v1alpha1/network-interface.ts'
import type { SecurityGroup } from '../../../crds/v1alpha1/security-group.ts'
import type { Subnet } from '../../../crds/v1alpha1/subnet.ts'
import type { VPC } from '../../../crds/v1alpha1/vpc.ts'
import { networkInterfaceVerdict } from '../../../webhooks/verdicts/network-interface.ts'
import { byInterface, virtualMachineInformer } from '../../providers/kubevirt/informers.ts'
import type { MachineInterface } from '../../providers/kubevirt/interfaces.ts'
import type { VirtualMachine } from '../../providers/kubevirt/resources.ts'
import { blocked, type Outcome, waiting } from '../../runtime/outcome.ts'
import type { Cache } from '../../runtime/store.ts'
import type { OperatorSettings, SecurityGroupDriver } from '../../settings.ts'
import { isTerminating } from '../instance/actual-state.ts'
import { instanceInformer, type StoredInstance } from '../instance/store.ts'
import { driverOf } from '../security-group/driver.ts'
import { groupReferences, lateGroupOf, resolvedIn } from '../security-group/references.ts'
import { siblingKey } from '../stored.ts'
import { subnetInformer } from '../subnet/store.ts'
import { violationText, viewOf } from '../view.ts'
import { vpcInformer } from '../vpc/store.ts'
import { notFound, notReady, titleOf } from '../waiting-for.ts'
import { addressOfInterface, interfaceIDOf, machineInterface, networkOf } from './port.ts'
import { networkInterfaceInformer } from './store.ts'

type Settings = Partial<Pick<OperatorSettings, 'securityGroupDriver'>>

/** An interface that is to be attached to an instance: what it is to the machine, or why it is not to be in it. */
export type Attachment = {
  /** ID of the interface, by which the machine knows it. */
  id: string
  object: NetworkInterface
} & ({ port: MachineInterface } | { obstacle: Obstacle })

/** `isClosing` where the interface must not stay in a machine that has it either. */
export type Obstacle = { outcome: Outcome; isClosing: boolean }

/** All that name an instance, by their place. */
export const attachmentsOf = (instance: StoredInstance, settings: Settings, cache: Cache): readonly Attachment[] =>
  cache.of(networkInterfaceInformer).by('instance', keyOf(instance.metadata))
    .toSorted((a, b) => placeOf(a) - placeOf(b) || (a.metadata.uid < b.metadata.uid ? -1 : 1))
    .map(object => ({ id: interfaceIDOf(object), object, ...portOrObstacle(object, instance, settings, cache) }))

/** Why an interface is not, or is not to be, where its spec says; undefined where nothing keeps it from it. */
export const obstacleOf = (object: NetworkInterface, settings: Settings, cache: Cache): Obstacle | undefined => {
  const { attachment } = object.spec
  if (attachment === undefined) return undefined
  const { name } = attachment.instanceRef
  const instance = cache.of(instanceInformer).get(siblingKey(object, name))
  if (instance === undefined) return open(notFound('Instance', name, object.metadata.namespace))
  const found = portOrObstacle(object, instance, settings, cache)
  return 'obstacle' in found ? found.obstacle : undefined
}

/** The machine that has the interface: to be unplugged from, perhaps. Asked by the network that is the interface's alone. */
export const machineWith = (object: NetworkInterface, cache: Cache): VirtualMachine | undefined =>
  cache.of(virtualMachineInformer).by(byInterface, keyOf({ namespace: object.metadata.namespace ?? '', name: interfaceIDOf(object) }))[0]

const placeOf = ({ spec }: NetworkInterface): number => spec.attachment?.deviceIndex ?? 0

const open = (outcome: Outcome): { outcome: Outcome; isClosing: boolean } => ({ outcome, isClosing: false })

const portOrObstacle = (
  object: NetworkInterface, instance: StoredInstance, settings: Settings, cache: Cache,
): { port: MachineInterface } | { obstacle: Obstacle } => {
  const subnet = cache.of(subnetInformer).get(siblingKey(object, object.spec.subnetRef.name))
  const vpc = subnet === undefined ? undefined : cache.of(vpcInformer).get(siblingKey(object, subnet.spec.vpcRef.name))
  if (subnet === undefined || vpc === undefined) return { obstacle: open(notFound('Subnet', object.spec.subnetRef.name, object.metadata.namespace)) }
  const driver = driverOf(vpc, settings.securityGroupDriver ?? 'networkPolicy', cache)
  const outcome = unfit(object, instance, cache)
  if (outcome !== undefined) return { obstacle: open(outcome) }
  const groups = groupsOrObstacle(object, instance, { subnet, vpc, driver }, cache)
  if (!Array.isArray(groups)) return { obstacle: groups }
  const vpcID = idOf(idPrefixes.vpc, vpc.metadata.uid)
  const groupIDs = driver === 'kubeOVN' ? [vpcID, ...idsOf(groups)] : undefined
  return { port: machineInterface({ object, subnet, address: addressOfInterface(object, cache) ?? '', groupIDs }) }
}

/** Whether it can be plugged in at all: it has an address, and there is an instance that it fits. */
const unfit = (object: NetworkInterface, instance: StoredInstance, cache: Cache): Outcome | undefined => {
  const title = titleOf('NetworkInterface', object.metadata.name)
  const hasAddress = networkOf(object, cache) !== undefined && addressOfInterface(object, cache) !== undefined
  if (!hasAddress) return waiting('DependencyNotReady', `waiting for ${title} to have an address`)
  const isIn = machineWith(object, cache)?.metadata.name === instance.metadata.name
  if (object.metadata.deletionTimestamp !== undefined && !isIn) return waiting('DependencyNotReady', `${title} is being deleted`)
  if (isTerminating(instance)) return notReady(instance, 'Instance')
  const violations = isIn ? [] : networkInterfaceVerdict(withAddress(object, cache), undefined, viewOf(cache)).map(violationText)
  return violations.length === 0 ? undefined : blocked('InvalidSpec', violations.join('; ').slice(0, 4000))
}

/** Who gets an address is the ledger's to say, not the verdict's. */
export const withAddress = (object: NetworkInterface, cache: Cache): NetworkInterface => {
  const privateIPAddress = addressOfInterface(object, cache)
  return privateIPAddress === undefined ? object : { ...object, status: { observedGeneration: -1, ...object.status, privateIPAddress } }
}

type Place = { subnet: Subnet; vpc: VPC; driver: SecurityGroupDriver }

/**
 * Policies select pods, so that all ports of a pod are under the same ones: an interface of other groups than its instance can't be said with them,
 * and is not plugged in. With Kube-OVN's groups each port has its own.
 */
const groupsOrObstacle = (object: NetworkInterface, instance: StoredInstance, { vpc, driver }: Place, cache: Cache): SecurityGroup[] | Obstacle => {
  const references = groupReferences(object, vpc, cache)
  const missing = references.find(({ group }) => group === undefined)
  if (missing !== undefined) return open(notFound('SecurityGroup', missing.name, object.metadata.namespace))
  const groups = resolvedIn(vpc.metadata.name, references)
  if (groups === undefined) return open(notReady(vpc, 'VPC'))
  if (driver === 'kubeOVN') {
    const late = lateGroupOf(references, cache)
    return late === undefined ? groups : open(waiting('DependencyNotReady', `waiting for Kube-OVN to make the port group of ${titleOf('SecurityGroup', late)}`))
  }
  const its = resolvedIn(vpc.metadata.name, groupReferences(instance, vpc, cache))
  if (its === undefined) return open(notReady(instance, 'Instance'))
  if (idsOf(its).join() === idsOf(groups).join()) return groups
  return { isClosing: true, outcome: blocked('GroupsNotSupported',
    `groups are enforced by NetworkPolicies here, which know no interfaces: with other groups than ${titleOf('Instance', instance.metadata.name)} it is not plugged in; ` +
    `set securityGroupRefs of both to the same (${its.map(({ metadata }) => metadata.name).join(', ')})`) }
}

const idsOf = (groups: readonly SecurityGroup[]): string[] => groups.map(({ metadata }) => idOf(idPrefixes.securityGroup, metadata.uid)).sort()
