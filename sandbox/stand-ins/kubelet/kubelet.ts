import { keyOf } from '../../../crds/kubernetes.ts'
import { watching } from '../control.ts'
import type { Control, StandInController } from '../control.ts'
import { deepEqual } from '../merge-patch.ts'
import { networkAnnotation, podNetworks } from '../kube-ovn/pod-networks.ts'
import { resources } from '../resources.ts'
import { specs } from '../specs.ts'
import type { Guests } from '../kubevirt/node/guests.ts'
import { provisioningAnnotation } from '../kubevirt/launchers.ts'
import { creatingStatus, endedPodStatus, podConditions, runningPodStatus } from './pod-status.ts'
import type { Pod } from './types.ts'

export type KubeletOptions = { guests: Guests; isDown: (node: string) => boolean; nodeNames: readonly string[] }

/** kubelet's part on every node: a bound pod runs once its network and volumes are there, and goes when its guest has ended. */
export const kubelet = (control: Control, options: KubeletOptions): StandInController => ({
  name: 'kubelet',
  watches: [
    watching(specs.pods, (pod) => (pod.spec.nodeName === undefined ? [] : [keyOf(pod.metadata)])),
    watching(specs.claims, (claim, cache) => cache.of(specs.pods).by('claim', keyOf(claim.metadata)).map((pod) => keyOf(pod.metadata))),
    watching(specs.virtualMachineInstances, (vmi, cache) => cache.of(specs.pods).by('owner', vmi.metadata.uid).map((pod) => keyOf(pod.metadata))),
  ],
  reconcile: (key) => reconcile(control, options, key),
})

const reconcile = async (control: Control, options: KubeletOptions, key: string): Promise<number | undefined> => {
  const pod = control.cache.of(specs.pods).get(key)
  const node = pod?.spec.nodeName
  if (pod === undefined || node === undefined || !options.nodeNames.includes(node) || options.isDown(node)) return undefined
  if (pod.metadata.deletionTimestamp !== undefined) return terminate(control, options, pod)
  switch (pod.status?.phase) {
    case 'Succeeded':
    case 'Failed':
      return undefined
    case 'Running':
      return keepRunning(control, pod)
    default:
      return start(control, pod)
  }
}

const start = async (control: Control, pod: Pod): Promise<number | undefined> => {
  const now = control.now()
  if ((pod.status?.containerStatuses ?? []).length === 0) {
    const hostIP = hostAddress(control, pod)
    await control.patchStatus(resources.pods, pod, { ...creatingStatus(pod, now), hostIP, hostIPs: [{ ip: hostIP }] })
    return 0
  }
  const problem = missingParts(control, pod)
  if (problem !== undefined) {
    if (control.delay(`unready ${pod.metadata.uid}`, 5000) > 0) return 5000
    await control.event(pod, 'kubelet', 'Warning', problem.reason, problem.message)
    return 10_000
  }
  const wait = control.delay(`start ${pod.metadata.uid}`, control.timings.podStart)
  if (wait > 0) return wait
  const facts = { podIP: (isDaemon(pod) ? undefined : podAddress(pod)) ?? hostAddress(control, pod), hostIP: hostAddress(control, pod), now }
  const running = runningPodStatus(pod, facts)
  // The temporary pod of a claim that waits for its first consumer has done its work by being scheduled.
  const provisioned = pod.metadata.annotations?.[provisioningAnnotation] === 'true'
  await control.patchStatus(resources.pods, pod, provisioned ? endedPodStatus({ ...pod, status: running }, now, false) : running)
  await control.event(pod, 'kubelet', 'Normal', 'Started', `Container started`)
  return undefined
}

/** What runs on every node of a cluster runs on ours in name only: who asks for it at its address finds this process, and what it plays. */
const isDaemon = (pod: Pod): boolean => pod.metadata.ownerReferences?.some(({ kind }) => kind === 'DaemonSet') === true

/** The pod's own network first: nothing of a pod exists before its sandbox does. */
const missingParts = (control: Control, pod: Pod): { reason: string; message: string } | undefined => {
  if (pod.spec.hostNetwork !== true && !isDaemon(pod) && podAddress(pod) === undefined) {
    const cni = `plugin type="kube-ovn" failed (add): RPC failed; request ip return 500 no address allocated to pod ${pod.metadata.namespace}/${pod.metadata.name} provider ovn, please see kube-ovn-controller logs to find errors`
    return { reason: 'FailedCreatePodSandBox', message: `Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox: ${cni}` }
  }
  for (const { name, persistentVolumeClaim } of pod.spec.volumes ?? []) {
    if (persistentVolumeClaim === undefined) continue
    const claim = control.cache.of(specs.claims).get(`${pod.metadata.namespace}/${persistentVolumeClaim.claimName}`)
    if (claim?.status?.phase !== 'Bound') {
      return { reason: 'FailedMount', message: `MountVolume.SetUp failed for volume "${name}" : persistentvolumeclaim "${persistentVolumeClaim.claimName}" not bound` }
    }
  }
  return undefined
}

/** Address of the pod's first NIC, from Kube-OVN's annotations; undefined until every NIC that it asks for has one. */
const podAddress = (pod: Pod): string | undefined => {
  const { annotations = {} } = pod.metadata
  // What it asks for is Multus' to say: it may be told of networks that it gets only when it runs.
  if (podNetworks(pod).some(({ provider }) => annotations[networkAnnotation(provider, 'allocated')] !== 'true')) return undefined
  const [namespace, name] = (annotations['v1.multus-cni.io/default-network'] ?? '').split('/')
  const prefix = name === undefined ? 'ovn.kubernetes.io' : `${name}.${namespace}.ovn.kubernetes.io`
  if (annotations[`${prefix}/allocated`] !== 'true') return undefined
  return annotations[`${prefix}/ip_address`]?.split(',')[0]
}

const hostAddress = (control: Control, pod: Pod): string =>
  control.cache.of(specs.nodes).get(pod.spec.nodeName ?? '')?.status?.addresses?.find(({ type }) => type === 'InternalIP')?.address ?? '127.0.0.1'

const ownerInstance = (control: Control, pod: Pod) => {
  const uid = pod.metadata.ownerReferences?.find(({ kind }) => kind === 'VirtualMachineInstance')?.uid
  return uid === undefined ? undefined : control.cache.of(specs.virtualMachineInstances).by('uid', uid)[0]
}

/** A launcher ends with its guest; readiness follows the gates. */
const keepRunning = async (control: Control, pod: Pod): Promise<undefined> => {
  const now = control.now()
  const phase = ownerInstance(control, pod)?.status?.phase
  if (phase === 'Succeeded' || phase === 'Failed') {
    await control.patchStatus(resources.pods, pod, endedPodStatus(pod, now, false))
    return
  }
  const conditions = podConditions(pod, { phase: 'Running', ready: true, now })
  if (!deepEqual(conditions, pod.status?.conditions)) await control.patchStatus(resources.pods, pod, { ...pod.status, conditions })
}

/** The pod stays until its guest is gone, at most for its grace period; then the API server may forget it. */
const terminate = async (control: Control, { guests }: KubeletOptions, pod: Pod): Promise<number | undefined> => {
  const vmi = ownerInstance(control, pod)
  const state = vmi === undefined ? undefined : guests.state(vmi.metadata.uid)
  // deletionTimestamp is when the grace period ends, not when it began.
  const left = Date.parse(pod.metadata.deletionTimestamp ?? '') - control.clock.now()
  const ended = vmi?.status?.phase === undefined || vmi.status.phase === 'Succeeded' || vmi.status.phase === 'Failed'
  const busy = vmi !== undefined && !ended && (state === 'running' || state === 'paused')
  if (busy && left > 0) return Math.min(left, 1000)
  if (pod.status?.phase === 'Running') {
    await control.patchStatus(resources.pods, pod, endedPodStatus(pod, control.now(), false))
  }
  await control.remove(resources.pods, control.cache.of(specs.pods).get(keyOf(pod.metadata)) ?? pod, 0)
  return undefined
}
