import type { KubeObject, ResourceType } from '../../../crds/kubernetes.ts'
import type { HotDisk } from './hot-disks.ts'

const kubevirt = { group: 'kubevirt.io', version: 'v1', namespaced: true } as const

export const virtualMachineResource: ResourceType = { ...kubevirt, kind: 'VirtualMachine', plural: 'virtualmachines' }

export const virtualMachineInstanceResource: ResourceType = { ...kubevirt, kind: 'VirtualMachineInstance', plural: 'virtualmachineinstances' }

/** How KubeVirt itself is installed: its version, phase and feature gates. */
export const kubeVirtResource: ResourceType = { ...kubevirt, kind: 'KubeVirt', plural: 'kubevirts' }

/**
 * Where PUTs on a running machine go: KubeVirt serves them from an aggregated API of its own, so RBAC names this group.
 * Source: kubevirt v1.9.0, staging/src/kubevirt.io/api/core/v1/register.go.
 */
export const machineSubresources: ResourceType = {
  group: 'subresources.kubevirt.io', version: 'v1', kind: 'VirtualMachineInstance', plural: 'virtualmachineinstances', namespaced: true,
}

/** The same for the VirtualMachine: `stop` with a shorter grace period is the force-stop. */
export const virtualMachineSubresources: ResourceType = {
  group: 'subresources.kubevirt.io', version: 'v1', kind: 'VirtualMachine', plural: 'virtualmachines', namespaced: true,
}

/** The pod that a machine runs in. NetworkPolicies see its labels. */
export const podResource: ResourceType = { group: '', version: 'v1', kind: 'Pod', plural: 'pods', namespaced: true }

/** Our two ways to have a machine run: RerunOnFailure is on (a guest that shuts itself down stays down), Halted is off. */
export type RunStrategy = 'RerunOnFailure' | 'Halted'

export type PrintableStatus =
  | 'Terminating' | 'Stopping' | 'Migrating' | 'Paused' | 'Running' | 'ErrorPvcNotFound' | 'DataVolumeError' | 'ErrorUnschedulable'
  | 'Provisioning' | 'WaitingForVolumeBinding' | 'ErrImagePull' | 'ImagePullBackOff' | 'Starting' | 'CrashLoopBackOff' | 'Stopped'
  | 'WaitingForReceiver' | 'Unknown'

export type MachinePhase = 'Pending' | 'Scheduling' | 'Scheduled' | 'Running' | 'Succeeded' | 'Failed' | 'Unknown'

/** A condition as KubeVirt and the kubelet write it: reason, message and time may be missing. */
/** `since`: when it became so, RFC 3339, as far as that is told. */
export type MachineCondition = { type: string; status: string; reason?: string; message?: string; since?: string }

/** What we keep of a VirtualMachine. */
export type VirtualMachine = KubeObject & {
  spec: {
    runStrategy?: string
    instancetype?: string
    /** Names of the PersistentVolumeClaims that it mounts. */
    claims: readonly string[]
    /** Its disks that come and go while it runs. */
    hotDisks?: readonly HotDisk[]
    templateLabels: Readonly<Record<string, string>>
    templateAnnotations: Readonly<Record<string, string>>
    /** Its interfaces beside the first, by name; `absent` those that KubeVirt is told to unplug. */
    interfaces?: readonly { name: string; absent: boolean }[]
  }
  /** `runStrategy` is the one that KubeVirt has acted on last. `startRequested`: it has noted that it is to start the machine again. */
  status: { printableStatus?: PrintableStatus; runStrategy?: string; startRequested?: true }
}

/** What we keep of a VirtualMachineInstance: one run of a machine. */
export type VirtualMachineInstance = KubeObject & {
  status: {
    phase?: MachinePhase
    nodeName?: string
    /** Set when its host is being drained. */
    evacuationNodeName?: string
    conditions: readonly MachineCondition[]
    /** When it entered the phase Succeeded. */
    endedAt?: string
    /** Phase of each volume by the volume's name. */
    volumes: Readonly<Record<string, string>>
    /** Its interfaces beside the first: name, and where KubeVirt sees it (`domain`: the guest has it; `multus-status`: the pod has). */
    interfaces?: Readonly<Record<string, string>>
  }
}

/** What we keep of a launcher pod. */
export type LauncherPod = KubeObject & {
  /** That it is bound to. */
  node?: string
  status: { phase?: string; conditions: readonly MachineCondition[] }
}
