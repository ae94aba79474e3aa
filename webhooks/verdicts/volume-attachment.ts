import { mostInstancesOfVolume, mostVolumesOfInstance, type VolumeAttachment } from '../../crds/v1alpha1/index.ts'
import { cameFirst } from './precedence.ts'
import type { SeenInstance, SeenVolume, SeenVolumeAttachment, Verdict, Violation } from './view.ts'

/**
 * Volume and instance are in one zone, the device name is free, and neither has more than it may have. All of it holds from creation on, for nothing
 * but the tags can change. Of two that were admitted at once the younger loses; one that is going is in nobody's way, it is only waited for.
 */
export const volumeAttachmentVerdict: Verdict<VolumeAttachment> = (attachment, old, view) => {
  if (old !== undefined) return []
  const { spec, metadata: { namespace = '' } } = attachment
  const volume = view.getVolume(namespace, spec.volumeRef.name)
  const instance = view.getInstance(namespace, spec.instanceRef.name)
  const before = (each: SeenVolumeAttachment) =>
    each.metadata.name !== attachment.metadata.name && each.metadata.deletionTimestamp === undefined && cameFirst(each.metadata, attachment.metadata)
  const ofVolume = [...view.attachmentsOfVolume(namespace, spec.volumeRef.name)].filter(before)
  const ofInstance = [...view.attachmentsOfInstance(namespace, spec.instanceRef.name)].filter(before)
  return [
    ...reservedDevice(spec),
    ...instance === undefined ? [] : [
      ...volume === undefined ? [] : otherZone(volume, instance, view.getSubnet(namespace, instance.spec.subnetRef.name)?.spec.availabilityZone),
      ...takenByDisk(spec, instance),
      ...tooMany(instance, ofInstance),
    ],
    ...takenByOther(spec, ofInstance),
    ...volume === undefined ? [] : inUse(spec, volume, ofVolume),
  ]
}

/** What a guest makes of a device name: `/dev/sdf` and `/dev/xvdf` are one place. */
const placeOf = (device: string): string => device.replace(/^\/dev\/(sd|xvd)/, '')

const reservedDevice = ({ device }: VolumeAttachment['spec']): Violation[] => !/^a\d*$/.test(placeOf(device)) ? []
  : [{ field: 'spec.device', message: `${device} is kept for root disks: choose another name, for example /dev/sdf` }]

const otherZone = (volume: SeenVolume, instance: SeenInstance, zone: string | undefined): Violation[] =>
  zone === undefined || volume.spec.availabilityZone === zone ? [] : [{
    field: 'spec.volumeRef',
    message: `the volume ${volume.metadata.name} is in ${volume.spec.availabilityZone}, the instance ${instance.metadata.name} in ${zone}: ` +
      'both must be in one zone; make a Snapshot and a new Volume in the zone of the instance',
  }]

const takenByDisk = ({ device, instanceRef }: VolumeAttachment['spec'], instance: SeenInstance): Violation[] =>
  !disksOf(instance).some(deviceName => placeOf(deviceName) === placeOf(device)) ? []
    : [{ field: 'spec.device', message: `the instance ${instanceRef.name} has a disk at ${device}: choose a free name, for example /dev/sdf` }]

const takenByOther = ({ device, instanceRef }: VolumeAttachment['spec'], others: readonly SeenVolumeAttachment[]): Violation[] => {
  const other = others.find(({ spec }) => placeOf(spec.device) === placeOf(device))
  return other === undefined ? []
    : [{ field: 'spec.device', message: `the VolumeAttachment ${other.metadata.name} is at ${device} of the instance ${instanceRef.name}: choose a free name` }]
}

/** Device names of what it was launched with: those of the image too, once they are on record. */
const disksOf = ({ spec, status }: SeenInstance): readonly string[] => [...new Set([
  ...(spec.blockDevices ?? [{ deviceName: '/dev/sda1', noDevice: false }]).filter(({ noDevice }) => noDevice !== true).map(({ deviceName }) => deviceName),
  ...(status?.blockDevices ?? []).filter(({ fromImage }) => fromImage === true).map(({ deviceName }) => deviceName),
])]

const tooMany = (instance: SeenInstance, others: readonly SeenVolumeAttachment[]): Violation[] => {
  const { metadata } = instance
  return disksOf(instance).length + others.length < mostVolumesOfInstance ? [] : [{
    field: 'spec.instanceRef',
    message: `the instance ${metadata.name} has ${mostVolumesOfInstance} volumes, its root among them, and can have no more: detach one first, or use fewer and larger volumes`,
  }]
}

const inUse = ({ instanceRef, volumeRef }: VolumeAttachment['spec'], volume: SeenVolume, others: readonly SeenVolumeAttachment[]): Violation[] => {
  const field = 'spec.volumeRef'
  const same = others.find(({ spec }) => spec.instanceRef.name === instanceRef.name)
  if (same !== undefined) return [{ field, message: `the VolumeAttachment ${same.metadata.name} attaches the volume ${volumeRef.name} to ${instanceRef.name} already: delete one of the two` }]
  const [other] = others
  if (other === undefined || (volume.spec.multiAttach && others.length < mostInstancesOfVolume)) return []
  return [{
    field,
    message: volume.spec.multiAttach
      ? `the volume ${volumeRef.name} is on ${mostInstancesOfVolume} instances and can be on no more: delete a VolumeAttachment of it first`
      : `the volume ${volumeRef.name} is attached to ${other.spec.instanceRef.name}: delete the VolumeAttachment ${other.metadata.name} first, or use a volume with multiAttach`,
  }]
}
