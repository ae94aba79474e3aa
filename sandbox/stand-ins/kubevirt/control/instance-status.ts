import type { Pod } from '../../kubelet/types.ts'
import type { Claim } from '../../csi/types.ts'
import type { DataVolume } from '../../cdi/types.ts'
import { filesystemOverhead } from '../../cluster.ts'
import { withCondition, withoutCondition } from '../conditions.ts'
import { claimNameOf, transitions } from '../instances.ts'
import { isProvisioningPod, podInterfaces } from '../launchers.ts'
import { attachStatuses } from './hotplug.ts'
import type { KubeVirtCondition, Phase, VirtualMachineInstance, VolumeStatus } from '../types.ts'

export type InstanceFacts = {
  vmi: VirtualMachineInstance
  /** The launcher pod, or the temporary one that makes claims bind. */
  pod: Pod | undefined
  claims: readonly Claim[]
  /** Pods that attach volumes to the launcher's node. */
  attachmentPods: readonly Pod[]
  /** DataVolumes that fill its claims. */
  dataVolumes: readonly DataVolume[]
  /** A DataVolume of the instance is in the phase Failed. */
  failedDataVolume: boolean
  /** A DataVolume waits for its first consumer. */
  waitsForConsumer: boolean
  syncError: { reason: string; message: string } | undefined
  now: string
}

type Status = NonNullable<VirtualMachineInstance['status']>

const isPodReady = (pod: Pod): boolean =>
  pod.metadata.deletionTimestamp === undefined && pod.status?.phase === 'Running' && (pod.status.containerStatuses ?? []).every(({ ready }) => ready)
const isPodDown = (pod: Pod): boolean => pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed'

/**
 * virt-controller's half of an instance's status: everything until the node takes over, and the end.
 * Source: virt-controller/watch/vmi, `updateStatus`.
 */
export const instanceStatus = (facts: InstanceFacts): Status => {
  const { vmi, now } = facts
  const old: Status = vmi.status ?? {}
  const phase = nextPhase(facts)
  const launcher = isProvisioningPod(facts.pod) ? undefined : facts.pod
  const handedOver = phase === 'Scheduled' && old.phase === 'Scheduling' && launcher !== undefined
  return {
    ...old,
    phase,
    conditions: conditionsOf(facts),
    phaseTransitionTimestamps: transitions(old, phase, now),
    ...(launcher === undefined ? {} : { activePods: { [launcher.metadata.uid]: launcher.spec.nodeName ?? '' } }),
    ...(launcher?.status?.qosClass === undefined ? {} : { qosClass: launcher.status.qosClass }),
    ...(launcher === undefined ? {} : { launcherContainerImageVersion: launcher.spec.containers[0]?.image ?? '' }),
    ...(handedOver && launcher.spec.nodeName !== undefined ? { nodeName: launcher.spec.nodeName, migrationTransport: 'Unix' } : {}),
    ...(handedOver || phase === 'Scheduled' || phase === 'Running' ? { volumeStatus: volumeStatuses(facts) } : {}),
    ...(handedOver ? { interfaces: podInterfaces(vmi, launcher) } : {}),
  }
}

const nextPhase = ({ vmi, pod, failedDataVolume }: InstanceFacts): Phase => {
  const phase = vmi.status?.phase ?? 'Pending'
  const launcher = isProvisioningPod(pod) ? undefined : pod
  switch (phase) {
    case 'Pending':
      if (launcher !== undefined) return 'Scheduling'
      return vmi.metadata.deletionTimestamp !== undefined || failedDataVolume ? 'Failed' : 'Pending'
    case 'Scheduling':
      if (launcher === undefined) return 'Failed'
      if (isPodReady(launcher) && vmi.metadata.deletionTimestamp === undefined) return 'Scheduled'
      return isPodDown(launcher) || launcher.metadata.deletionTimestamp !== undefined ? 'Failed' : 'Scheduling'
    case 'Scheduled':
    case 'Running':
      return launcher === undefined ? 'Failed' : phase
    case 'Succeeded':
    case 'Failed':
    case 'Unknown':
      return phase
  }
}

const conditionsOf = (facts: InstanceFacts): KubeVirtCondition[] => {
  const { vmi, pod, syncError, now, waitsForConsumer } = facts
  const phase = vmi.status?.phase ?? 'Pending'
  let conditions = withDataVolumes(withCondition(vmi.status?.conditions, readyCondition(vmi, pod), now), facts)
  if (phase === 'Pending' && waitsForConsumer) conditions = withCondition(conditions, { type: 'Provisioning', status: 'True' }, now)
  if (phase === 'Scheduling') conditions = withoutCondition(conditions, 'Provisioning')
  if (phase === 'Pending' || phase === 'Scheduling') conditions = withScheduling(conditions, facts)
  if (phase === 'Running' || phase === 'Scheduled') return conditions
  return syncError === undefined
    ? withoutCondition(conditions, 'Synchronized')
    : withCondition(conditions, { type: 'Synchronized', status: 'False', ...syncError }, now)
}

/** Says nothing of a time. Source: virt-controller/watch/vmi, `aggregateDataVolumesConditions`. */
const withDataVolumes = (conditions: KubeVirtCondition[], { dataVolumes }: InstanceFacts): KubeVirtCondition[] => {
  if (dataVolumes.length === 0) return conditions
  const ready = dataVolumes.map(({ status }) => status?.conditions?.find(({ type }) => type === 'Ready')?.status ?? 'Unknown')
  const status = ready.includes('False') ? 'False' : ready.includes('Unknown') ? 'Unknown' : 'True'
  const words = status === 'True'
    ? { reason: 'AllDVsReady', message: "All of the VMI's DVs are bound and ready" }
    : { reason: 'NotAllDVsReady', message: "Not all of the VMI's DVs are ready" }
  const type = 'DataVolumesReady'
  return withCondition(conditions, { type, status, ...words }, '').map((each) => (each.type === type ? { ...each, lastTransitionTime: null } : each))
}

const withScheduling = (conditions: KubeVirtCondition[], { pod, syncError, now }: InstanceFacts): KubeVirtCondition[] => {
  const scheduled = pod?.status?.conditions?.find(({ type }) => type === 'PodScheduled')
  if (scheduled?.status === 'False') {
    const { reason, message } = scheduled
    return withCondition(
      conditions,
      { type: 'PodScheduled', status: 'False', ...(reason === undefined ? {} : { reason }), ...(message === undefined ? {} : { message }) },
      now,
    )
  }
  if (syncError?.reason === 'FailedPvcNotFound' && pod === undefined) {
    return withCondition(conditions, { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: syncError.message }, now)
  }
  return withoutCondition(conditions, 'PodScheduled')
}

type ReadyDraft = { type: 'Ready'; status: 'True' | 'False'; reason?: string; message?: string }

const readyCondition = (vmi: VirtualMachineInstance, pod: Pod | undefined): ReadyDraft => {
  const no = (reason: string, message: string): ReadyDraft => ({ type: 'Ready', status: 'False', reason, message })
  if (pod === undefined || isProvisioningPod(pod)) return no('PodNotExists', 'virt-launcher pod has not yet been scheduled')
  if (isPodDown(pod) || pod.metadata.deletionTimestamp !== undefined) return no('PodTerminating', 'virt-launcher pod is terminating')
  if (vmi.status?.phase !== 'Running') return no('GuestNotRunning', 'Guest VM is not reported as running')
  const ready = pod.status?.conditions?.find(({ type }) => type === 'Ready')
  if (ready === undefined) return no('PodConditionMissing', 'virt-launcher pod is missing the Ready condition')
  return ready.status === 'True' ? { type: 'Ready', status: 'True' } : no(ready.reason ?? 'ContainersNotReady', ready.message ?? '')
}

/** By name; where a guest sees each is virt-handler's to say. Source: virt-controller/watch/vmi, `updateVolumeStatus`. */
const volumeStatuses = ({ vmi, claims, attachmentPods }: InstanceFacts): VolumeStatus[] => {
  const hot = attachStatuses(vmi, attachmentPods, (name) => claims.some(({ metadata, status }) => metadata.name === name && status?.phase === 'Bound'))
  const wanted = (vmi.spec.volumes ?? []).map((volume) => {
    const old = hot.find(({ name }) => name === volume.name) ?? vmi.status?.volumeStatus?.find(({ name }) => name === volume.name)
    const claim = claims.find(({ metadata }) => metadata.name === claimNameOf(volume))
    return { target: '', ...old, name: volume.name, ...(claim === undefined ? {} : { persistentVolumeClaimInfo: claimInfo(claim) }) }
  })
  const leaving = hot.filter(({ name }) => !wanted.some((each) => each.name === name))
  return [...wanted, ...leaving].sort((one, other) => (one.name < other.name ? -1 : 1))
}

const claimInfo = ({ metadata, spec, status }: Claim): NonNullable<VolumeStatus['persistentVolumeClaimInfo']> => ({
  claimName: metadata.name,
  accessModes: spec.accessModes ?? [],
  volumeMode: spec.volumeMode ?? 'Filesystem',
  filesystemOverhead: spec.volumeMode === 'Block' ? '0' : filesystemOverhead,
  capacity: { storage: status?.capacity?.storage ?? '0' },
  requests: { storage: spec.resources?.requests?.storage ?? '0' },
})
