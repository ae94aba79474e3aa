import { Gauge, Histogram } from 'prom-client'
import type { KubeObject } from '../crds/kubernetes.ts'
import { imageInformer } from './resources/image/store.ts'
import { instanceInformer } from './resources/instance/store.ts'
import { snapshotInformer } from './resources/snapshot/store.ts'
import { snapshotScheduleInformer } from './resources/snapshot-schedule/store.ts'
import { volumeInformer } from './resources/volume/store.ts'
import type { Runtime } from './runtime/runtime.ts'
import type { InformerSpec } from './runtime/store.ts'

/** What the metrics of the fleet read of an object. */
type Counted = KubeObject & {
  status?: { state?: string; launchTime?: string; stateTransitionTime?: string; conditions?: readonly { type: string; status: string }[] }
}

const COUNTED = [
  instanceInformer, volumeInformer, imageInformer, snapshotInformer, snapshotScheduleInformer,
] as unknown as readonly InformerSpec<Counted>[]

/** Seconds; a launch that clones takes seconds, one that waits for a node or an image minutes. */
const LAUNCH_BUCKETS = [1, 2, 5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300, 600, 1800]

/**
 * How many machines, disks, images, snapshots and schedules there are in each state, which schedules fail, and how long launches take. Kept by the
 * changes of the stores, so that a scrape costs the same for a hundred thousand as for one. Before the runtime's start only.
 */
export const measureFleet = (runtime: Runtime): void => {
  const registers = [runtime.metrics.registry]
  const states = new Gauge({ name: 'kumulus_objects', help: 'Number of objects by kind and state', labelNames: ['kind', 'state'], registers })
  const stalled = new Gauge({ name: 'kumulus_objects_stalled', help: 'Number of objects that wait for their user, by kind', labelNames: ['kind'], registers })
  const failing = new Gauge({
    name: 'kumulus_snapshot_schedules_failing', help: 'Number of SnapshotSchedules whose last run did not take everything', registers,
  })
  const launches = new Histogram({
    name: 'kumulus_instance_launch_duration_seconds', help: 'Time from pending to running of launches and starts', buckets: LAUNCH_BUCKETS, registers,
  })
  for (const spec of COUNTED) {
    const { kind } = spec.resource
    stalled.set({ kind }, 0)
    const count = (object: Counted | undefined, change: 1 | -1) => {
      if (object === undefined) return
      states.inc({ kind, state: object.status?.state ?? 'new' }, change)
      if (has(object, 'Stalled', 'True')) stalled.inc({ kind }, change)
      if (has(object, 'LastRunSucceeded', 'False')) failing.inc(change)
    }
    runtime.informer(spec).store.onChange(({ previous, next }) => {
      count(previous, -1)
      count(next, 1)
      const seconds = kind === 'Instance' ? launchOf(previous, next) : undefined
      if (seconds !== undefined) launches.observe(seconds)
    })
  }
}

const has = ({ status }: Counted, aspect: string, wanted: string): boolean =>
  status?.conditions?.some(({ type, status: value }) => type === aspect && value === wanted) === true

/** Seconds that a launch took which has just ended well. */
const launchOf = (previous: Counted | undefined, next: Counted | undefined): number | undefined => {
  if (previous?.status?.state !== 'pending' || next?.status?.state !== 'running' || previous.metadata.uid !== next.metadata.uid) return undefined
  const { launchTime = '', stateTransitionTime = '' } = next.status
  const seconds = (Date.parse(stateTransitionTime) - Date.parse(launchTime)) / 1000
  return Number.isFinite(seconds) && seconds >= 0 ? seconds : undefined
}
