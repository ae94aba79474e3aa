import type { z } from 'zod'
import { define, type Definition, type Resource } from '../definition.ts'
import {
  bytes, choice, dateTime, flag, integer, list, objectName, refTo, reportedBytes, reportedID, rule, statusFields, struct, tags, text,
  zoneName,
} from '../fields.ts'
import { immutable, immutableIfAny } from '../immutable.ts'
import { imageSource } from './image.ts'
import { snapshotSource } from './snapshot.ts'

const anew = 'make a Snapshot and create a new Volume from it'

/** `spec` of a Volume. */
export const volumeSpec = struct({
  description: 'What the volume should be.',
  rules: [
    rule('has(self.size) || has(self.snapshotRef) || has(self.imageRef)', 'size is required unless snapshotRef or imageRef is given, for example size: 20Gi'),
    rule('!(has(self.snapshotRef) && has(self.imageRef))', 'snapshotRef and imageRef exclude each other: keep one'),
    rule('!has(oldSelf.size) || has(self.size)', 'size can\'t be removed: leave it as it is or raise it', { fieldPath: '.size' }),
    immutable('availabilityZone', anew),
    immutable('encrypted', anew),
    immutableIfAny('kmsKeyRef', anew),
    immutableIfAny('snapshotRef', anew),
    immutableIfAny('imageRef', anew),
    immutable('multiAttach', anew),
  ],
}, {
  availabilityZone: zoneName('Zone that the volume is in; instances must be in the same. Immutable.'),
  volumeType: objectName('Name of the VolumeType.', 63).default('gp3'),
  size: bytes('size', {
    description: 'Size; it can grow and never shrink. Left out: the size of the snapshot or image.',
    min: '1Mi',
    max: '64Ti',
    rules: [rule('!isQuantity(self) || quantity(self).compareTo(quantity(oldSelf)) >= 0', 'size can only grow: to make it smaller, create a new Volume and copy the data')],
  }).exactOptional(),
  iops: integer({ description: 'I/O operations a second. Left out: what the VolumeType gives.', min: 1, max: 1000000 }).exactOptional(),
  throughput: integer({ description: 'Throughput in MiB a second. Left out: what the VolumeType gives.', min: 1, max: 100000 }).exactOptional(),
  encrypted: flag('Whether the volume is encrypted at rest. Immutable.').default(false),
  kmsKeyRef: refTo('Secret', 'Secret that has the key of encryption, where the storage of the type takes one of the account\'s; it says which name it must have. Immutable.').exactOptional(),
  snapshotRef: snapshotSource('Snapshot that the volume is made from. Immutable.').exactOptional(),
  imageRef: imageSource('Image that the volume is made from; root disks of instances are. Immutable.').exactOptional(),
  multiAttach: flag('Whether several instances may have it at once; the VolumeType must allow it. Immutable.').default(false),
  deletionPolicy: choice(['Delete', 'Retain', 'Snapshot'],
    'What becomes of the bytes when the Volume is deleted. Retain keeps the PersistentVolume; Snapshot makes a snapshot first.').default('Delete'),
  tags: tags(),
})

const figures = (description: string) => struct(description, {
  size: reportedBytes('Size.').exactOptional(),
  volumeType: text({ description: 'VolumeType.', max: 63 }).exactOptional(),
  iops: integer({ description: 'I/O operations a second.', min: 1, max: 1000000 }).exactOptional(),
  throughput: integer({ description: 'MiB a second.', min: 1, max: 100000 }).exactOptional(),
})

const modification = struct('The last change of its size, volumeType, iops or throughput, as EC2\'s DescribeVolumesModifications shows it.', {
  state: choice(['modifying', 'optimizing', 'completed', 'failed'],
    'modifying: the storage is at it; optimizing: the storage is done, and the host of its instance takes it over; completed; failed: the storage can\'t.'),
  progress: text({ description: 'How much is done, for example 50%.', max: 16 }),
  statusMessage: text({ description: 'Why it failed.', max: 1024 }).exactOptional(),
  startTime: dateTime('When it began, RFC 3339 in UTC.'),
  endTime: dateTime('When it was completed, RFC 3339 in UTC.').exactOptional(),
  original: figures('What the volume was before.'),
  target: figures('What it is to be.'),
})

/** `status` of a Volume. */
export const volumeStatus = struct('What the volume is now. Written by the operator alone.', {
  ...statusFields(),
  volumeID: reportedID('ID of the volume, vol- and 17 hexadecimal digits.').exactOptional(),
  state: choice(['creating', 'available', 'in-use', 'deleting', 'error'], 'State of the volume, as EC2 names it.').exactOptional(),
  size: reportedBytes('Size that the volume has now.').exactOptional(),
  volumeType: text({ description: 'VolumeType that it is of now.', max: 63 }).exactOptional(),
  iops: integer({ description: 'I/O operations a second that it has now.', min: 1, max: 1000000 }).exactOptional(),
  throughput: integer({ description: 'Throughput that it has now, in MiB a second.', min: 1, max: 100000 }).exactOptional(),
  modification: modification.exactOptional(),
  progress: text({ description: 'How much of the snapshot or image is copied, for example 42%.', max: 16 }).exactOptional(),
  attachments: list(struct('An instance that has the volume.', {
    instanceName: text({ description: 'Name of the Instance.', max: 253 }),
    instanceID: reportedID('ID of the instance.'),
    device: text({ description: 'Device name that the guest is told.', max: 32 }),
    state: choice(['attaching', 'attached', 'detaching', 'detached', 'busy'], 'State of the attachment.'),
    attachTime: dateTime('When it was attached, RFC 3339 in UTC.').exactOptional(),
  }), { description: 'Instances that have the volume.', max: 16, keys: ['instanceID'] }).exactOptional(),
})

export type VolumeSpec = z.output<typeof volumeSpec>
export type VolumeStatus = z.output<typeof volumeStatus>
/** A disk of its own. */
export type Volume = Resource<VolumeSpec, VolumeStatus>

export const volume: Definition = define({
  kind: 'Volume',
  plural: 'volumes',
  shortNames: ['vol'],
  description: 'A disk that outlives the instances that it is attached to.',
  spec: volumeSpec,
  status: volumeStatus,
  columns: [
    { name: 'State', type: 'string', description: 'State of the volume.', jsonPath: '.status.state' },
    { name: 'Size', type: 'string', description: 'Size now.', jsonPath: '.status.size' },
    { name: 'Type', type: 'string', description: 'Volume type.', jsonPath: '.spec.volumeType' },
    { name: 'Instance', type: 'string', description: 'Instance that has it.', jsonPath: '.status.attachments[0].instanceName' },
    { name: 'Zone', type: 'string', description: 'Availability zone.', jsonPath: '.spec.availabilityZone' },
    { name: 'ID', type: 'string', description: 'Volume ID.', jsonPath: '.status.volumeID' },
    { name: 'IOPS', type: 'integer', description: 'I/O operations a second that it has now.', jsonPath: '.status.iops', priority: 1 },
    { name: 'Throughput', type: 'integer', description: 'MiB a second that it has now.', jsonPath: '.status.throughput', priority: 1 },
    { name: 'Modification', type: 'string', description: 'How far the last change of it is.', jsonPath: '.status.modification.state', priority: 1 },
    { name: 'Snapshot', type: 'string', description: 'Snapshot that it was made from.', jsonPath: '.spec.snapshotRef.name', priority: 1 },
    { name: 'Encrypted', type: 'boolean', description: 'Whether it is encrypted.', jsonPath: '.spec.encrypted', priority: 1 },
  ],
  reasons: {
    Creating: 'Reconciling: the volume is being made; status.progress says how far.',
    SharingUnknown: 'Waiting: the API server doesn\'t say whether roles share the image of another account; the message says why. Asked again every half minute.',
    Resizing: 'Reconciling: the volume is being grown.',
    Modifying: 'Reconciling: the storage is told what the volume is to do; status.modification says how far.',
    Provisioned: 'PerformanceProvisioned: the storage has been told what the volume is to do, and does it.',
    ModificationTooSoon: 'Reconciling: the volume was changed a while ago, and the platform lets some time pass in between; the message says until when.',
    ModificationFailed: 'Stalled: the storage can\'t give the volume what it asks for; the message says why. Ask for less, or set the fields back.',
    KeyNotSupported: 'Stalled: the storage of the type takes no key of the account\'s, or has it in another Secret; the message says which.',
    NotModifiable: 'Stalled: the volume can\'t become what its spec asks for; the message says why and the way out. It works on as it is.',
    NotExpandable: 'Stalled: the storage of the volume can\'t grow. It works on as it is; copy the data to a new, larger Volume.',
    InsufficientVolumeCapacity: 'Stalled: the storage has no room for the volume, or for what it is to grow by. It is made when there is: delete what nobody needs, ask for less, or have the platform team add storage.',
    QuotaExceeded: 'Stalled: a ResourceQuota of the namespace has no room for the volume; the message says which. It is made when there is: delete what nobody needs, ask for less, or have the platform team raise it.',
    ProvisioningFailed: 'Stalled: the storage could not make the volume; the message says why.',
    LastSnapshot: 'Deleting waits: a last snapshot is being taken, as deletionPolicy asks; the message names it. Set deletionPolicy to Delete or Retain to let the volume go without.',
    VolumeLost: 'Stalled: the claim that held the bytes was deleted from under it, and nothing else passes for it. The message says which PersistentVolume keeps them and how the platform team gives them back.',
    Adopting: 'Reconciling: it takes over the bytes of a PersistentVolume that an administrator has offered to it.',
    NotAdoptable: 'Stalled: what is offered to it is going, is bound to another claim, or is more than one PersistentVolume. Have the platform team offer another, or take offers back.',
  },
})
