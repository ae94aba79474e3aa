import { controllerReference } from '../../../../operator/runtime/ownership.ts'
import type { Control } from '../../control.ts'
import type { Claim } from '../../csi/types.ts'
import type { Pod } from '../../kubelet/types.ts'
import { resources } from '../../resources.ts'
import { specs } from '../../specs.ts'
import { claimNameOf, hotVolumesOf } from '../instances.ts'
import { provisioningAnnotation } from '../launchers.ts'
import type { VirtualMachineInstance, VmVolume } from '../types.ts'

const component = 'virtualmachine-controller'

/** Of hotplugged volumes: what a pod attaches to the launcher's node, be it to the launcher or only to have it filled. */
type Wanted = { volume: VmVolume; claim: Claim; waitsForConsumer: boolean }

/** Pods that attach volumes to the node of a launcher, those that only have one filled apart. */
export const attachmentPodsOf = (control: Control, launcher: Pod | undefined): Pod[] =>
  launcher === undefined ? [] : control.cache.of(specs.pods).by('owner', launcher.metadata.uid).filter(({ metadata }) => metadata.annotations?.[provisioningAnnotation] !== 'true')

/** The one that attaches just these volumes and isn't going. */
export const activeAttachmentPod = (vmi: VirtualMachineInstance, pods: readonly Pod[]): Pod | undefined => {
  const names = hotVolumesOf(vmi).map(({ name }) => name)
  return pods.find((pod) => pod.metadata.deletionTimestamp === undefined && attachesJust(pod, names))
}

const attachesJust = (pod: Pod, names: readonly string[]): boolean => {
  const attached = volumesOf(pod)
  return attached.length === names.length && names.every((name) => attached.includes(name))
}

export const volumesOf = ({ spec }: Pod): string[] =>
  (spec.volumes ?? []).flatMap(({ name, persistentVolumeClaim }) => (persistentVolumeClaim === undefined ? [] : [name]))

/**
 * One pod attaches all hotplugged volumes of an instance to its node; another set of volumes is another pod, and the old one goes once the new one
 * runs. Source: kubevirt v1.9.0, pkg/virt-controller/watch/vmi/volume-hotplug.go.
 */
export const syncAttachmentPods = async (control: Control, vmi: VirtualMachineInstance, launcher: Pod | undefined): Promise<void> => {
  const pods = attachmentPodsOf(control, launcher)
  if (launcher === undefined || launcher.metadata.deletionTimestamp !== undefined || vmi.metadata.deletionTimestamp !== undefined) {
    for (const pod of pods) await removePod(control, vmi, pod)
    return
  }
  if (launcher.status?.phase !== 'Running') return
  const wanted = hotVolumesOf(vmi).flatMap((volume) => wantedOf(control, vmi, volume))
  for (const each of wanted) if (each.waitsForConsumer) await control.create(resources.pods, podFor(control, vmi, launcher, [each], true))
  if (!wanted.some(({ waitsForConsumer }) => waitsForConsumer)) await removeTriggers(control, vmi, launcher)
  const attachable = wanted.filter(({ waitsForConsumer }) => !waitsForConsumer)
  const names = attachable.map(({ volume }) => volume.name)
  const active = pods.find((pod) => pod.metadata.deletionTimestamp === undefined && attachesJust(pod, names))
  const old = pods.filter((pod) => !attachesJust(pod, names))
  const isPending = old.some(({ status }) => status?.phase === undefined || status.phase === 'Pending')
  if (active === undefined && names.length > 0 && !isPending) await createPod(control, vmi, launcher, attachable)
  await removeOld(control, vmi, { active, old, count: names.length })
}

/** Pods that only had volumes filled have done so. */
const removeTriggers = async (control: Control, vmi: VirtualMachineInstance, launcher: Pod): Promise<void> => {
  const triggers = control.cache.of(specs.pods).by('owner', launcher.metadata.uid).filter(({ metadata }) => metadata.annotations?.[provisioningAnnotation] === 'true')
  for (const pod of triggers) await removePod(control, vmi, pod)
}

/** A volume whose claim is there and is filled, or waits for a pod to be filled for. */
const wantedOf = (control: Control, vmi: VirtualMachineInstance, volume: VmVolume): Wanted[] => {
  const key = `${vmi.metadata.namespace}/${claimNameOf(volume) ?? ''}`
  const claim = control.cache.of(specs.claims).get(key)
  if (claim === undefined) return []
  const dataVolume = control.cache.of(specs.dataVolumes).get(key)
  const isFilledByIt = claim.metadata.ownerReferences?.some(({ kind, uid }) => kind === 'DataVolume' && uid === dataVolume?.metadata.uid) === true
  const phase = isFilledByIt ? dataVolume?.status?.phase : 'Succeeded'
  const waitsForConsumer = phase === 'WaitForFirstConsumer' || phase === 'PendingPopulation'
  return phase === 'Succeeded' || waitsForConsumer ? [{ volume, claim, waitsForConsumer }] : []
}

const createPod = async (control: Control, vmi: VirtualMachineInstance, launcher: Pod, wanted: readonly Wanted[]): Promise<void> => {
  const created = await control.create<Pod>(resources.pods, podFor(control, vmi, launcher, wanted, false))
  if (created === undefined) control.enqueue('virt-controller-vmi', `${vmi.metadata.namespace}/${vmi.metadata.name}`, 1000)
  else await control.event(vmi, component, 'Normal', 'SuccessfulCreate', `Created attachment pod ${created.metadata.name}`)
}

type Attachment = { active: Pod | undefined; old: readonly Pod[]; count: number }

/** An old pod stays as long as something of it is in the machine, or nothing has taken its place. */
const removeOld = async (control: Control, vmi: VirtualMachineInstance, { active, old, count }: Attachment): Promise<void> => {
  const isReplaced = active?.status?.phase === 'Running' || count === 0
  const wanted = new Set(hotVolumesOf(vmi).map(({ name }) => name))
  const inMachine = (name: string) => !wanted.has(name) && vmi.status?.volumeStatus?.some((status) => status.name === name && ['Ready', 'MountedToPod'].includes(status.phase ?? '')) === true
  for (const pod of old) {
    const isFallback = !isReplaced && pod.status?.phase === 'Running' && volumesOf(pod).some((name) => wanted.has(name))
    if (!isFallback && !volumesOf(pod).some(inMachine)) await removePod(control, vmi, pod)
  }
}

const removePod = async (control: Control, vmi: VirtualMachineInstance, pod: Pod): Promise<void> => {
  if (pod.metadata.deletionTimestamp !== undefined) return
  await control.remove(resources.pods, pod, 0)
  await control.event(vmi, component, 'Normal', 'SuccessfulDelete', `Deleted attachment pod ${pod.metadata.name}`)
}

const podFor = (control: Control, vmi: VirtualMachineInstance, launcher: Pod, wanted: readonly Wanted[], provisioningOnly: boolean) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: `hp-volume-${control.names.suffix(launcher.metadata.uid, provisioningOnly ? 'trigger' : 'attach', ...wanted.map(({ volume, claim }) => `${volume.name}/${claim.metadata.uid}`).sort())}`,
    namespace: vmi.metadata.namespace ?? '',
    labels: { 'kubevirt.io': 'hotplug-disk' },
    ...(provisioningOnly ? { annotations: { [provisioningAnnotation]: 'true' } } : {}),
    ownerReferences: [controllerReference({ ...launcher, apiVersion: 'v1', kind: 'Pod' })],
  },
  spec: {
    restartPolicy: 'Never',
    terminationGracePeriodSeconds: 0,
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [{ matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [launcher.spec.nodeName ?? ''] }] }],
        },
      },
    },
    containers: [{
      name: 'hotplug-disk',
      image: launcher.spec.containers[0]?.image ?? '',
      command: ['/bin/sh', '-c', '/usr/bin/container-disk --copy-path /path/hp'],
      resources: { requests: { cpu: '10m', memory: '2M' }, limits: { cpu: '100m', memory: '80M' } },
      securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] }, runAsNonRoot: true, runAsUser: 107, seccompProfile: { type: 'RuntimeDefault' } },
      volumeMounts: [{ name: 'hotplug-disks', mountPath: '/path', mountPropagation: 'HostToContainer' }],
    }],
    volumes: [
      { name: 'hotplug-disks', emptyDir: {} },
      ...wanted.map(({ volume, claim }) => ({ name: volume.name, persistentVolumeClaim: { claimName: claim.metadata.name } })),
    ],
  },
})
