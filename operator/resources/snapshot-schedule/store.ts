import { idOf, idPrefixes } from '../../../crds/ids.ts'
import type { KubeObject } from '../../../crds/kubernetes.ts'
import type { Snapshot } from '../../../crds/v1alpha1/snapshot.ts'
import { snapshotSchedule, type SnapshotSchedule } from '../../../crds/v1alpha1/snapshot-schedule.ts'
import { timestamp } from '../../runtime/conditions.ts'
import type { InformerSpec } from '../../runtime/store.ts'
import { byUID, storedObject } from '../stored.ts'

export const snapshotScheduleInformer: InformerSpec<SnapshotSchedule> = {
  resource: snapshotSchedule,
  trim: (schedule: SnapshotSchedule): SnapshotSchedule => storedObject(schedule),
  indexes: {
    uid: byUID,
    namespace: ({ metadata: { namespace = '' } }) => [namespace],
  },
}

export const policyIDOf = ({ metadata }: KubeObject): string => idOf(idPrefixes.snapshotSchedule, metadata.uid)

/**
 * Name of the Snapshot of one target for one time: of IDs and the time in UTC, so that a crash never makes two, and two times of one hour that clocks
 * show twice are told apart.
 * @param time - milliseconds since the epoch, of a whole minute.
 */
export const takenName = (policyID: string, time: number, targetID: string): string =>
  `${policyID}-${timestamp(time).slice(0, 16).replaceAll(/[-:]/g, '').toLowerCase()}z-${targetID}`

/** A Snapshot that a schedule made. `time`: when it was due, milliseconds since the epoch. */
export type Taken = { snapshot: Snapshot; time: number; targetID: string }

/** By its name as well as by its owner: a schedule lets nothing go that it could not have made. */
export const takenOf = (policyID: string, snapshot: Snapshot): Taken | undefined => {
  const [, date, hours, minutes, targetID] = /^policy-[0-9a-f]{17}-(\d{8})t(\d\d)(\d\d)z-((?:i|vol)-[0-9a-f]{17})$/.exec(snapshot.metadata.name) ?? []
  if (date === undefined || targetID === undefined || !snapshot.metadata.name.startsWith(`${policyID}-`)) return undefined
  const time = Date.parse(`${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6)}T${hours}:${minutes}:00Z`)
  return Number.isNaN(time) ? undefined : { snapshot, time, targetID }
}
