import type { LabelSelector } from '../../apiserver/label-selector.ts'
import type { KubeObject } from '../../../crds/kubernetes.ts'

export type PodCondition = {
  type: string
  status: 'True' | 'False' | 'Unknown'
  reason?: string
  message?: string
  lastProbeTime?: string | null
  lastTransitionTime?: string | null
  observedGeneration?: number
}

export type Container = {
  name: string
  image?: string
  command?: string[]
  args?: string[]
  resources?: { requests?: Record<string, string>; limits?: Record<string, string> }
  restartPolicy?: string
  ports?: { containerPort: number; hostPort?: number; protocol?: string }[]
  volumeMounts?: object[]
  volumeDevices?: object[]
  securityContext?: object
}

export type Toleration = { key?: string; operator?: string; value?: string; effect?: string; tolerationSeconds?: number }

export type PodVolume = {
  name: string
  persistentVolumeClaim?: { claimName: string; readOnly?: boolean }
  secret?: { secretName: string; optional?: boolean }
  configMap?: { name: string; optional?: boolean }
  emptyDir?: object
}

export type NodeSelectorTerm = {
  matchExpressions?: { key: string; operator: string; values?: string[] }[]
  matchFields?: { key: string; operator: string; values?: string[] }[]
}
export type PodAffinityTerm = { topologyKey: string; labelSelector?: LabelSelector; namespaces?: string[]; namespaceSelector?: LabelSelector }

export type Affinity = {
  nodeAffinity?: {
    requiredDuringSchedulingIgnoredDuringExecution?: { nodeSelectorTerms: NodeSelectorTerm[] }
    preferredDuringSchedulingIgnoredDuringExecution?: { weight: number; preference: NodeSelectorTerm }[]
  }
  podAffinity?: PodAffinity
  podAntiAffinity?: PodAffinity
}
export type PodAffinity = {
  requiredDuringSchedulingIgnoredDuringExecution?: PodAffinityTerm[]
  preferredDuringSchedulingIgnoredDuringExecution?: { weight: number; podAffinityTerm: PodAffinityTerm }[]
}

export type TopologySpread = { maxSkew: number; topologyKey: string; whenUnsatisfiable: string; labelSelector?: LabelSelector }

export type ContainerStatus = {
  name: string
  image: string
  imageID: string
  ready: boolean
  restartCount: number
  started?: boolean
  state: {
    waiting?: { reason: string; message?: string }
    running?: { startedAt: string }
    terminated?: { exitCode: number; reason: string; finishedAt: string; startedAt: string }
  }
  containerID?: string
  lastState?: object
}

export type Pod = KubeObject & {
  spec: {
    nodeName?: string
    schedulerName?: string
    nodeSelector?: Record<string, string>
    affinity?: Affinity
    tolerations?: Toleration[]
    topologySpreadConstraints?: TopologySpread[]
    containers: Container[]
    initContainers?: Container[]
    volumes?: PodVolume[]
    readinessGates?: { conditionType: string }[]
    terminationGracePeriodSeconds?: number
    restartPolicy?: string
    overhead?: Record<string, string>
    schedulingGates?: { name: string }[]
    priorityClassName?: string
    hostNetwork?: boolean
    dnsConfig?: { nameservers?: string[]; searches?: string[] }
  }
  status?: {
    phase?: 'Pending' | 'Running' | 'Succeeded' | 'Failed' | 'Unknown'
    conditions?: PodCondition[]
    containerStatuses?: ContainerStatus[]
    initContainerStatuses?: ContainerStatus[]
    podIP?: string
    podIPs?: { ip: string }[]
    hostIP?: string
    hostIPs?: { ip: string }[]
    startTime?: string
    qosClass?: string
    reason?: string
    message?: string
  }
}

export type Taint = { key: string; value?: string; effect: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute'; timeAdded?: string }

export type Node = KubeObject & {
  spec?: { unschedulable?: boolean; taints?: Taint[]; podCIDR?: string; providerID?: string }
  status?: {
    capacity?: Record<string, string>
    allocatable?: Record<string, string>
    conditions?: (PodCondition & { lastHeartbeatTime?: string })[]
    addresses?: { type: string; address: string }[]
    nodeInfo?: Record<string, string>
  }
}
