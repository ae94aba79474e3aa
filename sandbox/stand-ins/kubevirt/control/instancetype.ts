import type { KubeObject } from '../../../../crds/kubernetes.ts'
import { controllerReference } from '../../../../operator/runtime/ownership.ts'
import { deepEqual } from '../../merge-patch.ts'
import type { Instancetype, MatcherStatus, VirtualMachine, VmiSpec } from '../types.ts'

/** A frozen copy of an instance type: a running machine and its restarts never see later edits. */
export type ControllerRevision = KubeObject & { revision?: number; data?: { spec?: unknown } & Record<string, unknown> }

/** `<vm>-<instancetype>-<version>-<uid>-<generation>`, as upstream names the frozen copy. Source: kubevirt v1.9.0, pkg/instancetype/revision. */
export const instancetypeRevisionName = (vm: VirtualMachine, { apiVersion, metadata: { name, uid, generation } }: Instancetype): string =>
  `${vm.metadata.name}-${name}-${apiVersion.split('/')[1] ?? ''}-${uid}-${generation ?? 1}`

/** The frozen copy itself, owned by the VirtualMachine. */
export const buildInstancetypeRevision = (vm: VirtualMachine, instancetype: Instancetype) => ({
  apiVersion: 'apps/v1',
  kind: 'ControllerRevision',
  metadata: {
    name: instancetypeRevisionName(vm, instancetype),
    namespace: vm.metadata.namespace ?? '',
    labels: {
      'instancetype.kubevirt.io/object-generation': `${instancetype.metadata.generation ?? 1}`,
      'instancetype.kubevirt.io/object-kind': instancetype.kind,
      'instancetype.kubevirt.io/object-name': instancetype.metadata.name,
      'instancetype.kubevirt.io/object-uid': instancetype.metadata.uid,
      'instancetype.kubevirt.io/object-version': 'v1beta1',
    },
    ownerReferences: [controllerReference(vm)],
  },
  data: {
    apiVersion: instancetype.apiVersion,
    kind: instancetype.kind,
    metadata: { name: instancetype.metadata.name, uid: instancetype.metadata.uid, generation: instancetype.metadata.generation },
    spec: instancetype.spec,
  },
  revision: 0,
})

/** The kind that a matcher means: cluster-wide unless it says otherwise. */
export const matcherKind = (matcher: { kind?: string }): 'VirtualMachineInstancetype' | 'VirtualMachineClusterInstancetype' =>
  matcher.kind?.toLowerCase() === 'virtualmachineinstancetype' ? 'VirtualMachineInstancetype' : 'VirtualMachineClusterInstancetype'

/** Whether the recorded copy still belongs to what the spec names. */
export const isRevisionCurrent = (vm: VirtualMachine, ref: MatcherStatus | undefined): boolean =>
  ref?.controllerRevisionRef !== undefined && ref.name === vm.spec.instancetype?.name && ref.kind === matcherKind(vm.spec.instancetype)

/** Fields of a template that an instance type owns; naming one beside it is a conflict. Paths as upstream's webhook prints them. */
export const instancetypeConflicts = (template: VmiSpec): string[] => {
  const { cpu, memory, resources } = template.domain
  const conflicts: [boolean, string][] = [
    [cpu?.cores !== undefined || cpu?.sockets !== undefined || cpu?.threads !== undefined || cpu?.maxSockets !== undefined, 'cpu'],
    [cpu?.model !== undefined, 'cpu.model'],
    [cpu?.dedicatedCpuPlacement !== undefined, 'cpu.dedicatedCpuPlacement'],
    [memory?.guest !== undefined, 'memory.guest'],
    [memory?.hugepages !== undefined, 'memory.hugepages'],
    [resources?.requests?.['cpu'] !== undefined, 'resources.requests.cpu'],
    [resources?.requests?.['memory'] !== undefined, 'resources.requests.memory'],
    [resources?.limits?.['cpu'] !== undefined, 'resources.limits.cpu'],
    [resources?.limits?.['memory'] !== undefined, 'resources.limits.memory'],
  ]
  return conflicts.filter(([taken]) => taken).map(([, path]) => `spec.template.spec.domain.${path}`)
}

/** A template with an instance type's CPUs and memory. CPUs become sockets, as without a preference. */
export const expandInstancetype = (template: VmiSpec, spec: Instancetype['spec']): VmiSpec => ({
  ...template,
  ...(spec.nodeSelector === undefined ? {} : { nodeSelector: { ...spec.nodeSelector, ...template.nodeSelector } }),
  ...(spec.schedulerName === undefined ? {} : { schedulerName: spec.schedulerName }),
  domain: {
    ...template.domain,
    cpu: {
      ...template.domain.cpu,
      cores: 1,
      threads: 1,
      sockets: spec.cpu.guest,
      ...(spec.cpu.maxSockets === undefined ? {} : { maxSockets: spec.cpu.maxSockets }),
      ...(spec.cpu.model === undefined ? {} : { model: spec.cpu.model }),
      ...(spec.cpu.dedicatedCPUPlacement === true ? { dedicatedCpuPlacement: true } : {}),
    },
    memory: {
      ...template.domain.memory,
      guest: spec.memory.guest,
      ...(spec.memory.maxGuest === undefined ? {} : { maxGuest: spec.memory.maxGuest }),
      ...(spec.memory.hugepages === undefined ? {} : { hugepages: spec.memory.hugepages }),
    },
  },
})

/** Template fields that a running machine takes over without a restart (vmRolloutStrategy LiveUpdate). */
const withoutLiveFields = ({ nodeSelector: _, affinity: __, tolerations: ___, networks: ____, volumes, domain, ...rest }: VmiSpec) => ({
  ...rest,
  volumes: (volumes ?? []).filter((volume) => volume.persistentVolumeClaim?.hotpluggable !== true && volume.dataVolume?.hotpluggable !== true),
  domain: { ...domain, devices: { ...domain.devices, disks: [], interfaces: [] } },
})

/** Whether what runs differs from the template in a way that only a restart takes over. */
export const restartRequired = (started: VirtualMachine['spec'], current: VirtualMachine['spec']): boolean =>
  !deepEqual(withoutLiveFields(started.template.spec), withoutLiveFields(current.template.spec)) ||
  started.instancetype?.name !== current.instancetype?.name
