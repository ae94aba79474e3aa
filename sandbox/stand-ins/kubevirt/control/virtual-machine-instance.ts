import { createHash } from 'node:crypto'
import { uuidOfHash } from '../../../apiserver/identity.ts'
import { formatBytes, quantity } from '../../quantity.ts'
import type { VirtualMachine, VirtualMachineInstance, VmiSpec } from '../types.ts'
import { controllerReference } from '../../../../operator/runtime/ownership.ts'

export const vmFinalizer = 'kubevirt.io/virtualMachineControllerFinalize'
export const vmiFinalizer = 'kubevirt.io/foregroundDeleteVirtualMachine'
export const generationAnnotation = 'kubevirt.io/vm-generation'

const hotplugRatio = 4
const maxVcpus = 512

export type VmiInput = {
  vm: VirtualMachine
  /** The template with its instance type, if any, already in it. */
  template: VmiSpec
  revisionName: string
  paused: boolean
  now: string
}

/** The instance that starts a VirtualMachine, with what KubeVirt's mutating webhook fills in. */
export const buildVirtualMachineInstance = ({ vm, template, revisionName, paused, now }: VmiInput) => ({
  apiVersion: 'kubevirt.io/v1',
  kind: 'VirtualMachineInstance',
  metadata: {
    name: vm.metadata.name,
    namespace: vm.metadata.namespace ?? '',
    labels: { ...vm.spec.template.metadata?.labels },
    annotations: {
      'kubevirt.io/pci-topology-version': 'v3',
      ...vm.spec.template.metadata?.annotations,
      ...instancetypeAnnotation(vm),
      'kubevirt.io/latest-observed-api-version': 'v1',
      'kubevirt.io/storage-observed-api-version': 'v1',
      [generationAnnotation]: `${vm.metadata.generation ?? 1}`,
    },
    finalizers: [vmFinalizer, vmiFinalizer],
    ownerReferences: [controllerReference(vm)],
  },
  spec: { ...withDefaults(template, vm), ...(paused ? { startStrategy: 'Paused' } : {}) },
  status: {
    phase: 'Pending',
    virtualMachineRevisionName: revisionName,
    phaseTransitionTimestamps: [{ phase: 'Pending', phaseTransitionTimestamp: now }],
  } satisfies VirtualMachineInstance['status'],
})

/** Names over 63 characters are shortened with a hash, since labels can't hold them. */
export const instanceId = (name: string): string =>
  name.length <= 63 ? name : `${name.slice(0, 54)}-${createHash('sha256').update(name).digest('hex').slice(0, 8)}`

const instancetypeAnnotation = ({ spec: { instancetype } }: VirtualMachine): Record<string, string> => {
  if (instancetype?.name === undefined) return {}
  const scope = instancetype.kind?.toLowerCase() === 'virtualmachineinstancetype' ? 'instancetype' : 'cluster-instancetype'
  return { [`kubevirt.io/${scope}-name`]: instancetype.name }
}

/** Firmware UUID: a hash of the name only, so that namesakes in two namespaces collide (kubevirt#13156). */
const stableUuid = (name: string): string => uuidOfHash(createHash('sha1').update(`kubevirt.io/${name}`).digest('hex'), 5)

/** Up to four times as many CPUs and as much memory may come while it runs. Source: kubevirt v1.9.0, pkg/defaults, `setupHotplug`. */
const hotpluggable = ({ cpu: given, memory }: VmiSpec['domain']): Pick<VmiSpec['domain'], 'cpu' | 'memory'> => {
  const cpu = { cores: 1, sockets: 1, threads: 1, model: 'host-model', ...given }
  const most = Math.floor(maxVcpus / (cpu.cores * cpu.threads))
  const maxSockets = cpu.maxSockets ?? Math.max(cpu.sockets, Math.min(cpu.sockets * hotplugRatio, most))
  const guest = memory?.guest === undefined ? 0 : quantity(memory.guest)
  const grows = guest >= 2 ** 30 && guest % (2 * 2 ** 20) === 0 && memory?.hugepages === undefined
  return {
    cpu: { ...cpu, maxSockets },
    ...(memory === undefined ? {} : { memory: { ...(grows ? { maxGuest: formatBytes(guest * hotplugRatio) } : {}), ...memory } }),
  }
}

const withDefaults = (template: VmiSpec, vm: VirtualMachine): VmiSpec => {
  const { domain } = template
  const attachPod = template.networks === undefined && domain.devices.autoattachPodInterface !== false
  const missingDisks = (template.volumes ?? []).filter((volume) => !(domain.devices.disks ?? []).some((disk) => disk.name === volume.name))
  return {
    architecture: 'amd64',
    terminationGracePeriodSeconds: 30,
    evictionStrategy: 'None',
    ...template,
    domain: {
      ...domain,
      ...hotpluggable(domain),
      resources: { ...domain.resources },
      machine: domain.machine ?? { type: 'q35' },
      firmware: { ...domain.firmware, uuid: domain.firmware?.uuid ?? stableUuid(vm.metadata.name) },
      features: { acpi: { enabled: true }, ...domain.features },
      devices: {
        ...domain.devices,
        disks: [
          ...(domain.devices.disks ?? []).map((disk) => ('disk' in disk || 'cdrom' in disk || 'lun' in disk ? disk : { ...disk, disk: { bus: 'virtio' } })),
          ...missingDisks.map(({ name }) => ({ name, disk: { bus: 'virtio' } })),
        ],
        ...(attachPod ? { interfaces: [{ name: 'default', masquerade: {} }] } : {}),
      },
    },
    ...(attachPod ? { networks: [{ name: 'default', pod: {} }] } : {}),
  }
}

