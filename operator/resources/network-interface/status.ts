import { idOf, idPrefixes, macOf } from '../../../crds/ids.ts'
import type { NetworkInterface, NetworkInterfaceStatus } from '../../../crds/v1alpha1/network-interface.ts'
import { addressOfName, isTranslating } from '../../providers/kube-ovn/public-address.ts'
import { ownerUIDOf } from '../../providers/made.ts'
import { condition, conditionsOf, timestamp } from '../../runtime/conditions.ts'
import type { StatusInput } from '../../runtime/kind.ts'
import { resolvedIn } from '../security-group/references.ts'
import type { NetworkInterfaceFacts } from './observe.ts'
import { holderID, type Progress, progressOf } from './progress.ts'

type Input = StatusInput<NetworkInterface, NetworkInterfaceFacts>

/** Pure. What it is, is read from what was made of it and from the machine that has it, not from the outcome. */
export const networkInterfaceStatus = (input: Input): NetworkInterfaceStatus => {
  const { object, facts, outcome, now } = input
  const generation = object.metadata.generation ?? 0
  const about = { previous: object.status?.conditions, generation, now }
  const progress = progressOf(object, facts)
  const state = stateOf(facts, progress, object)
  return {
    observedGeneration: generation,
    conditions: [...conditionsOf({ ...about, outcome, readyReason: state === 'in-use' ? 'InUse' : 'Available' }), ...enforcement(input, about)],
    networkInterfaceID: facts.id,
    state,
    ...placeOf(facts),
    ...addressesOf(input),
    macAddress: macOf(object.metadata.uid),
    ...groupsOf(input),
    ...attachmentOf(input, progress),
  }
}

const stateOf = ({ network, obstacle }: NetworkInterfaceFacts, progress: Progress, { spec }: NetworkInterface): NonNullable<NetworkInterfaceStatus['state']> => {
  if (network === undefined) return 'pending'
  switch (progress) {
    case 'none': return spec.attachment === undefined || obstacle !== undefined ? 'available' : 'attaching'
    case 'attached': return 'in-use'
    default: return progress
  }
}

const placeOf = ({ subnet, vpc }: NetworkInterfaceFacts): Partial<NetworkInterfaceStatus> => ({
  ...vpc === undefined ? {} : { vpcID: idOf(idPrefixes.vpc, vpc.metadata.uid) },
  ...subnet === undefined ? {} : { subnetID: idOf(idPrefixes.subnet, subnet.metadata.uid), availabilityZone: subnet.spec.availabilityZone },
})

/** An address once told stays told. */
const addressesOf = ({ object, facts: { network, leading } }: Input): Partial<NetworkInterfaceStatus> => {
  const privateIPAddress = network?.privateIPAddress ?? object.status?.privateIPAddress
  const [fip] = leading.filter(isTranslating)
  return {
    ...privateIPAddress === undefined ? {} : { privateIPAddress },
    ...fip === undefined ? {} : { publicIPAddress: addressOfName(fip.metadata.name) },
  }
}

const groupsOf = ({ object, facts: { groups, subnet } }: Input): Pick<NetworkInterfaceStatus, 'securityGroups'> => {
  const securityGroups = resolvedIn(subnet?.spec.vpcRef.name, groups)
    ?.map(({ metadata }) => ({ groupID: idOf(idPrefixes.securityGroup, metadata.uid), groupName: metadata.name })) ?? object.status?.securityGroups
  return securityGroups === undefined ? {} : { securityGroups }
}

/** Only of one that is to be attached: whether its own groups are what guards it. What can't be put in force is closed. */
const enforcement = ({ object, facts: { obstacle } }: Input, about: Parameters<typeof condition>[0]) => {
  if (object.spec.attachment === undefined) return []
  if (obstacle?.isClosing !== true) return [condition(about, 'Enforced', 'True', 'Enforced', 'its own security groups are in force wherever it is plugged in')]
  const message = obstacle.outcome.kind === 'ready' ? '' : obstacle.outcome.message
  return [condition(about, 'Enforced', 'False', 'GroupsNotSupported', `it is closed: ${message}`)]
}

const attachmentOf = ({ object: { metadata, spec, status }, facts, now }: Input, progress: Progress): Pick<NetworkInterfaceStatus, 'attachment'> => {
  const { machine } = facts
  const instanceID = holderID(facts)
  if (progress === 'none' || machine === undefined || instanceID === undefined) return goneOf(status, spec, facts)
  const attachmentID = idOf(idPrefixes.networkInterfaceAttachment, `${metadata.uid}/${ownerUIDOf(machine)}`)
  const before = status?.attachment?.attachmentID === attachmentID ? status.attachment : undefined
  const attachTime = before?.attachTime ?? (progress === 'attached' ? timestamp(now) : undefined)
  const wanted = spec.attachment?.instanceRef.name === machine.metadata.name ? spec.attachment.deviceIndex : undefined
  return {
    attachment: {
      attachmentID, instanceName: machine.metadata.name, instanceID, deviceIndex: wanted ?? before?.deviceIndex ?? 1, state: progress,
      ...attachTime === undefined ? {} : { attachTime },
    },
  }
}

/** One that is to go with its instance keeps in mind which that was, until it is gone itself or the instance has it again. */
const goneOf = (
  status: NetworkInterfaceStatus | undefined, { attachment }: NetworkInterface['spec'], { instance }: NetworkInterfaceFacts,
): Pick<NetworkInterfaceStatus, 'attachment'> => {
  const before = status?.attachment
  if (before === undefined || attachment?.deleteOnTermination !== true || before.instanceName !== attachment.instanceRef.name) return {}
  const isHere = instance !== undefined && idOf(idPrefixes.instance, instance.metadata.uid) === before.instanceID
  return isHere && instance.metadata.deletionTimestamp === undefined ? {} : { attachment: { ...before, state: 'detached' } }
}
