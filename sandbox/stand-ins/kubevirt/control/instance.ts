import { keyOf } from '../../../../crds/kubernetes.ts'
import { watching } from '../../control.ts'
import type { Control, StandInController } from '../../control.ts'
import type { Claim } from '../../csi/types.ts'
import type { DataVolume } from '../../cdi/types.ts'
import type { Pod } from '../../kubelet/types.ts'
import { resources } from '../../resources.ts'
import { specs } from '../../specs.ts'
import { claimNameOf, hotVolumesOf, isFinal, isHotVolume, isPaused } from '../instances.ts'
import { isProvisioningPod, networksAnnotation } from '../launchers.ts'
import { attachmentPodsOf, syncAttachmentPods } from './attachment-pods.ts'
import { instanceStatus } from './instance-status.ts'
import { secondaryNetworks } from './interfaces.ts'
import { buildLauncherPod } from './launcher-pod.ts'
import type { VirtualMachineInstance, VmVolume } from '../types.ts'
import { vmFinalizer, vmiFinalizer } from './virtual-machine-instance.ts'

const component = 'virtualmachine-controller'

/** VirtualMachineInstance → launcher pod, until the node takes over; and after its end. */
export const instanceController = (control: Control): StandInController => ({
  name: 'virt-controller-vmi',
  watches: [
    watching(specs.virtualMachineInstances, (vmi) => [keyOf(vmi.metadata)]),
    watching(specs.virtualMachines, (vm) => [keyOf(vm.metadata)]),
    watching(specs.pods, (pod, cache) =>
      runnersOf(pod, cache).flatMap((uid) => cache.of(specs.virtualMachineInstances).by('uid', uid).map((vmi) => keyOf(vmi.metadata))),
    ),
    watching(specs.claims, (claim, cache) => cache.of(specs.virtualMachineInstances).by('claim', keyOf(claim.metadata)).map((vmi) => keyOf(vmi.metadata))),
    watching(specs.dataVolumes, (dv, cache) => cache.of(specs.virtualMachineInstances).by('claim', keyOf(dv.metadata)).map((vmi) => keyOf(vmi.metadata))),
  ],
  reconcile: (key) => reconcile(control, key),
})

/** UIDs of the instances that a pod may be of: a launcher's, or that of the launcher that a pod attaches volumes for. */
const runnersOf = (pod: Pod, cache: Control['cache']): string[] => (pod.metadata.ownerReferences ?? []).flatMap(({ kind, name, uid }) => {
  const launcher = kind === 'Pod' ? cache.of(specs.pods).get(`${pod.metadata.namespace}/${name}`) : undefined
  return launcher === undefined ? [uid] : (launcher.metadata.ownerReferences ?? []).map((owner) => owner.uid)
})

type Storage = {
  claims: Claim[]
  dataVolumes: DataVolume[]
  missing: string | undefined
  ready: boolean
  waitsForConsumer: boolean
  failedDataVolume: boolean
}

const reconcile = async (control: Control, key: string): Promise<undefined> => {
  const vmi = control.cache.of(specs.virtualMachineInstances).get(key)
  if (vmi === undefined) return
  const pods = control.cache.of(specs.pods).by('owner', vmi.metadata.uid)
  if (isFinal(vmi)) return finish(control, vmi, pods)
  const storage = storageOf(control, vmi)
  const missing = storage.missing
  const syncError = missing === undefined ? undefined : { reason: 'FailedPvcNotFound', message: `PVC ${missing} does not exist, waiting for it to appear` }
  const pod = await syncPod(control, vmi, pods, storage)
  await syncAttachmentPods(control, vmi, isProvisioningPod(pod) ? undefined : pod)
  const status = instanceStatus({ vmi, pod, ...storage, attachmentPods: attachmentPodsOf(control, pod), syncError, now: control.now() })
  const labelled = status.nodeName === undefined ? vmi.metadata.labels : { ...vmi.metadata.labels, 'kubevirt.io/nodeName': status.nodeName }
  const metadata = labelled === undefined ? vmi.metadata : { ...vmi.metadata, labels: labelled }
  const handed = await control.patch(resources.virtualMachineInstances, vmi, { ...vmi, metadata })
  await control.patchStatus(resources.virtualMachineInstances, handed, status)
  return undefined
}

const syncPod = async (control: Control, vmi: VirtualMachineInstance, pods: readonly Pod[], storage: Storage): Promise<Pod | undefined> => {
  if (vmi.metadata.deletionTimestamp !== undefined) {
    for (const pod of pods) await removePod(control, vmi, pod)
    return launcherOf(pods)
  }
  const launcher = launcherOf(pods)
  if (launcher !== undefined && !isProvisioningPod(launcher)) {
    await syncUnpaused(control, vmi, launcher)
    return syncNetworks(control, vmi, launcher)
  }
  if (launcher !== undefined && !storage.waitsForConsumer) {
    for (const pod of pods) await removePod(control, vmi, pod)
  }
  const unprocessed = vmi.status?.phase === undefined || vmi.status.phase === 'Pending'
  if (!unprocessed || storage.missing !== undefined || !(storage.ready || storage.waitsForConsumer)) return launcher
  if (launcher !== undefined && storage.waitsForConsumer) return launcher
  return createPod(control, vmi, storage.waitsForConsumer)
}

/** The pod that counts: a launcher before a temporary one, a living one before one on its way out. */
const launcherOf = (pods: readonly Pod[]): Pod | undefined =>
  [...pods].sort((a, b) => weight(a) - weight(b))[0]

const weight = (pod: Pod): number => (isProvisioningPod(pod) ? 2 : 0) + (pod.metadata.deletionTimestamp === undefined ? 0 : 1)

const createPod = async (control: Control, vmi: VirtualMachineInstance, provisioningOnly: boolean): Promise<Pod | undefined> => {
  const manifest = buildLauncherPod(vmi, { names: control.names, provisioningOnly })
  const created = await control.create<Pod>(resources.pods, manifest)
  if (created === undefined) return undefined
  await control.event(vmi, component, 'Normal', 'SuccessfulCreate', `Created virtual machine pod ${created.metadata.name}`)
  return created
}

const removePod = async (control: Control, vmi: VirtualMachineInstance, pod: Pod): Promise<void> => {
  if (pod.metadata.deletionTimestamp !== undefined) return
  await control.remove(resources.pods, pod)
  await control.event(vmi, component, 'Normal', 'SuccessfulDelete', `Deleted virtual machine pod ${pod.metadata.name}`)
}

/** A machine that runs gets and loses interfaces by Multus' annotation of its pod. */
const syncNetworks = async (control: Control, vmi: VirtualMachineInstance, pod: Pod): Promise<Pod> => {
  const wanted = secondaryNetworks(vmi)
  const { [networksAnnotation]: present, ...others } = pod.metadata.annotations ?? {}
  if (vmi.status?.phase !== 'Running' || wanted === present) return pod
  // Upstream leaves an empty list where the last one goes.
  const annotations = { ...others, [networksAnnotation]: wanted ?? '[]' }
  return present === '[]' && wanted === undefined ? pod : control.patch(resources.pods, pod, { ...pod, metadata: { ...pod.metadata, annotations } })
}

/** The readiness gate of the pod: a paused guest takes no traffic. */
const syncUnpaused = async (control: Control, vmi: VirtualMachineInstance, pod: Pod): Promise<void> => {
  const type = 'kubevirt.io/virtual-machine-unpaused'
  const paused = isPaused(vmi)
  const status = paused ? 'False' : 'True'
  if (pod.status?.conditions?.find((condition) => condition.type === type)?.status === status) return
  const condition = {
    type,
    status: status,
    reason: paused ? 'Paused' : 'NotPaused',
    message: paused ? 'the virtual machine is paused' : 'the virtual machine is not paused',
    lastTransitionTime: control.now(),
  }
  const conditions = [...(pod.status?.conditions ?? []).filter((each) => each.type !== type), condition]
  await control.patchStatus(resources.pods, pod, { ...pod.status, conditions })
}

/** An instance that ended: its pod goes, then our finalizer, then, without a VirtualMachine, its finalizer too. */
const finish = async (control: Control, vmi: VirtualMachineInstance, pods: readonly Pod[]): Promise<undefined> => {
  if (vmi.metadata.deletionTimestamp !== undefined) for (const pod of pods) await removePod(control, vmi, pod)
  const owner = vmi.metadata.ownerReferences?.find(({ kind }) => kind === 'VirtualMachine')
  const vm = owner === undefined ? undefined : control.cache.of(specs.virtualMachines).get(keyOf(vmi.metadata))
  const gone = [...(pods.length === 0 ? [vmiFinalizer] : []), ...(vm?.metadata.uid === owner?.uid && owner !== undefined ? [] : [vmFinalizer])]
  const finalizers = (vmi.metadata.finalizers ?? []).filter((finalizer) => !gone.includes(finalizer))
  const next = await control.patch(resources.virtualMachineInstances, vmi, { ...vmi, metadata: { ...vmi.metadata, finalizers } })
  if (vmi.metadata.deletionTimestamp !== undefined && finalizers.length === 0) return
  const facts = { vmi, pod: launcherOf(pods), ...storageOf(control, vmi), attachmentPods: [], syncError: undefined, now: control.now() }
  const status = instanceStatus(facts)
  await control.patchStatus(resources.virtualMachineInstances, next, status)
}

const attachable = ['Succeeded', 'WaitForFirstConsumer', 'PendingPopulation']

const storageOf = (control: Control, vmi: VirtualMachineInstance): Storage => {
  const volumes = (vmi.spec.volumes ?? []).filter((volume) => !isHotVolume(volume)).map((volume) => volumeState(control, vmi, volume))
  const plugged = hotVolumesOf(vmi).map((volume) => volumeState(control, vmi, volume))
  return {
    claims: [...volumes, ...plugged].flatMap(({ claim }) => claim ?? []),
    dataVolumes: volumes.flatMap(({ dataVolume }) => dataVolume ?? []),
    missing: volumes.find(({ missing }) => missing !== undefined)?.missing,
    ready: volumes.every(({ ready }) => ready),
    waitsForConsumer: volumes.every(({ ready, waits }) => ready || waits) && volumes.some(({ waits }) => waits),
    failedDataVolume: volumes.some(({ dataVolume }) => dataVolume?.status?.phase === 'Failed'),
  }
}

type VolumeState = { claim?: Claim; dataVolume?: DataVolume; missing?: string; ready: boolean; waits: boolean }

/** A claim that a DataVolume fills is ready when the DataVolume is; any other is ready as it is. */
const volumeState = (control: Control, vmi: VirtualMachineInstance, volume: VmVolume): VolumeState => {
  const name = claimNameOf(volume)
  if (name === undefined) return { ready: true, waits: false }
  const key = `${vmi.metadata.namespace}/${name}`
  const claim = control.cache.of(specs.claims).get(key)
  if (claim === undefined) return { ready: false, waits: false, missing: key }
  const owner = claim.metadata.ownerReferences?.find(({ kind }) => kind === 'DataVolume')
  const dataVolume = control.cache.of(specs.dataVolumes).get(key)
  if (owner === undefined || dataVolume?.metadata.uid !== owner.uid) return { claim, ready: true, waits: false }
  const phase = dataVolume.status?.phase
  const waits = phase === 'WaitForFirstConsumer' || phase === 'PendingPopulation'
  return { claim, dataVolume, ready: phase !== undefined && attachable.includes(phase) && !waits, waits }
}
