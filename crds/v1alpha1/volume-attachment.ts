import type { z } from 'zod'
import { define, type Definition, type Resource } from '../definition.ts'
import { choice, dateTime, deviceName, flag, refTo, reportedID, statusFields, struct, tags } from '../fields.ts'
import { immutable } from '../immutable.ts'

const anew = 'delete the VolumeAttachment (detach) and create a new one'

/** `spec` of a VolumeAttachment. */
export const volumeAttachmentSpec = struct({
  description: 'What is attached to what. Immutable but for the tags.',
  rules: ['volumeRef', 'instanceRef', 'device', 'deleteOnTermination', 'readOnly'].map(field => immutable(field, anew)),
}, {
  volumeRef: refTo('Volume', 'Volume to attach.'),
  instanceRef: refTo('Instance', 'Instance to attach it to; it must be in the zone of the volume.'),
  device: deviceName('Device name that the guest is told, for example /dev/sdf.'),
  deleteOnTermination: flag('Whether the Volume is deleted with the instance.').default(false),
  readOnly: flag('Whether the guest may only read.').default(false),
  tags: tags(),
})

/**
 * Annotation of a VolumeAttachment that is being deleted: with the value `true` the volume is detached though its guest has a file system of it
 * mounted. What the guest has not written out is lost.
 */
export const forceDetach = 'kumulus.dev/force-detach'

/** EC2's limit: volumes that an instance may have at once, its root among them. */
export const mostVolumesOfInstance = 27

/** EC2's limit: instances that may have one volume at once, where it is made for several. */
export const mostInstancesOfVolume = 16

/** `status` of a VolumeAttachment. */
export const volumeAttachmentStatus = struct('How far the attachment is. Written by the operator alone.', {
  ...statusFields(),
  state: choice(['attaching', 'attached', 'detaching', 'detached', 'busy'],
    'State of the attachment, as EC2 names it; busy: the guest does not let go.').exactOptional(),
  attachTime: dateTime('When it was attached, RFC 3339 in UTC.').exactOptional(),
  volumeID: reportedID('ID of the volume.').exactOptional(),
  instanceID: reportedID('ID of the instance.').exactOptional(),
})

export type VolumeAttachmentSpec = z.output<typeof volumeAttachmentSpec>
export type VolumeAttachmentStatus = z.output<typeof volumeAttachmentStatus>
/** A Volume on an Instance. Creating it attaches, deleting it detaches. */
export type VolumeAttachment = Resource<VolumeAttachmentSpec, VolumeAttachmentStatus>

export const volumeAttachment: Definition = define({
  kind: 'VolumeAttachment',
  plural: 'volumeattachments',
  shortNames: ['va'],
  description: 'A Volume on an Instance: creating it attaches, deleting it detaches.',
  spec: volumeAttachmentSpec,
  status: volumeAttachmentStatus,
  columns: [
    { name: 'State', type: 'string', description: 'State of the attachment.', jsonPath: '.status.state' },
    { name: 'Volume', type: 'string', description: 'Volume.', jsonPath: '.spec.volumeRef.name' },
    { name: 'Instance', type: 'string', description: 'Instance.', jsonPath: '.spec.instanceRef.name' },
    { name: 'Device', type: 'string', description: 'Device name.', jsonPath: '.spec.device' },
    { name: 'Volume-ID', type: 'string', description: 'Volume ID.', jsonPath: '.status.volumeID', priority: 1 },
  ],
  reasons: {
    Attached: 'Ready: the instance has the volume; one that is stopped has it when it starts.',
    Attaching: 'Reconciling: the volume is being attached.',
    Detaching: 'Reconciling: the volume is being detached.',
    VolumeInUse: 'Waiting: another instance has the volume; the message names it. It is attached once that lets go.',
    VolumeBusy: 'Waiting: it is to be detached, and the guest has a file system of it mounted; the message says where. Unmount it, or annotate with kumulus.dev/force-detach=true.',
    VolumeGone: 'Stalled: the volume that it attached is gone; another of the same name is not attached in its place. Delete it and create a new one.',
  },
})
