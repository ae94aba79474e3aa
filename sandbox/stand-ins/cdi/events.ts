import type { Transfer } from './data-volume-status.ts'
import type { DataVolume, DataVolumePhase } from './types.ts'

export type DataVolumeEvent = { type: 'Normal' | 'Warning'; reason: string; message: string }

/** The event that goes with entering a phase, or with a failure in it. */
export const dataVolumeEvent = (
  { metadata, spec }: DataVolume,
  phase: DataVolumePhase,
  transfer: Transfer | undefined,
): DataVolumeEvent | undefined => {
  const { name, namespace } = metadata
  if (transfer?.state === 'failed') return { type: 'Warning', reason: 'Error', message: transfer.message }
  const source = spec.source?.pvc ?? spec.source?.snapshot
  const from = source === undefined ? `${spec.sourceRef?.namespace ?? namespace}/${spec.sourceRef?.name}` : `${source.namespace}/${source.name}`
  const isClone = source !== undefined || spec.sourceRef !== undefined
  const messages: Partial<Record<DataVolumePhase, [string, string]>> = {
    ImportScheduled: ['ImportScheduled', `Import into ${name} scheduled`],
    ImportInProgress: ['ImportInProgress', `Import into ${name} in progress`],
    CloneScheduled: ['CloneScheduled', `Cloning from ${from} into ${namespace}/${name} scheduled`],
    CloneInProgress: ['CloneInProgress', `Cloning from ${from} into ${namespace}/${name} in progress`],
    SnapshotForSmartCloneInProgress: ['SnapshotForSmartCloneInProgress', `Creating snapshot for smart-clone is in progress (for pvc ${from})`],
    CloneFromSnapshotSourceInProgress: ['CloneFromSnapshotSourceInProgress', `Creating PVC from snapshot source is in progress (for snapshot ${from})`],
    RebindInProgress: ['RebindInProgress', `Rebinding PersistentVolumeClaim for DataVolume ${namespace}/${name}`],
    Succeeded: isClone ? ['CloneSucceeded', `Successfully cloned from ${from} into ${namespace}/${name}`] : ['ImportSucceeded', `Successfully imported into PVC ${name}`],
  }
  const found = messages[phase]
  return found === undefined ? undefined : { type: 'Normal', reason: found[0], message: found[1] }
}
