import { type KubeObject, keyOf, type ObjectMeta } from '../../../crds/kubernetes.ts'
import type { InformerSpec } from '../../runtime/store.ts'
import { addressesInAnnotations, securityGroupsSuffix } from '../kube-ovn/pod-annotations.ts'
import { identityOf, managedByKumulus } from '../made.ts'
import { type DiskTemplate, hotDisksOf } from './hot-disks.ts'
import { isInterfaceName } from './interfaces.ts'
import {
  podResource, virtualMachineInstanceResource, virtualMachineResource,
  type LauncherPod, type MachineCondition, type MachinePhase, type PrintableStatus, type VirtualMachine, type VirtualMachineInstance,
} from './resources.ts'

/** Launcher pods inherit the labels of the machine's template, ours among them. Other pods that carry ours, of CDI, are left out. */
const ourLaunchers = `${managedByKumulus},kubevirt.io=virt-launcher`

/** Index of VirtualMachines by `namespace/claim` of every PersistentVolumeClaim that they mount: who uses a volume. */
export const byClaim = 'claim'

/** Index of VirtualMachines by `addressEvidence` of the addresses that their template gives. */
export const byAddress = 'address'

/** Index of VirtualMachines by `namespace/name` of every interface that they have beside the first. */
export const byInterface = 'interface'

/** Index of launcher pods by the UID of the VirtualMachineInstance that they run. */
export const byMachine = 'machine'

/** KubeVirt's label on launcher pods: the UID of the VirtualMachineInstance. */
const machineUidLabel = 'kubevirt.io/created-by'

/** UID of the VirtualMachineInstance that a launcher pod runs. */
export const machineUIDOf = ({ metadata }: LauncherPod): string | undefined => metadata.labels?.[machineUidLabel]

export const virtualMachineInformer: InformerSpec<VirtualMachine> = {
  resource: virtualMachineResource,
  labelSelector: managedByKumulus,
  trim: (machine: RawVirtualMachine): VirtualMachine => ({
    apiVersion: machine.apiVersion,
    kind: machine.kind,
    metadata: metadataOf(machine.metadata),
    spec: {
      ...given('runStrategy', machine.spec.runStrategy),
      ...given('instancetype', machine.spec.instancetype?.name),
      claims: (machine.spec.template.spec?.volumes ?? []).flatMap(volume => volume.persistentVolumeClaim?.claimName ?? []),
      ...ifAny('hotDisks', hotDisksOf(machine.spec.template)),
      templateLabels: onlyRead(machine.spec.template.metadata?.labels),
      templateAnnotations: machine.spec.template.metadata?.annotations ?? {},
      ...ifAny('interfaces', (machine.spec.template.spec?.domain?.devices?.interfaces ?? []).filter(({ name }) => isInterfaceName(name))
        .map(({ name, state }) => ({ name, absent: state === 'absent' }))),
    },
    status: {
      ...given('printableStatus', machine.status?.printableStatus),
      ...given('runStrategy', machine.status?.runStrategy),
      ...machine.status?.stateChangeRequests?.some(({ action }) => action === 'Start') === true ? { startRequested: true } : {},
    },
  }),
  indexes: {
    [byClaim]: machine => machine.spec.claims.map(name => keyOf({ namespace: machine.metadata.namespace ?? '', name })),
    [byAddress]: machine => addressesInAnnotations(machine.spec.templateAnnotations),
    [byInterface]: machine => (machine.spec.interfaces ?? []).map(({ name }) => keyOf({ namespace: machine.metadata.namespace ?? '', name })),
  },
}

export const virtualMachineInstanceInformer: InformerSpec<VirtualMachineInstance> = {
  resource: virtualMachineInstanceResource,
  labelSelector: managedByKumulus,
  trim: (machine: RawVirtualMachineInstance): VirtualMachineInstance => ({
    apiVersion: machine.apiVersion,
    kind: machine.kind,
    metadata: metadataOf(machine.metadata),
    status: {
      ...given('phase', machine.status?.phase),
      ...given('nodeName', machine.status?.nodeName),
      ...given('evacuationNodeName', machine.status?.evacuationNodeName),
      conditions: conditionsOf(machine.status?.conditions, ['Ready', 'PodScheduled', 'AgentConnected', 'Paused', 'Synchronized', ...migrationOf(machine)]),
      ...given('endedAt', machine.status?.phaseTransitionTimestamps?.find(entry => entry.phase === 'Succeeded')?.phaseTransitionTimestamp),
      volumes: Object.fromEntries((machine.status?.volumeStatus ?? []).map(volume => [volume.name, volume.phase ?? ''])),
      ...ifAny('interfaces', Object.fromEntries((machine.status?.interfaces ?? [])
        .flatMap(({ name = '', infoSource = '' }) => isInterfaceName(name) ? [[name, infoSource]] : []))),
    },
  }),
}

export const launcherPodInformer: InformerSpec<LauncherPod> = {
  resource: podResource,
  labelSelector: ourLaunchers,
  trim: (pod: RawPod): LauncherPod => ({
    apiVersion: pod.apiVersion,
    kind: pod.kind,
    metadata: { ...metadataOf(pod.metadata), ...given('deletionGracePeriodSeconds', pod.metadata.deletionGracePeriodSeconds) },
    ...given('node', pod.spec?.nodeName),
    status: { ...given('phase', pod.status?.phase), conditions: conditionsOf(pod.status?.conditions, ['PodScheduled', 'DisruptionTarget']) },
  }),
  indexes: {
    [byMachine]: pod => {
      const machine = machineUIDOf(pod)
      return machine === undefined ? [] : [machine]
    },
  },
}

type RawVirtualMachine = KubeObject & {
  spec: {
    runStrategy?: string
    instancetype?: { name?: string }
    template: {
      metadata?: { labels?: Record<string, string>; annotations?: Record<string, string> } | null
      spec?: DiskTemplate['spec'] & { domain?: { devices?: { interfaces?: { name: string; state?: string }[] } } }
    }
  }
  status?: { printableStatus?: PrintableStatus; runStrategy?: string; stateChangeRequests?: { action: string }[] }
}

type RawVirtualMachineInstance = KubeObject & {
  status?: {
    phase?: MachinePhase
    nodeName?: string
    evacuationNodeName?: string
    conditions?: RawCondition[]
    phaseTransitionTimestamps?: { phase?: string; phaseTransitionTimestamp?: string }[]
    volumeStatus?: { name: string; phase?: string }[]
    interfaces?: { name?: string; infoSource?: string }[]
  }
}

type RawPod = KubeObject & { spec?: { nodeName?: string }; status?: { phase?: string; conditions?: RawCondition[] } }

const metadataOf = (metadata: ObjectMeta): ObjectMeta => ({
  ...identityOf(metadata),
  ...given('generation', metadata.generation),
  labels: onlyRead(metadata.labels),
  annotations: onlyRead(metadata.annotations),
})

/** Our own keys and the few of KubeVirt's and Kube-OVN's that are read: a launcher carries a dozen of others' that we would keep for nothing. */
const onlyRead = (entries: Readonly<Record<string, string>> | undefined): Record<string, string> =>
  Object.fromEntries(Object.entries(entries ?? {}).filter(([key]) => isRead(key)))

const isRead = (key: string): boolean =>
  /^([a-z]+\.)?kumulus\.dev\//.test(key) || key === machineUidLabel || key.endsWith(securityGroupsSuffix) || isInterfaceKey(key)

/** Of annotations of the further interfaces those that we write: Kube-OVN adds as many again of its own. */
const isInterfaceKey = (key: string): boolean =>
  /^eni-[0-9a-f]{17}\..*\.ovn\.kubernetes\.io\/(logical_switch|ip_address|mac_address|port_security)$/.test(key)

/** Whether a run can be moved is of interest only where KubeVirt says that it has to be. */
const migrationOf = ({ status }: RawVirtualMachineInstance): string[] =>
  status?.conditions?.some(({ type }) => type === 'MigrationRequired') === true ? ['MigrationRequired', 'LiveMigratable'] : []

type RawCondition = Omit<MachineCondition, 'since'> & { lastProbeTime?: string | null; lastTransitionTime?: string | null }

/** KubeVirt gives AgentConnected a lastProbeTime alone, when the agent comes. Source: kubevirt v1.9.0, virt-handler's updateGuestAgentConditions. */
const conditionsOf = (conditions: readonly RawCondition[] | undefined, types: readonly string[]): readonly MachineCondition[] =>
  (conditions ?? []).filter(({ type }) => types.includes(type)).map(({ type, status, reason, message, lastTransitionTime, lastProbeTime }) => ({
    type, status, ...given('reason', reason), ...given('message', message), ...given('since', lastTransitionTime ?? lastProbeTime ?? undefined),
  }))

const ifAny = <const Key extends string, Value extends object>(key: Key, value: Value): { [K in Key]?: Value } =>
  given(key, Object.keys(value).length === 0 ? undefined : value)

const given = <const Key extends string, Value>(key: Key, value: Value | undefined): { [K in Key]?: Value } =>
  value === undefined ? {} : { [key]: value } as { [K in Key]: Value }
