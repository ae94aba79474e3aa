import { idOf, idPrefixes, macOf } from '../../../crds/ids.ts'
import { networkNameOf } from '../../providers/kube-ovn/network-attachment.ts'
import { podNetworkAnnotations } from '../../providers/kube-ovn/pod-annotations.ts'
import { firmwareUUID } from '../../providers/kubevirt/firmware.ts'
import { instancetypeName } from '../../providers/kubevirt/instancetype.ts'
import { canStart, unschedulable } from '../../providers/kubevirt/power.ts'
import { buildVirtualMachine, type MachineDisk, type MachineNetwork } from '../../providers/kubevirt/virtual-machine.ts'
import type { StepContext } from '../../runtime/kind.ts'
import { type Outcome, ready, waiting } from '../../runtime/outcome.ts'
import { ownerLabels } from '../../runtime/ownership.ts'
import { attachmentOf } from '../subnet/network.ts'
import { unmadeWhy } from '../volume/shortage.ts'
import { titleOf } from '../waiting-for.ts'
import { publicAddressGiven, userDataApplied } from './annotations.ts'
import { type Membership, membershipOf } from './groups.ts'
import { wantedPorts } from './interfaces.ts'
import type { InstanceFacts } from './observe.ts'
import { forgetStop, isOff, wantsToRun } from './power.ts'
import { givesAddress } from './public-address.ts'
import type { StoredInstance } from './store.ts'
import { publicKeySecretName, userDataSecretName } from './user-data.ts'
import { launching } from './volumes.ts'

type Context = StepContext<StoredInstance, InstanceFacts>

/**
 * Written whole while it is off and never while it runs: a machine that runs would take a new CPU count by migrating itself, and a newer operator's
 * idea of a template would put every machine of the cloud into RestartRequired. What changes live has a step of its own.
 */
export const ensureMachine = async (context: Context): Promise<Outcome> => {
  const { object, facts, apply, event } = context
  if (!isOff(facts)) return ready
  if (facts.machine !== undefined && wantsToRun(object, facts.machine) && !canStart(facts.machine)) return launching(facts.id)
  await forgetStop(context)
  const desired = buildMachine(object, facts)
  const starts = desired.spec.runStrategy === 'RerunOnFailure'
  // The disks that others plug in and out are carried over: as they are, or not at all.
  await apply(desired, { owned: true, ...facts.machine?.spec.hotDisks === undefined ? {} : { version: facts.machine.metadata.resourceVersion } })
  if (starts) event('Normal', facts.machine === undefined ? 'Launching' : 'Starting', `${facts.machine === undefined ? 'launching' : 'starting'} ${facts.id}`)
  return starts ? launching(facts.id) : ready
}

/** Pure. Every fact that it needs is there once the steps before it are ready. */
export const buildMachine = (object: StoredInstance, facts: InstanceFacts) => {
  const { id, subnet, disks, type } = facts
  const membership = membershipOf(facts)
  if (subnet === undefined || membership === undefined || type === undefined || facts.address?.kind !== 'chosen') {
    throw new Error('a step before this one lets no such instance through')
  }
  const uuid = firmwareUUID(object.metadata.uid)
  return buildVirtualMachine({
    name: object.metadata.name,
    namespace: object.metadata.namespace ?? '',
    annotations: {
      [userDataApplied]: object.userData, ...givesAddress(object, facts.machine, subnet) ? { [publicAddressGiven]: 'true' } : {},
    },
    templateLabels: { ...ownerLabels(object), ...membership.labels },
    runStrategy: wantsToRun(object, facts.machine) ? 'RerunOnFailure' : 'Halted',
    instancetype: instancetypeName(object.spec.instanceType),
    architecture: type.spec.architecture === 'arm64' ? 'arm64' : 'amd64',
    firmware: { uuid, serial: uuid },
    hostname: hostNameOf(facts.address.address),
    disks: disks.map(machineDisk),
    ephemeralDisks: (type.spec.instanceStore ?? []).map(({ size }) => size),
    ...facts.machine?.spec.hotDisks === undefined ? {} : { hotDisks: facts.machine.spec.hotDisks },
    network: networkOf(object, facts, facts.address.address, membership),
    interfaces: wantedPorts(facts),
    availabilityZone: subnet.spec.availabilityZone,
    dns: facts.nameServers,
    ...object.userData === '' ? {} : { userDataSecret: userDataSecretName(id) },
    ...object.spec.keyPairRef === undefined ? {} : { publicKeySecret: publicKeySecretName(id) },
  })
}

/** What the machine itself has come to, once all of it is written. */
export const awaitMachine = ({ object, facts }: Context): Outcome => {
  const { power, run, launchers, machine, id } = facts
  const noRoom = unschedulable(run, launchers)
  if (!wantsToRun(object, machine)) {
    // One that is made stopped has never run.
    return power === 'stopped' ? ready : object.status?.state === 'stopped' ? launching(id) : waiting('Stopping', `${id} is being stopped`)
  }
  if (power === 'running') return ready
  const unmade = facts.disks.flatMap(({ name, volume }) => {
    const why = volume === undefined ? undefined : unmadeWhy(volume)
    return why === undefined ? [] : [`${titleOf('Volume', name)}: ${why}`]
  })
  // Its launcher waits for the claims, which looks as if no host had room.
  if (unmade.length > 0) return waiting('DependencyNotReady', unmade.join('; ').slice(0, 4000))
  return noRoom === undefined ? launching(id)
    : waiting('InsufficientInstanceCapacity', `no host of ${facts.subnet?.spec.availabilityZone} has room for ${object.spec.instanceType}: ${noRoom.slice(0, 700)}`)
}

/** EC2's host name of an address: `ip-10-0-1-5`. */
export const hostNameOf = (address: string): string => `ip-${address.replaceAll('.', '-')}`

/** The serial by which the guest can tell its volumes, as EC2 shows it: the ID without its hyphen, which is just what virtio can hold. */
const machineDisk = ({ disk, name, volume }: InstanceFacts['disks'][number]): MachineDisk =>
  ({ name: disk, claim: name, serial: idOf(idPrefixes.volume, volume?.metadata.uid ?? '').replace('-', '') })

const networkOf = (object: StoredInstance, { subnet }: InstanceFacts, ipAddress: string, { annotations }: Membership): MachineNetwork => {
  if (subnet === undefined) throw new Error('a step before this one lets no instance without a subnet through')
  const attachment = attachmentOf(subnet)
  const macAddress = macOf(object.metadata.uid)
  return {
    networkName: networkNameOf(attachment),
    macAddress,
    annotations: {
      ...podNetworkAnnotations({
        attachment, logicalSwitch: idOf(idPrefixes.subnet, subnet.metadata.uid), ipAddress, macAddress, portSecurity: object.spec.sourceDestCheck,
      }),
      ...annotations,
    },
  }
}
