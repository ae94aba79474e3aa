import { idOf, idPrefixes, macOf } from '../../../crds/ids.ts'
import type { Condition } from '../../../crds/kubernetes.ts'
import type { InstanceStatus } from '../../../crds/v1alpha1/instance.ts'
import { ephemeralName } from '../../providers/kubevirt/ephemeral-disks.ts'
import { instanceTypeOf } from '../../providers/kubevirt/instancetype.ts'
import { conditionOf } from '../../providers/kubevirt/power.ts'
import { condition, conditionsOf, timestamp } from '../../runtime/conditions.ts'
import type { StatusInput } from '../../runtime/kind.ts'
import { actualState } from './actual-state.ts'
import { startRequestedAt, userDataApplied } from './annotations.ts'
import { attachedDevices } from './attachments.ts'
import { resolvedGroups } from './groups.ts'
import { networkInterfacesOf } from './interface-status.ts'
import { hostNameOf } from './machine.ts'
import type { InstanceFacts } from './observe.ts'
import { isOff, stopper } from './power.ts'
import { publiclyReachable } from '../subnet/internet.ts'
import { publicAddressNow, publicAddressObstacle } from './public-address.ts'
import { rebootRequest } from './reboot.ts'
import { type InstanceState, nextState } from './state.ts'
import { stateReasonOf } from './state-reason.ts'
import type { StoredInstance } from './store.ts'
import { domainOf } from '../vpc/resolver.ts'

type Input = StatusInput<StoredInstance, InstanceFacts>

/** Pure; the same while nothing of note happens: a launch that goes well writes it twice. */
export const instanceStatus = (input: Input): InstanceStatus => {
  const { object, facts, outcome, now } = input
  const generation = object.metadata.generation ?? 0
  const state = nextState(object.status?.state, actualState(object, facts))
  return {
    observedGeneration: generation,
    conditions: [
      ...conditionsOf({ previous: object.status?.conditions, generation, outcome, now, ...readyWords(input, state) }),
      ...reachabilityOf(input, generation),
    ],
    instanceID: facts.id,
    state,
    ...stateReasonOf(input, state),
    ...timesOf(input, state),
    ...placeOf(input, state),
    ...networkOf(input),
    networkInterfaces: networkInterfacesOf(input, state),
    instanceType: instanceTypeOf(facts.machine?.spec.instancetype) ?? object.spec.instanceType,
    blockDevices: blockDevicesOf(input, state),
    ...instanceStoreOf(input, state),
    statusChecks: statusChecksOf(facts, state),
    ...pendingChangesOf(input),
    ...rebootOf(input),
  }
}

/** Only of an instance that has a public address, or is to have one. */
const reachabilityOf = ({ object, facts, now }: Input, generation: number): Condition[] => {
  const obstacle = publicAddressObstacle(facts)
  if (obstacle === undefined && publicAddressNow(facts.publicAddress) === undefined) return []
  const { status, reason, message } = obstacle === undefined ? facts.way() : { status: 'False' as const, ...obstacle }
  return [condition({ previous: object.status?.conditions, generation, now }, publiclyReachable, status, reason, message)]
}

const readyWords = ({ object, facts }: Input, state: InstanceState) => state !== 'stopped' ? { readyReason: 'Running' } : {
  readyReason: 'Stopped',
  ...stopper(object, facts.machine) !== undefined
    ? { readyMessage: `${stopper(object, facts.machine) === 'guest' ? 'the guest has shut itself down' : 'the power was cut'}: to start it, annotate with ${startRequestedAt}=<any new value>, or set state to Stopped and then Running` } : {},
}

/** EC2's launchTime is that of the last start. */
const timesOf = ({ object: { status }, now }: Input, state: InstanceState) => {
  const changed = state !== status?.state
  const launchTime = changed && state === 'pending' ? timestamp(now) : status?.launchTime
  return {
    stateTransitionTime: changed ? timestamp(now) : status.stateTransitionTime ?? timestamp(now),
    ...launchTime === undefined ? {} : { launchTime },
  }
}

const placeOf = ({ object: { status }, facts: { subnet, vpc, image, run } }: Input, state: InstanceState): Partial<InstanceStatus> => {
  const imageID = status?.imageID ?? (image === undefined ? undefined : idOf(idPrefixes.image, image.metadata.uid))
  // Not before it runs: a launch that goes well would otherwise cost a write more.
  const host = state === 'running' || state === 'stopping' ? run?.status.nodeName : undefined
  return {
    ...subnet === undefined ? {} : { availabilityZone: subnet.spec.availabilityZone, subnetID: idOf(idPrefixes.subnet, subnet.metadata.uid) },
    ...vpc === undefined ? {} : { vpcID: idOf(idPrefixes.vpc, vpc.metadata.uid) },
    ...host === undefined ? {} : { host },
    ...imageID === undefined ? {} : { imageID },
  }
}

const networkOf = ({ object, facts }: Input): Partial<InstanceStatus> => {
  const groups = resolvedGroups(facts)?.map(({ metadata }) => ({ groupID: idOf(idPrefixes.securityGroup, metadata.uid), groupName: metadata.name }))
    ?? object.status?.securityGroups
  const publicIPAddress = publicAddressNow(facts.publicAddress)
  return {
    ...facts.address?.kind !== 'chosen' ? {} : {
      privateIPAddress: facts.address.address,
      ...publicIPAddress === undefined ? {} : { publicIPAddress },
      ...privateDNSNameOf(facts.address.address, facts.vpc),
    },
    macAddress: macOf(object.metadata.uid),
    ...groups === undefined ? {} : { securityGroups: groups },
  }
}

/** Of a VPC that has DNS; in its own domain, since names of instances in two VPCs may be the same. */
const privateDNSNameOf = (address: string, vpc: InstanceFacts['vpc']): Pick<InstanceStatus, 'privateDNSName'> =>
  vpc === undefined || vpc.spec.enableDNSSupport === false ? {} : { privateDNSName: `${hostNameOf(address)}.${domainOf(vpc)}` }

const blockDevicesOf = (input: Input, state: InstanceState): NonNullable<InstanceStatus['blockDevices']> =>
  [...launchedWith(input, state), ...attachedDevices(input.facts)]

const launchedWith = ({ object, facts, now }: Input, state: InstanceState): NonNullable<InstanceStatus['blockDevices']> =>
  facts.disks.map(({ deviceName, name, volume, deleteOnTermination, fromImage }) => {
    const before = object.status?.blockDevices?.find(device => device.deviceName === deviceName)
    const attachTime = before?.attachTime ?? (state === 'running' ? timestamp(now) : undefined)
    return {
      deviceName,
      volumeName: name,
      ...volume === undefined ? {} : { volumeID: idOf(idPrefixes.volume, volume.metadata.uid) },
      state: facts.machine === undefined && attachTime !== undefined ? 'detached' : attachTime === undefined ? 'attaching' : 'attached',
      ...attachTime === undefined ? {} : { attachTime },
      deleteOnTermination,
      ...fromImage ? { fromImage } : {},
    }
  })

/**
 * What a run has of its host, by the type that it runs as: that can't change while it lasts. Nothing of one that is stopped: it is lost.
 */
const instanceStoreOf = ({ object, facts: { machine, type } }: Input, state: InstanceState): Pick<InstanceStatus, 'instanceStore'> => {
  if (state !== 'pending' && state !== 'running' && state !== 'stopping') return {}
  const runsAs = instanceTypeOf(machine?.spec.instancetype) ?? object.spec.instanceType
  const disks = type?.metadata.name === runsAs
    ? (type.spec.instanceStore ?? []).map((disk, index) => ({ virtualName: ephemeralName(index), ...disk })) : object.status?.instanceStore ?? []
  return disks.length === 0 ? {} : { instanceStore: disks }
}

const statusChecksOf = ({ run, power }: InstanceFacts, state: InstanceState): NonNullable<InstanceStatus['statusChecks']> => {
  if (state === 'pending') return { system: 'initializing', instance: 'initializing' }
  if (state !== 'running' || run === undefined) return { system: 'insufficient-data', instance: 'insufficient-data' }
  const isPaused = conditionOf(run.status.conditions, 'Paused')?.status === 'True'
  return {
    // KubeVirt says Unknown when a host has not been heard of.
    system: run.status.phase === 'Unknown' ? 'impaired' : 'ok',
    instance: power !== 'running' || isPaused ? 'impaired' : run.status.phase === 'Unknown' ? 'insufficient-data' : 'ok',
  }
}

/** What the spec says and the machine doesn't have yet. Of user data only that it differs: it is a secret as far as status is concerned. */
const pendingChangesOf = ({ object, facts }: Input): Pick<InstanceStatus, 'pendingChanges'> => {
  const { machine } = facts
  if (machine === undefined || isOff(facts)) return {}
  const current = instanceTypeOf(machine.spec.instancetype)
  const changes: NonNullable<InstanceStatus['pendingChanges']> = [
    ...current === undefined || current === object.spec.instanceType ? []
      : [{ path: 'spec.instanceType', current, desired: object.spec.instanceType, takesEffect: 'StopStart' as const }],
    ...machine.metadata.annotations?.[userDataApplied] === object.userData ? []
      : [{ path: 'spec.userData', current: '(as at the last start)', desired: '(changed)', takesEffect: 'StopStart' as const }],
  ]
  return changes.length === 0 ? {} : { pendingChanges: changes }
}

/** The step stands for the request only if it ran: one that waits for the instance to stop failing is not handled. */
const rebootOf = ({ object, outcomes }: Input): Pick<InstanceStatus, 'lastHandledRebootRequest'> => {
  const handled = (outcomes.reboot?.kind === 'ready' ? rebootRequest(object) : undefined) ?? object.status?.lastHandledRebootRequest
  return handled === undefined ? {} : { lastHandledRebootRequest: handled }
}
