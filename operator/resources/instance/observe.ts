import { idOf, idPrefixes } from '../../../crds/ids.ts'
import { keyOf } from '../../../crds/kubernetes.ts'
import type { Image } from '../../../crds/v1alpha1/image.ts'
import type { InstanceType } from '../../../crds/v1alpha1/instance-type.ts'
import type { KeyPair } from '../../../crds/v1alpha1/key-pair.ts'
import type { Subnet } from '../../../crds/v1alpha1/subnet.ts'
import type { Volume } from '../../../crds/v1alpha1/volume.ts'
import type { VPC } from '../../../crds/v1alpha1/vpc.ts'
import { hasDisks, instanceVerdict } from '../../../webhooks/verdicts/instance.ts'
import { byMachine, launcherPodInformer, virtualMachineInformer, virtualMachineInstanceInformer } from '../../providers/kubevirt/informers.ts'
import { type Power, powerOf } from '../../providers/kubevirt/power.ts'
import type { LauncherPod, VirtualMachine, VirtualMachineInstance } from '../../providers/kubevirt/resources.ts'
import { madeFor } from '../../providers/made.ts'
import type { Access, AccessQuestion } from '../../runtime/access.ts'
import type { Cache } from '../../runtime/store.ts'
import type { OperatorSettings, SecurityGroupDriver } from '../../settings.ts'
import { launchableImage, launchQuestion } from '../image/launch-permission.ts'
import { instanceTypeInformer } from '../instance-type/store.ts'
import { keyPairInformer } from '../key-pair/store.ts'
import { type Attachment, attachmentsOf } from '../network-interface/attachment.ts'
import { type AddressBook, createAddressBook } from '../public-ip-pool/address-book.ts'
import { driverOf } from '../security-group/driver.ts'
import { type GroupReference, groupReferences, lateGroupOf } from '../security-group/references.ts'
import { siblingKey } from '../stored.ts'
import { addressFor, addressHeld } from '../subnet/claims.ts'
import type { AddressChoice, AddressLedger } from '../subnet/ledger.ts'
import { type Reachability, wayOf } from '../subnet/internet.ts'
import { subnetInformer } from '../subnet/store.ts'
import { violationText, viewOf } from '../view.ts'
import { volumeInformer } from '../volume/store.ts'
import { nameServersOf } from '../vpc/resolver.ts'
import { vpcInformer } from '../vpc/store.ts'
import { type Attached, attachedTo } from './attachments.ts'
import { type InstanceVolume, isOnRecord, type Mapped, mapOf, volumesOf, withMap } from './block-devices.ts'
import { capturedBy } from './capture.ts'
import { endedBy, type EndedBy, type Ends } from './ends.ts'
import { networkOf, observePublicAddress, type PublicAddressFacts } from './public-address.ts'
import type { StoredInstance } from './store.ts'

export type InstanceFacts = {
  id: string
  type: InstanceType | undefined
  /** Undefined also where it is not shared with this namespace: nothing of it is told then. */
  image: Image | undefined
  /** What roles say of the image of another namespace that its own permissions don't share. */
  access: Access | undefined
  subnet: Subnet | undefined
  vpc: VPC | undefined
  /** What its guest is told of DNS. */
  nameServers: ReturnType<typeof nameServersOf>
  /** Empty while the VPC has not said which its default group is. */
  groups: readonly GroupReference[]
  /** By what its groups are enforced. */
  driver: SecurityGroupDriver
  /** With the driver `kubeOVN`: the first of its groups that ports can't be put into yet. */
  lateGroup: string | undefined
  keyPair: KeyPair | undefined
  /** Undefined while the subnet isn't there. */
  address: AddressChoice | undefined
  publicAddress: PublicAddressFacts
  /** The network interfaces that are to be attached to it, by their place. */
  interfaces: readonly Attachment[]
  /** Whether a public address can be reached in its subnet. */
  way: () => Reachability
  /** Its disks, each with its Volume if that is there and was made for it. */
  disks: readonly (InstanceVolume & { volume: Volume | undefined })[]
  /** Whether its status says which of them are of the image. */
  disksOnRecord: boolean
  /** What VolumeAttachments have for it. */
  attached: readonly Attached[]
  /** What is wrong with the spec beside other objects, in words with the way out. */
  violations: readonly string[]
  /** The image that it is held stopped for. */
  capture: Image | undefined
  machine: VirtualMachine | undefined
  run: VirtualMachineInstance | undefined
  /** Of the run, or of the last one if that has just gone. */
  launchers: readonly LauncherPod[]
  power: Power
  /** Who ended the last run, where it has ended. */
  endedBy: EndedBy
}

type Settings = Partial<Pick<OperatorSettings, 'defaultVolumeType' | 'securityGroupDriver' | 'resolver'>>

export const observeInstance = (
  ledger: AddressLedger, settings: Settings = {}, ends: Ends = new Map(), book: AddressBook = createAddressBook(),
) => (instance: StoredInstance, cache: Cache, now = 0, access?: Access): InstanceFacts => {
  const { metadata, spec } = instance
  const key = keyOf(metadata)
  const subnet = cache.of(subnetInformer).get(siblingKey(instance, spec.subnetRef.name))
  const vpc = subnet === undefined ? undefined : cache.of(vpcInformer).get(siblingKey(instance, subnet.spec.vpcRef.name))
  const machine = madeFor(instance, cache.of(virtualMachineInformer).get(key))
  const run = madeFor(instance, cache.of(virtualMachineInstanceInformer).get(key))
  const address = subnet === undefined ? undefined
    : addressFor(instance, { subnet, held: addressHeld(instance, machine, subnet) }, cache, ledger)
  const image = launchableImage(launchOf(instance), cache, access)
  const publicAddress = observePublicAddress(instance, { target: placeOf(instance, vpc, address), book }, cache)
  const end = ends.get(key)
  const launchers = launchersOf(run?.metadata.uid ?? end?.run, instance, cache)
  return {
    id: idOf(idPrefixes.instance, metadata.uid),
    type: cache.of(instanceTypeInformer).get(spec.instanceType),
    image,
    access,
    subnet,
    vpc,
    nameServers: nameServersOf(vpc, settings),
    ...memberOf(instance, vpc, settings, cache),
    keyPair: spec.keyPairRef === undefined ? undefined : cache.of(keyPairInformer).get(siblingKey(instance, spec.keyPairRef.name)),
    address,
    way: () => wayOf(subnet, networkOf(publicAddress, cache), cache),
    publicAddress,
    interfaces: attachmentsOf(instance, settings, cache),
    ...disksOf(instance, { image, machine }, cache),
    attached: attachedTo(instance, cache),
    violations: instanceVerdict(withAddress(instance, address), undefined, viewOf(cache, settings, access)).map(violationText),
    capture: capturedBy(instance, cache, now),
    machine,
    run,
    launchers,
    power: powerOf(machine, run),
    endedBy: endedBy(end, launchers),
  }
}

/** Of one that has been launched nothing is asked any more: what runs goes on. */
export const questionOfInstance = (instance: StoredInstance, cache: Cache): AccessQuestion | undefined =>
  hasDisks(instance) ? undefined : launchQuestion(launchOf(instance), cache)

export const launchOf = ({ metadata: { namespace = '' }, spec: { imageRef } }: StoredInstance) => ({ namespace, ref: imageRef })

/** Until the first is made they are as the image says now; from then on as is on record. */
const disksOf = (
  instance: StoredInstance, { image, machine }: Pick<InstanceFacts, 'image' | 'machine'>, cache: Cache,
): Pick<InstanceFacts, 'disks' | 'disksOnRecord'> => {
  const volumes = cache.of(volumeInformer)
  const found = (launched: StoredInstance) =>
    volumesOf(launched).map(disk => ({ ...disk, volume: madeFor(instance, volumes.get(siblingKey(instance, disk.name))) }))
  const isForgotten = instance.status?.blockDevices === undefined && machine !== undefined
  const disks = found(isForgotten ? withMap(instance, mountedBy(machine, instance, cache)) : instance)
  const isBegun = machine !== undefined || disks.some(({ volume }) => volume !== undefined) ||
    instance.status?.blockDevices?.some(({ attachTime }) => attachTime !== undefined) === true
  if (isBegun || image?.status?.state !== 'available') return { disks, disksOnRecord: true }
  const map = mapOf(instance, image)
  return isOnRecord(instance, map) ? { disks, disksOnRecord: true } : { disks: found(withMap(instance, map)), disksOnRecord: false }
}

/** Where the status was lost, as after a restore, the machine tells its disks too. When they are to go nobody knows then: they stay. */
const mountedBy = ({ spec: { claims } }: VirtualMachine, instance: StoredInstance, cache: Cache): Mapped[] => claims.flatMap(name => {
  const volume = madeFor(instance, cache.of(volumeInformer).get(siblingKey(instance, name)))
  const deviceName = volume?.spec.imageRef?.deviceName
  return deviceName === undefined ? [] : [{ deviceName, deleteOnTermination: false }]
})

const memberOf = (
  instance: StoredInstance, vpc: VPC | undefined, settings: Settings, cache: Cache,
): Pick<InstanceFacts, 'groups' | 'driver' | 'lateGroup'> => {
  const groups = groupReferences(instance, vpc, cache)
  const driver = driverOf(vpc, settings.securityGroupDriver ?? 'networkPolicy', cache)
  return { groups, driver, lateGroup: driver === 'kubeOVN' ? lateGroupOf(groups, cache) : undefined }
}

const placeOf = ({ metadata }: StoredInstance, vpc: VPC | undefined, address: AddressChoice | undefined): PublicAddressFacts['target'] =>
  vpc === undefined || address?.kind !== 'chosen' ? undefined
    : { vpcID: idOf(idPrefixes.vpc, vpc.metadata.uid), privateIPAddress: address.address, uid: metadata.uid }

const launchersOf = (run: string | undefined, { metadata }: StoredInstance, cache: Cache): readonly LauncherPod[] =>
  run === undefined ? [] : cache.of(launcherPodInformer).by(byMachine, run).filter(pod => pod.metadata.namespace === metadata.namespace)

/** Who gets an address is the ledger's to say: were the verdict to judge it by age as well, the two could each refuse another one of a pair. */
const withAddress = (instance: StoredInstance, address: AddressChoice | undefined): StoredInstance => address?.kind !== 'chosen' ? instance
  : { ...instance, status: { observedGeneration: -1, ...instance.status, privateIPAddress: address.address } }
