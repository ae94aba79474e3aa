import { keyOf } from '../../../../crds/kubernetes.ts'
import { isNotFound } from '../../../../operator/runtime/client.ts'
import type { Hypervisor } from '../../../hypervisor/hypervisor.ts'
import type { Disks } from '../../../disks/disks.ts'
import { watching } from '../../control.ts'
import type { Control, StandInController } from '../../control.ts'
import type { Pod } from '../../kubelet/types.ts'
import { resources } from '../../resources.ts'
import { specs } from '../../specs.ts'
import { isTrue, withCondition } from '../conditions.ts'
import { isFinal, transitions } from '../instances.ts'
import { isProvisioningPod, podInterfaces } from '../launchers.ts'
import type { Guests } from './guests.ts'
import { hotplugStatuses, hotVolumesMounted, syncDisks } from './hotplug.ts'
import { buildMachine, hotDisk, publicKeySecretsOf } from './machine.ts'
import type { Report } from './report.ts'
import { agentStatus, runningStatus, withFrozen } from './running-status.ts'
import type { VirtualMachineInstance } from '../types.ts'

const component = 'virt-handler'
/** Milliseconds until a machine that would not start is tried again. */
const startRetry = 5000

export type NodeHandlerOptions = {
  hypervisor: Hypervisor
  guests: Guests
  disks: Disks
  /** Nodes without power: nothing happens on them. */
  isDown: (node: string) => boolean
  /** Whether an agent runs in the guest. */
  guestAgent: (uid: string) => boolean
  report: Report
}

/** virt-handler's part: a Scheduled instance becomes a machine, and what becomes of the machine becomes its status. */
export const nodeHandler = (control: Control, options: NodeHandlerOptions): StandInController => ({
  name: 'virt-handler',
  watches: [
    watching(specs.virtualMachineInstances, (vmi) => [keyOf(vmi.metadata)]),
    watching(specs.pods, (pod, cache) =>
      (pod.metadata.ownerReferences ?? []).flatMap(({ uid }) => cache.of(specs.virtualMachineInstances).by('uid', uid).map((vmi) => keyOf(vmi.metadata))),
    ),
  ],
  reconcile: (key) => reconcile(control, options, key),
})

const reconcile = async (control: Control, options: NodeHandlerOptions, key: string): Promise<number | undefined> => {
  const vmi = control.cache.of(specs.virtualMachineInstances).get(key)
  if (vmi === undefined) return undefined
  const node = vmi.status?.nodeName
  if (node === undefined || options.isDown(node)) return undefined
  if (isFinal(vmi)) {
    await options.hypervisor.destroy(vmi.metadata.uid)
    return undefined
  }
  if (vmi.status?.phase !== 'Scheduled' && vmi.status?.phase !== 'Running') return undefined
  const ended = options.guests.ended(vmi.metadata.uid)
  if (ended !== undefined) return finish(control, options, vmi, ended.cause === 'crash' ? 'Failed' : 'Succeeded', ended.message)
  const told = toldToStop(vmi, launcherOf(control, vmi))
  if (told !== undefined) return stop(control, options, vmi, told)
  const state = options.guests.state(vmi.metadata.uid)
  if (state === 'stopped') return finish(control, options, vmi, 'Succeeded')
  if (vmi.status.phase === 'Scheduled') return start(control, options, vmi, state !== undefined)
  // Said to run, but nobody knows it: the machine died with whatever held it.
  if (state === undefined) return finish(control, options, vmi, 'Failed', 'the machine is gone')
  return keepRunning(control, options, vmi)
}

const launcherOf = (control: Control, vmi: VirtualMachineInstance): Pod | undefined =>
  control.cache
    .of(specs.pods)
    .by('owner', vmi.metadata.uid)
    .find((pod) => !isProvisioningPod(pod) && pod.spec.nodeName === vmi.status?.nodeName)

/** Starting takes as long as the hypervisor takes: it goes on beside the queue, and its end brings the key back. */
const start = async (control: Control, options: NodeHandlerOptions, vmi: VirtualMachineInstance, exists: boolean): Promise<undefined> => {
  const pod = launcherOf(control, vmi)
  if (pod?.status?.phase !== 'Running') return
  if (exists) return becomeRunning(control, options, vmi, pod)
  if (!hotVolumesMounted(vmi)) return awaitVolumes(options, vmi)
  const secrets = await readSecrets(control, vmi)
  const machine = buildMachine({
    vmi,
    pod,
    volumeOf: (claimName) => volumeOf(control, vmi, claimName),
    pathOf: (volume) => options.disks.pathOf(volume.spec.csi?.volumeHandle ?? '') ?? '',
    secretOf: (name) => secrets.get(name),
  })
  control.background(`start ${vmi.metadata.uid}`, async () => {
    try {
      await options.hypervisor.start(machine)
      control.enqueue('virt-handler', keyOf(vmi.metadata))
    } catch (error) {
      control.enqueue('virt-handler', keyOf(vmi.metadata), startRetry)
      await control.event(vmi, component, 'Warning', 'SyncFailed', (error as Error).message)
    }
  })
}

/** No machine starts before the volumes that are plugged into it are mounted. */
const awaitVolumes = async ({ report }: NodeHandlerOptions, vmi: VirtualMachineInstance): Promise<undefined> => {
  const volumeStatus = hotplugStatuses(vmi, () => false)
  if (volumeStatus !== undefined) await report(vmi, { ...vmi.status, volumeStatus })
}

const hotDiskOf = (control: Control, { disks }: NodeHandlerOptions, vmi: VirtualMachineInstance, name: string) => hotDisk({
  vmi, volumeOf: (claimName) => volumeOf(control, vmi, claimName), pathOf: (volume) => disks.pathOf(volume.spec.csi?.volumeHandle ?? '') ?? '',
}, name)

const volumeOf = (control: Control, vmi: VirtualMachineInstance, claimName: string) => {
  const claim = control.cache.of(specs.claims).get(`${vmi.metadata.namespace}/${claimName}`)
  return claim?.spec.volumeName === undefined ? undefined : control.cache.of(specs.volumes).get(claim.spec.volumeName)
}

const readSecrets = async (control: Control, vmi: VirtualMachineInstance): Promise<Map<string, Record<string, string>>> => {
  const sources = (vmi.spec.volumes ?? []).map((volume) => volume.cloudInitNoCloud ?? volume.cloudInitConfigDrive)
  const names = sources.flatMap((source) => [source?.secretRef?.name, source?.networkDataSecretRef?.name]).filter((name) => name !== undefined)
  const secrets = new Map<string, Record<string, string>>()
  for (const name of new Set([...names, ...publicKeySecretsOf(vmi)])) {
    const data = await readSecret(control, vmi.metadata.namespace, name)
    if (data !== undefined) secrets.set(name, data)
  }
  return secrets
}

const readSecret = async (control: Control, namespace: string | undefined, name: string): Promise<Record<string, string> | undefined> => {
  try {
    const secret = await control.client.get<{ data?: Record<string, string> }>(resources.secrets, { name, namespace })
    return Object.fromEntries(Object.entries(secret.data ?? {}).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]))
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}

const becomeRunning = async (control: Control, options: NodeHandlerOptions, vmi: VirtualMachineInstance, pod: Pod): Promise<undefined> => {
  if (vmi.spec.startStrategy === 'Paused') await options.hypervisor.pause(vmi.metadata.uid)
  const status = runningStatus(vmi, { pod, claims: claimsOf(control, vmi), paused: vmi.spec.startStrategy === 'Paused', now: control.now() })
  await options.report(vmi, status)
  await control.event(vmi, component, 'Normal', 'Created', 'VirtualMachineInstance defined.')
  await control.event(vmi, component, 'Normal', 'Started', 'VirtualMachineInstance started.')
}

const claimsOf = (control: Control, vmi: VirtualMachineInstance) =>
  (vmi.spec.volumes ?? []).flatMap((volume) => {
    const name = volume.persistentVolumeClaim?.claimName ?? volume.dataVolume?.name
    return name === undefined ? [] : (control.cache.of(specs.claims).get(`${vmi.metadata.namespace}/${name}`) ?? [])
  })

const keepRunning = async (control: Control, options: NodeHandlerOptions, vmi: VirtualMachineInstance): Promise<number | undefined> => {
  const pod = launcherOf(control, vmi)
  const paused = options.guests.state(vmi.metadata.uid) === 'paused'
  const hasAgent = options.guestAgent(vmi.metadata.uid)
  const agentIn = hasAgent ? control.delay(`agent ${vmi.metadata.uid}`, control.timings.agentConnect) : 0
  const status = agentStatus(vmi, {
    interfaces: pod === undefined ? undefined : podInterfaces(vmi, pod),
    paused,
    // One that was there stays: whoever begins to look has not to wait for it anew.
    agent: hasAgent && (agentIn === 0 || isTrue(vmi.status?.conditions, 'AgentConnected')),
    now: control.now(),
  })
  await syncDisks(options.hypervisor, vmi, (name) => hotDiskOf(control, options, vmi, name))
  const volumeStatus = hotplugStatuses(vmi, (name) => options.hypervisor.hotDisks(vmi.metadata.uid).has(name))
  const agent = options.hypervisor.agent(vmi.metadata.uid)
  const seen = agent === undefined ? status : withFrozen(status, agent.frozen)
  await options.report(vmi, volumeStatus === undefined ? seen : { ...seen, volumeStatus })
  return agentIn === 0 ? undefined : agentIn
}

/**
 * Milliseconds since the epoch at which the guest was told to end: with its instance, or with its launcher, which hands the signal that it gets on
 * to the guest. Source: virt-launcher's graceful-shutdown trigger.
 */
const toldToStop = (vmi: VirtualMachineInstance, launcher: Pod | undefined): number | undefined => {
  if (vmi.metadata.deletionTimestamp !== undefined) return Date.parse(vmi.metadata.deletionTimestamp)
  const { deletionTimestamp, deletionGracePeriodSeconds = 0 } = launcher?.metadata ?? {}
  // A pod's says when its grace period ends.
  return deletionTimestamp === undefined ? undefined : Date.parse(deletionTimestamp) - deletionGracePeriodSeconds * 1000
}

/** The power button first; when the guest has not answered within its grace period, the plug. */
const stop = async (control: Control, options: NodeHandlerOptions, vmi: VirtualMachineInstance, since: number): Promise<number | undefined> => {
  const { uid } = vmi.metadata
  const state = options.guests.state(uid)
  if (state === undefined || state === 'stopped') return finish(control, options, vmi, 'Succeeded')
  const grace = (vmi.spec.terminationGracePeriodSeconds ?? 30) * 1000
  const left = since + grace - control.clock.now()
  if (left <= 0 || state === 'paused') {
    await options.hypervisor.destroy(uid)
    await control.event(vmi, component, 'Normal', 'Deleted', 'VirtualMachineInstance stopping')
    return 1000
  }
  if (options.guests.firstSignal(uid)) {
    await options.hypervisor.shutdown(uid)
    await control.event(vmi, component, 'Normal', 'ShuttingDown', 'Signaled Graceful Shutdown')
  }
  return left
}

const finish = async (control: Control, { report }: NodeHandlerOptions, vmi: VirtualMachineInstance, phase: 'Succeeded' | 'Failed', message?: string): Promise<undefined> => {
  const now = control.now()
  const reason = phase === 'Failed' ? { reason: 'GuestNotRunning', message: message ?? 'Guest VM crashed' } : { reason: 'GuestNotRunning', message: 'Guest VM is not reported as running' }
  await report(vmi, {
    ...vmi.status,
    phase,
    conditions: withCondition(vmi.status?.conditions, { type: 'Ready', status: 'False', ...reason }, now),
    phaseTransitionTimestamps: transitions(vmi.status ?? {}, phase, now),
  })
  if (phase === 'Failed') await control.event(vmi, component, 'Warning', 'Stopped', 'The VirtualMachineInstance crashed.')
  else await control.event(vmi, component, 'Normal', 'Stopped', 'The VirtualMachineInstance was shut down.')
}
