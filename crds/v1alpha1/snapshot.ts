import type { z } from 'zod'
import { define, type Definition, type Resource } from '../definition.ts'
import {
  choice, dateTime, deviceName, flag, list, namespaceName, objectName, refTo, reportedBytes, reportedID, setOf, statusFields, struct, tags, text,
} from '../fields.ts'
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
  createVolumePermissions: struct('Which other namespaces may make Volumes of it.', {
    public: flag('Every namespace may.').default(false),
    namespaces: setOf(namespaceName('A namespace that may.'), {
      description: 'Namespaces that may, at most 256. A namespace that is deleted and made again may not, until it is taken out of the list and put back.', max: 256,
    }).exactOptional(),
  }).exactOptional(),
  tags: tags(),
})

/** One volume of a snapshot. */
export const keptVolume = struct('A volume that is kept.', {
  volumeID: reportedID('ID of the volume.'),
  volumeName: text({ description: 'Name of the Volume.', max: 253 }),
  deviceName: text({ description: 'Device name that its instance had it under; the snapshotRef of a new disk names it so. Empty: it was on no instance.', max: 32 }),
  encrypted: flag('Whether the bytes are encrypted at rest; then all that is made of them is.'),
  size: reportedBytes('Size of the volume; one made from it must be at least as large.').exactOptional(),
  startTime: dateTime('When the storage took it, RFC 3339 in UTC.').exactOptional(),
  state: choice(['pending', 'completed', 'error'], 'How far it is.'),
})

/** `status` of a Snapshot. */
export const snapshotStatus = struct('How far the snapshot is. Written by the operator alone.', {
  ...statusFields(),
  snapshotID: reportedID('ID of the snapshot, snap- and 17 hexadecimal digits.').exactOptional(),
  state: choice(['pending', 'completed', 'error'], 'State of the snapshot, as EC2 names it.').exactOptional(),
  progress: text({ description: 'How much is kept, for example 42%.', max: 16 }).exactOptional(),
  size: reportedBytes('Size of what was kept, of all volumes together.').exactOptional(),
  startTime: dateTime('The point in time that is kept, RFC 3339 in UTC.').exactOptional(),
  completionTime: dateTime('When it was complete, RFC 3339 in UTC.').exactOptional(),
  consistency: choice(['Crash', 'Filesystem'], 'Crash: as after a power cut; Filesystem: the guest froze its filesystems first.').exactOptional(),
  consistencyMessage: text({ description: 'Why it is Crash, and what would make the next one Filesystem.', max: 1024 }).exactOptional(),
  freeze: struct('When the guest\'s filesystems stood still for it.', {
    instanceName: text({ description: 'Name of the Instance.', max: 253 }),
    startTime: dateTime('Written before the guest is asked to freeze, RFC 3339 in UTC.'),
    endTime: dateTime('When the guest had been let go on, RFC 3339 in UTC.').exactOptional(),
  }).exactOptional(),
  volumes: list(keptVolume, { description: 'The volumes that are kept: one, or all of an instance.', max: 40, keys: ['volumeID'] }).exactOptional(),
  sharedWith: list(struct('A namespace that may make Volumes of it.', {
    namespace: text({ description: 'Name of the namespace.', max: 63 }),
    uid: text({ description: 'UID of the namespace that was meant: another of its name is not.', max: 64 }),
  }), { description: 'Which namespaces createVolumePermissions was found to mean.', max: 256, keys: ['namespace'] }).exactOptional(),
})

/** What a new disk is made from: `snapshotRef` of Volumes and block devices. */
export const snapshotSource = (description: string) => struct(description, {
  name: objectName('Name of the Snapshot.'),
  namespace: namespaceName('Namespace of the Snapshot; left out, the same namespace. Its createVolumePermissions must admit this namespace.').exactOptional(),
  deviceName: deviceName('Which of the volumes of an instance\'s snapshot: the device name that it had there, for example /dev/sdb. Left out where there is one.')
    .exactOptional(),
})

export type KeptVolume = z.output<typeof keptVolume>
export type SnapshotSource = z.output<ReturnType<typeof snapshotSource>>
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
    { name: 'Instance', type: 'string', description: 'Instance whose volumes were kept.', jsonPath: '.spec.instanceRef.name' },
    { name: 'Consistency', type: 'string', description: 'Crash or Filesystem.', jsonPath: '.status.consistency' },
    { name: 'ID', type: 'string', description: 'Snapshot ID.', jsonPath: '.status.snapshotID' },
    { name: 'Start', type: 'date', description: 'The point in time that is kept.', jsonPath: '.status.startTime', priority: 1 },
  ],
  reasons: {
    Completed: 'Ready: the snapshot can be used.',
    Pending: 'Reconciling: the snapshot is about to be taken, or another of the same instance is being taken.',
    HeldStill: 'On the condition PointInTime: nothing wrote to the volumes while they were taken.',
    TakenApart: 'On the condition PointInTime: the volumes were taken one after the other while the guest wrote. Run qemu-guest-agent in it, or stop the instance first.',
    Shared: 'On the condition Shared: every namespace that createVolumePermissions names may make Volumes of it.',
    NamespaceNotFound: 'On the condition Shared: createVolumePermissions names a namespace that is not there, or not the one that was meant; the message says which and what to do.',
    Thawed: 'Reconciling: the storage takes longer than a guest may stand still; it goes on, and the snapshot is as after a power cut.',
    Freezing: 'Reconciling: the guest is asked to hold its filesystems still.',
    FreezeRetrying: 'Reconciling: the guest could not hold its filesystems still and is asked again, for half a minute.',
    FreezeFailed: 'Reconciling: the guest could not hold its filesystems still; the snapshot is taken as after a power cut.',
    Snapshotting: 'Reconciling: the storage takes and keeps the bytes; status.progress says how far.',
    SnapshotFailed: 'Reconciling: the storage could not make the snapshot and tries again; the message says why.',
    SnapshotsNotSupported: 'Stalled: the storage of a volume takes no snapshots; the message says what to do.',
    SourceGone: 'Stalled: a volume was deleted before it was kept. Delete this Snapshot.',
    SnapshotLost: 'Stalled: what the storage had kept was deleted. Delete this Snapshot.',
  },
})
