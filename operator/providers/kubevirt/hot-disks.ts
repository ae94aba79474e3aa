import type { V1Disk, V1Volume } from '@kubevirt-ui-ext/kubevirt-api/kubevirt'
import type { KubeObject } from '../../../crds/kubernetes.ts'
import type { VirtualMachine, VirtualMachineInstance } from './resources.ts'

/** A disk that comes and goes while its machine runs. */
export type HotDisk = {
  /** Name of the disk inside the machine, a DNS label. */
  name: string
  /** Name of the PersistentVolumeClaim. */
  claim: string
  /** Shown to the guest. */
  serial: string
  readOnly?: true
  /** Other machines have it too. */
  shareable?: true
}

export const hotVolume = ({ name, claim }: HotDisk) => ({ name, persistentVolumeClaim: { claimName: claim, hotpluggable: true } }) satisfies V1Volume

/** On SCSI: a machine has few ports for virtio. A disk that is shared must not be cached by one of those who share it. */
export const hotDevice = ({ name, serial, readOnly, shareable }: HotDisk) => ({
  name,
  serial,
  disk: { bus: 'scsi', ...readOnly === true ? { readonly: true } : {} },
  ...shareable === true ? { shareable: true, cache: 'none' } : {},
}) satisfies V1Disk

type Device = { name: string; serial?: string; disk?: { readonly?: boolean }; shareable?: boolean }
type Volume = { name: string; persistentVolumeClaim?: { claimName: string; hotpluggable?: boolean } }

/** What the template of a VirtualMachine, as the API server sends it, says of disks. */
export type DiskTemplate = { spec?: { volumes?: Volume[]; domain?: { devices?: { disks?: Device[] } } } }

/** A VirtualMachine as the API server sends it. */
export type RawMachine = KubeObject & {
  spec: { runStrategy?: string; template: DiskTemplate }
  status?: { runStrategy?: string; printableStatus?: string; desiredGeneration?: number }
}

/** A VirtualMachineInstance as the API server sends it. */
export type RawRun = KubeObject & {
  spec?: { volumes?: Volume[] }
  status?: { volumeStatus?: { name: string; persistentVolumeClaimInfo?: { claimName?: string } }[] }
}

/** The disks of a template that come and go. */
export const hotDisksOf = ({ spec }: DiskTemplate): HotDisk[] => (spec?.volumes ?? []).flatMap(({ name, persistentVolumeClaim }) => {
  if (persistentVolumeClaim?.hotpluggable !== true) return []
  const device = spec?.domain?.devices?.disks?.find(disk => disk.name === name)
  return [{
    name,
    claim: persistentVolumeClaim.claimName,
    serial: device?.serial ?? '',
    ...device?.disk?.readonly === true ? { readOnly: true } : {},
    ...device?.shareable === true ? { shareable: true } : {},
  }]
})

/** Whether a machine has a claim, be it as a disk that comes and goes. */
export const mountsClaim = ({ spec }: RawMachine, claim: string): boolean =>
  spec.template.spec?.volumes?.some(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName === claim) === true

/** Whether a run has a claim, or has not let go of it to the end. */
export const runMountsClaim = ({ spec, status }: RawRun, claim: string): boolean =>
  spec?.volumes?.some(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName === claim) === true ||
  status?.volumeStatus?.some(({ persistentVolumeClaimInfo }) => persistentVolumeClaimInfo?.claimName === claim) === true

/**
 * Annotation of a VirtualMachine: when a disk was last plugged in or out of it, RFC 3339. Changes that come faster than KubeVirt can follow make its
 * attachment pods replace each other for ever (kubevirt#16937).
 */
export const disksChangedAt = 'kumulus.dev/disks-changed-at'

/** Milliseconds between two changes of the disks of one machine that runs. */
export const changePause = 8000

/** Milliseconds until a machine may get or lose a disk; undefined where an event of its run will tell. */
export const untilSettled = (machine: VirtualMachine, run: VirtualMachineInstance | undefined, now: number, change: 'plug' | 'unplug'): number | undefined => {
  // What does not run takes any change: the next run begins with it.
  if (run === undefined || (run.status.phase !== 'Running' && run.status.phase !== 'Unknown')) return 0
  if (!hasFollowed(machine, run) || (change === 'plug' && unmadeDisks(machine, run).length > 0)) return undefined
  const changed = Date.parse(machine.metadata.annotations?.[disksChangedAt] ?? '')
  return Number.isNaN(changed) ? 0 : Math.max(0, changed + changePause - now)
}

/**
 * Disks of which KubeVirt waits for the claim to be bound, for ever if need be: until then it attaches no other, and has begun nothing with these, so
 * that any disk can go. Source: kubevirt v1.9.0, pkg/virt-controller/watch/vmi/volume-hotplug.go.
 */
export const unmadeDisks = ({ spec: { hotDisks = [] } }: VirtualMachine, run: VirtualMachineInstance | undefined): HotDisk[] =>
  hotDisks.filter(({ name }) => run?.status.volumes[name] === 'Pending')

/** The run has just the disks that its machine is to have, each as far as it can be. Those that it began with say no phase. */
const hasFollowed = ({ spec: { hotDisks = [] } }: VirtualMachine, { status: { volumes } }: VirtualMachineInstance): boolean =>
  hotDisks.every(({ name }) => volumes[name] === 'Ready' || volumes[name] === 'Pending') &&
  Object.entries(volumes).every(([name, phase]) => phase === '' || hotDisks.some(disk => disk.name === name))

/** Merge patch that gives a machine one more disk, or takes it away. */
export const disksPatch = (machine: RawMachine, change: { plug: HotDisk } | { unplug: string }, at: string) => {
  const { volumes = [], domain } = machine.spec.template.spec ?? {}
  const disks = domain?.devices?.disks ?? []
  const gone = 'unplug' in change ? volumes.filter(({ persistentVolumeClaim }) => isHot(persistentVolumeClaim, change.unplug)).map(({ name }) => name) : []
  const added = 'plug' in change ? [change.plug] : []
  return {
    metadata: { annotations: { [disksChangedAt]: at } },
    spec: {
      template: {
        spec: {
          volumes: [...volumes.filter(({ name }) => !gone.includes(name)), ...added.map(hotVolume)],
          domain: { devices: { disks: [...disks.filter(({ name }) => !gone.includes(name)), ...added.map(hotDevice)] } },
        },
      },
    },
  }
}

const isHot = (source: Volume['persistentVolumeClaim'], claim: string): boolean => source?.hotpluggable === true && source.claimName === claim

/**
 * Whether KubeVirt has acted on a machine as it is now, and can't come back to an older one: it has a run and says for which version of the machine,
 * or has none and says that it is off. Source: kubevirt v1.9.0, pkg/virt-controller/watch/vm, `syncGenerationInfo` and `updateStatus`.
 */
export const isUpToDate = ({ metadata, spec, status }: RawMachine, run: RawRun | undefined): boolean => run === undefined
  ? spec.runStrategy === 'Halted' && (status?.runStrategy ?? 'Halted') === 'Halted'
  : (status?.desiredGeneration ?? 0) >= (metadata.generation ?? 0)
