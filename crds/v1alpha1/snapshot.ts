import type { z } from 'zod'
import { define, type Definition, type Resource } from '../definition.ts'
import { choice, dateTime, refTo, reportedBytes, reportedID, statusFields, struct, tags, text } from '../fields.ts'
import { exactlyOne, immutableIfAny } from '../immutable.ts'

const anew = 'create a new Snapshot'

/** `spec` of a Snapshot. */
export const snapshotSpec = struct({
  description: 'What is to be kept.',
  rules: [
    exactlyOne(['volumeRef', 'instanceRef'], 'a Snapshot needs exactly one of volumeRef (one volume) and instanceRef (all its volumes)'),
    immutableIfAny('volumeRef', anew),
    immutableIfAny('instanceRef', anew),
  ],
}, {
  volumeRef: refTo('Volume', 'Volume to keep. Immutable.').exactOptional(),
  instanceRef: refTo('Instance', 'Instance whose volumes are kept, all at one point in time. Immutable.').exactOptional(),
  description: text({ description: 'Words of your own, at most 255 characters.', max: 255 }).exactOptional(),
  tags: tags(),
})

/** `status` of a Snapshot. */
export const snapshotStatus = struct('How far the snapshot is. Written by the operator alone.', {
  ...statusFields(),
  snapshotID: reportedID('ID of the snapshot, snap- and 17 hexadecimal digits.').exactOptional(),
  state: choice(['pending', 'completed', 'error'], 'State of the snapshot, as EC2 names it.').exactOptional(),
  progress: text({ description: 'How much is kept, for example 42%.', max: 16 }).exactOptional(),
  size: reportedBytes('Size of what was kept; a Volume made from it must be at least as large.').exactOptional(),
  startTime: dateTime('The point in time that is kept, RFC 3339 in UTC.').exactOptional(),
  completionTime: dateTime('When it was complete, RFC 3339 in UTC.').exactOptional(),
  consistency: choice(['Crash', 'Filesystem'], 'Crash: as after a power cut; Filesystem: the guest froze its filesystems first.').exactOptional(),
})

export type SnapshotSpec = z.output<typeof snapshotSpec>
export type SnapshotStatus = z.output<typeof snapshotStatus>
/** The bytes of one volume, or of all volumes of an instance, at one point in time. */
export type Snapshot = Resource<SnapshotSpec, SnapshotStatus>

export const snapshot: Definition = define({
  kind: 'Snapshot',
  plural: 'snapshots',
  shortNames: ['snap'],
  description: 'The bytes of one volume, or of all volumes of an instance, at one point in time.',
  spec: snapshotSpec,
  status: snapshotStatus,
  columns: [
    { name: 'State', type: 'string', description: 'State of the snapshot.', jsonPath: '.status.state' },
    { name: 'Progress', type: 'string', description: 'How much is kept.', jsonPath: '.status.progress' },
    { name: 'Size', type: 'string', description: 'Size.', jsonPath: '.status.size' },
    { name: 'Volume', type: 'string', description: 'Volume that was kept.', jsonPath: '.spec.volumeRef.name' },
    { name: 'ID', type: 'string', description: 'Snapshot ID.', jsonPath: '.status.snapshotID' },
    { name: 'Consistency', type: 'string', description: 'Crash or Filesystem.', jsonPath: '.status.consistency', priority: 1 },
  ],
  reasons: {
    Completed: 'Ready: the snapshot can be used.',
    SnapshotFailed: 'Stalled: the storage could not make the snapshot; the message says why.',
  },
})
