import type { KubeObject, ObjectMeta } from '../../../crds/kubernetes.ts'

/** KubeVirt's conditions: without observedGeneration, with a probe time that is null for most. */
export type KubeVirtCondition = {
  type: string
  status: 'True' | 'False' | 'Unknown'
  reason?: string
  message?: string
  lastProbeTime: string | null
  lastTransitionTime: string | null
}

export type RunStrategy = 'Always' | 'Halted' | 'Manual' | 'RerunOnFailure' | 'Once'
export type Phase = 'Pending' | 'Scheduling' | 'Scheduled' | 'Running' | 'Succeeded' | 'Failed' | 'Unknown'

export type Disk = {
  name: string
  serial?: string
  bootOrder?: number
  disk?: { bus?: string; readonly?: boolean }
  cdrom?: { bus?: string; readonly?: boolean }
  lun?: { bus?: string; readonly?: boolean }
}

type CloudInit = {
  userData?: string
  userDataBase64?: string
  networkData?: string
  networkDataBase64?: string
  secretRef?: { name: string }
  networkDataSecretRef?: { name: string }
}

export type VmVolume = {
  name: string
  persistentVolumeClaim?: { claimName: string; hotpluggable?: boolean; readOnly?: boolean }
  dataVolume?: { name: string; hotpluggable?: boolean }
  cloudInitNoCloud?: CloudInit
  cloudInitConfigDrive?: CloudInit
  containerDisk?: { image: string }
  emptyDisk?: { capacity: string }
  secret?: { secretName: string }
}

export type Interface = { name: string; state?: string; macAddress?: string; bridge?: object; masquerade?: object; binding?: { name: string } }
export type Network = { name: string; pod?: object; multus?: { networkName: string; default?: boolean } }
export type Cpu = { cores?: number; sockets?: number; threads?: number; maxSockets?: number; model?: string; dedicatedCpuPlacement?: boolean }

export type VmiSpec = {
  domain: {
    cpu?: Cpu
    memory?: { guest?: string; maxGuest?: string; hugepages?: object }
    resources?: { requests?: Record<string, string>; limits?: Record<string, string>; overcommitGuestOverhead?: boolean }
    firmware?: { uuid?: string; serial?: string; bootloader?: object }
    machine?: { type: string }
    features?: { acpi?: { enabled?: boolean } }
    devices: {
      disks?: Disk[]
      interfaces?: Interface[]
      logSerialConsole?: boolean
      autoattachSerialConsole?: boolean
      autoattachGraphicsDevice?: boolean
      autoattachPodInterface?: boolean
    }
  }
  networks?: Network[]
  volumes?: VmVolume[]
  nodeSelector?: Record<string, string>
  affinity?: Record<string, unknown>
  tolerations?: object[]
  topologySpreadConstraints?: object[]
  terminationGracePeriodSeconds?: number
  evictionStrategy?: string
  startStrategy?: string
  hostname?: string
  subdomain?: string
  dnsPolicy?: string
  dnsConfig?: { nameservers?: string[]; searches?: string[] }
  schedulerName?: string
  priorityClassName?: string
  architecture?: string
}

export type StateChangeRequest = { action: 'Start' | 'Stop'; uid?: string; data?: Record<string, string> }
export type StartFailure = { consecutiveFailCount: number; lastFailedVMIUID: string; retryAfterTimestamp: string }
export type Matcher = { name?: string; kind?: string; revisionName?: string }
export type MatcherStatus = { name: string; kind: string; controllerRevisionRef?: { name: string } }

export type VirtualMachine = KubeObject & {
  spec: {
    running?: boolean
    runStrategy?: RunStrategy
    instancetype?: Matcher
    preference?: Matcher
    dataVolumeTemplates?: object[]
    template: { metadata?: Partial<ObjectMeta>; spec: VmiSpec }
  }
  status?: VirtualMachineStatus
}

export type VirtualMachineStatus = {
  created?: boolean
  ready?: boolean
  printableStatus?: string
  runStrategy?: RunStrategy
  conditions?: KubeVirtCondition[]
  stateChangeRequests?: StateChangeRequest[]
  startFailure?: StartFailure
  desiredGeneration?: number
  observedGeneration?: number
  instancetypeRef?: MatcherStatus
  volumeSnapshotStatuses?: { name: string; enabled: boolean; reason?: string }[]
}

export type VmiInterface = {
  name: string
  mac?: string
  ipAddress?: string
  ipAddresses?: string[]
  infoSource?: string
  podInterfaceName?: string
  interfaceName?: string
  queueCount?: number
  linkState?: string
}

export type VolumeStatus = {
  name: string
  target: string
  size?: number
  persistentVolumeClaimInfo?: {
    claimName: string
    accessModes?: string[]
    capacity?: Record<string, string>
    requests?: Record<string, string>
    volumeMode?: string
    filesystemOverhead?: string
  }
  /** Of one that came while the machine ran: the pod that attaches it to the node. */
  hotplugVolume?: { attachPodName?: string; attachPodUID?: string }
  phase?: string
  reason?: string
  message?: string
}

export type VirtualMachineInstance = KubeObject & {
  spec: VmiSpec
  status?: {
    phase?: Phase
    nodeName?: string
    conditions?: KubeVirtCondition[]
    interfaces?: VmiInterface[]
    volumeStatus?: VolumeStatus[]
    activePods?: Record<string, string>
    guestOSInfo?: Record<string, string>
    phaseTransitionTimestamps?: { phase: Phase; phaseTransitionTimestamp: string }[]
    virtualMachineRevisionName?: string
    currentCPUTopology?: { cores: number; sockets: number; threads: number }
    memory?: { guestAtBoot: string; guestCurrent: string; guestRequested: string }
    machine?: { type: string }
    qosClass?: string
    launcherContainerImageVersion?: string
    migrationMethod?: string
    migrationTransport?: string
    runtimeUser?: number
    selinuxContext?: string
    fsFreezeStatus?: string
  }
}

export type Migration = KubeObject & { spec: { vmiName?: string }; status?: { phase?: string } }

export type Instancetype = KubeObject & {
  spec: {
    cpu: { guest: number; dedicatedCPUPlacement?: boolean; model?: string; maxSockets?: number }
    memory: { guest: string; maxGuest?: string; overcommitPercent?: number; hugepages?: object }
    nodeSelector?: Record<string, string>
    schedulerName?: string
    annotations?: Record<string, string>
  }
}
