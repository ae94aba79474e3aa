import { isTrue } from './conditions.ts'
import type { Phase, VirtualMachineInstance, VmiSpec, VmVolume } from './types.ts'

type Status = NonNullable<VirtualMachineInstance['status']>

export const isFinal = (vmi: VirtualMachineInstance): boolean => vmi.status?.phase === 'Succeeded' || vmi.status?.phase === 'Failed'

export const isPaused = (vmi: VirtualMachineInstance): boolean => isTrue(vmi.status?.conditions, 'Paused')

/** Adds the moment of a phase once; its first entry is kept. */
export const transitions = (old: Status, phase: Phase, now: string): NonNullable<Status['phaseTransitionTimestamps']> => {
  const known = old.phaseTransitionTimestamps ?? []
  return known.some((entry) => entry.phase === phase) ? known : [...known, { phase, phaseTransitionTimestamp: now }]
}

/** The claim behind a volume; a DataVolume's claim has its name. */
export const claimNameOf = (volume: VmVolume): string | undefined => volume.persistentVolumeClaim?.claimName ?? volume.dataVolume?.name

/** A volume that comes and goes while its machine runs: a pod of its own attaches it, not the launcher. */
export const isHotVolume = ({ persistentVolumeClaim, dataVolume }: VmVolume): boolean =>
  persistentVolumeClaim?.hotpluggable === true || dataVolume?.hotpluggable === true

export const hotVolumesOf = ({ spec: { volumes = [] } }: VirtualMachineInstance): VmVolume[] => volumes.filter(isHotVolume)

/** Guest CPUs of a topology. */
export const vcpusOf = ({ domain: { cpu, resources } }: VmiSpec): number =>
  cpu === undefined
    ? Math.max(1, Number.parseInt(resources?.limits?.['cpu'] ?? resources?.requests?.['cpu'] ?? '1', 10))
    : Math.max(1, (cpu.cores ?? 1) * (cpu.sockets ?? 1) * (cpu.threads ?? 1))
