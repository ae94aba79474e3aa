import type { Claim } from '../../csi/types.ts'
import type { Pod } from '../../kubelet/types.ts'
import { quantity, formatBytes } from '../../quantity.ts'
import { isTrue, withCondition, withoutCondition } from '../conditions.ts'
import { transitions } from '../instances.ts'
import { podInterfaces } from '../launchers.ts'
import type { Disk, KubeVirtCondition, VirtualMachineInstance, VmiInterface } from '../types.ts'

type Status = NonNullable<VirtualMachineInstance['status']>

/** The status with which virt-handler reports a machine that has begun to run. */
export const runningStatus = (
  vmi: VirtualMachineInstance,
  { pod, claims, paused, now }: { pod: Pod; claims: readonly Claim[]; paused: boolean; now: string },
): Status => {
  const { cpu, memory, machine, resources } = vmi.spec.domain
  const guest = formatBytes(quantity(memory?.guest ?? resources?.requests?.['memory'] ?? '512Mi'))
  const old = vmi.status ?? {}
  return {
    ...old,
    phase: 'Running',
    phaseTransitionTimestamps: transitions(old, 'Running', now),
    interfaces: podInterfaces(vmi, pod),
    currentCPUTopology: { cores: cpu?.cores ?? 1, sockets: cpu?.sockets ?? 1, threads: cpu?.threads ?? 1 },
    memory: { guestAtBoot: guest, guestCurrent: guest, guestRequested: guest },
    machine: { type: machine?.type ?? 'q35' },
    migrationMethod: 'BlockMigration',
    runtimeUser: 107,
    // virt-controller makes no pod to plug a volume in with before it knows this.
    selinuxContext: 'none',
    volumeStatus: (old.volumeStatus ?? []).map((volume) => ({ ...volume, target: volume.target === '' ? diskTarget(vmi, volume.name) : volume.target })),
    conditions: withPaused(withCondition(withMigratable(vmi, claims, now), { type: 'Ready', status: 'True' }, now), paused, now),
  }
}

/** The name under which a guest sees a disk. */
export const diskTarget = ({ spec: { domain: { devices: { disks = [] } } } }: VirtualMachineInstance, name: string): string => {
  const prefixOf = (disk: Disk | undefined) => ((disk?.disk?.bus ?? 'virtio') === 'virtio' ? 'vd' : 'sd')
  const prefix = prefixOf(disks.find((disk) => disk.name === name))
  const index = disks.filter((disk) => prefixOf(disk) === prefix).findIndex((disk) => disk.name === name)
  return `${prefix}${String.fromCharCode(97 + (Math.max(0, index) % 26))}`
}

const withMigratable = (vmi: VirtualMachineInstance, claims: readonly Claim[], now: string): KubeVirtCondition[] => {
  const conditions = vmi.status?.conditions
  const bound = claims.find(({ spec }) => !(spec.accessModes ?? []).includes('ReadWriteMany'))
  const onPodNetwork = (name: string) => vmi.spec.networks?.some((network) => network.name === name && network.pod !== undefined) === true
  const bridged = vmi.spec.domain.devices.interfaces?.some(({ name, bridge }) => bridge !== undefined && onPodNetwork(name))
  const allowed = vmi.metadata.annotations?.['kubevirt.io/allow-pod-bridge-network-live-migration'] !== undefined
  if (bound !== undefined) {
    const message = `cannot migrate VMI: PVC ${bound.metadata.name} is not shared, live migration requires that all PVCs must be shared (using ReadWriteMany access mode)`
    return withCondition(conditions, { type: 'LiveMigratable', status: 'False', reason: 'DisksNotLiveMigratable', message }, now)
  }
  if (bridged === true && !allowed) {
    const message = 'cannot migrate VMI which does not use masquerade, bridge with kubevirt.io/allow-pod-bridge-network-live-migration VM annotation or a migratable plugin to connect to the pod network'
    return withCondition(conditions, { type: 'LiveMigratable', status: 'False', reason: 'InterfaceNotLiveMigratable', message }, now)
  }
  return withCondition(conditions, { type: 'LiveMigratable', status: 'True' }, now)
}

const withPaused = (conditions: KubeVirtCondition[], paused: boolean, now: string): KubeVirtCondition[] =>
  paused
    ? withCondition(conditions, { type: 'Paused', status: 'True', reason: 'PausedByUser', message: 'VMI was paused by user' }, now)
    : withoutCondition(conditions, 'Paused')

export type AgentFacts = { interfaces: VmiInterface[] | undefined; paused: boolean; agent: boolean; now: string }

/** What changes while a machine runs: paused or not, and the guest agent once it has connected. */
export const agentStatus = (vmi: VirtualMachineInstance, { interfaces, paused, agent, now }: AgentFacts): Status => {
  const old = vmi.status ?? {}
  const known = interfaces ?? old.interfaces ?? []
  const conditions = withPaused(old.conditions ?? [], paused, now)
  if (!agent) return { ...old, conditions: withoutCondition(conditions, 'AgentConnected'), interfaces: known }
  return {
    ...old,
    // Source: kubevirt v1.9.0, updateGuestAgentConditions: no lastTransitionTime, and gone with the agent.
    conditions: isTrue(conditions, 'AgentConnected') ? conditions : [...conditions, { type: 'AgentConnected', status: 'True', lastProbeTime: now, lastTransitionTime: null }],
    interfaces: known.map((nic, index) => ({ ...nic, infoSource: 'domain, guest-agent', interfaceName: `eth${index}` })),
    guestOSInfo: { name: 'Linux', kernelRelease: '6.12', id: 'linux', prettyName: 'Linux', machine: 'x86_64', ...old.guestOSInfo },
  }
}

export const withFrozen = (status: Status, frozen: boolean): Status => {
  const { fsFreezeStatus: _, ...rest } = status
  return frozen ? { ...rest, fsFreezeStatus: 'frozen' } : rest
}
